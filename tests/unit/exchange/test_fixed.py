"""Fixed point: reading, writing, and which way a remainder falls."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenarios.exchange import ONE, amount, text
from scenarios.exchange.fixed import divide_towards_zero, divide_up, floor, multiply

WHOLE = st.integers(-(10**20), 10**20)


@pytest.mark.parametrize(
    ("number", "units"),
    [("1", ONE), (92_600, 9_260_000_000_000), ("0.00000001", 1), ("-0.1013629", -10_136_290)],
)
def test_a_number_is_read_to_its_last_decimal(number: str | int, units: int) -> None:
    """Units of 1e-8, as on chain: 3,309.33 is 330,933,000,000."""
    assert amount(number) == units


def test_the_documented_example_of_chain_decimals() -> None:
    """Chain information: "the price of ETH-USD-PERP is $3,309.33 ... 330,933,000,000"."""
    assert amount("3309.33") == 330_933_000_000


def test_what_does_not_fit_into_8_decimals_is_refused() -> None:
    """Nothing is rounded on the way in, and a float never enters."""
    with pytest.raises(ValueError, match="more than 8 decimals"):
        amount("0.000000001")
    with pytest.raises(TypeError, match=r"0\.1 is a float"):
        amount(0.1)  # type: ignore[arg-type] # what a careless caller does


@given(WHOLE)
def test_text_reads_back(units: int) -> None:
    """What people see is exact: it reads back to the same integer."""
    assert amount(text(units).replace(",", "")) == units


@given(WHOLE, WHOLE.filter(bool))
def test_which_way_a_remainder_falls(dividend: int, divisor: int) -> None:
    """Down, up and towards zero are three different promises."""
    assert 0 <= dividend - floor(dividend) * ONE < ONE
    assert 0 <= dividend * divisor - multiply(dividend, divisor) * ONE < ONE
    up = divide_up(dividend, abs(divisor))
    assert 0 <= up * abs(divisor) - dividend < abs(divisor)
    towards_zero = divide_towards_zero(dividend, divisor)
    assert abs(towards_zero * divisor) <= abs(dividend)
    assert abs(dividend - towards_zero * divisor) < abs(divisor)
