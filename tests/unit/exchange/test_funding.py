"""Funding: the documented formulas and examples, and how far an index can move."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import given, strategies as st

from scenarios.exchange import (
    BTC,
    GAP_MAX_MS,
    ONE,
    TICK_MS,
    Account,
    FundingIndex,
    Position,
    amount,
    funding_premium,
    funding_rate,
    index_now,
    is_continuous,
    movement_max,
    trade,
)

HOUR_MS = 3_600_000
LAST = FundingIndex(market="BTC", value=BTC.index, at_ms=0, origin="index/BTC")


def movement_in(elapsed_ms: int) -> int:
    """The bound of BTC."""
    return movement_max(rate_max=BTC.funding_rate_max, spot=BTC.mark, elapsed_ms=elapsed_ms)


@pytest.mark.parametrize(
    ("fair_basis", "rate"),
    [
        ("0", "0.0001"),  # the interest rate
        ("0.0004", "0.0001"),  # within the clamp rate of it: still the interest rate
        ("0.0010", "0.0005"),  # beyond: fair basis less the clamp rate
        ("-0.0010", "-0.0005"),
        ("0.12", "0.05"),  # the cap
        ("-0.12", "-0.05"),
    ],
)
def test_funding_rate_is_clamped_then_capped(fair_basis: str, rate: str) -> None:
    """The documented diagram: flat around the interest rate, slope 1 outside, flat at the cap."""
    assert funding_rate(amount(fair_basis), rate_max=amount("0.05")) == amount(rate)


def test_premium_is_the_rate_times_spot_in_usdc() -> None:
    """0.01% of 92,600 is 9.26 USD for 8 hours, and more USDC where a USDC is worth less."""
    rate = amount("0.0001")
    assert funding_premium(rate, spot=BTC.mark) == amount("9.26")
    assert funding_premium(rate, spot=BTC.mark, usdc_price=amount("0.8")) == amount("11.575")


def test_the_documented_example_of_funding() -> None:
    """Alice, long 50 at an index of 1,000: 75 USDC after one hour, 300 after three, realised."""
    start = FundingIndex(market="XYZ", value=amount(1_000), at_ms=0, origin="index/XYZ")
    alice = Account(name="alice", balance=amount(10_000))
    bob = Account(name="bob", balance=amount(10_000))
    deal = {"quantity": amount(50), "price": amount(112)}
    alice, bob = trade(alice, bob, "XYZ", **deal, index=start.value)

    after_1_h = index_now(start, premium=amount(12), now_ms=HOUR_MS)
    after_3_h = index_now(after_1_h, premium=amount(18), now_ms=3 * HOUR_MS)

    held = alice.position("XYZ")
    assert after_1_h.value == amount("1001.5")
    assert held.accrued_funding(after_1_h.value) == -amount(75) * ONE
    assert after_3_h.value == amount(1_006)
    assert held.accrued_funding(after_3_h.value) == -amount(300) * ONE
    alice, bob = trade(alice, bob, "XYZ", **deal, index=after_3_h.value)
    assert alice.balance == amount(10_000 - 300)
    assert bob.balance == amount(10_000 + 300)
    assert alice.position("XYZ").accrued_funding(after_3_h.value) == 0


def test_a_tick_at_the_baseline_moves_btc_by_0_0016() -> None:
    """0.01% per 8 hours: 0.0016 USDC in a tick of 5 s, 0.58 in half an hour."""
    premium = funding_premium(amount("0.0001"), spot=BTC.mark)
    tick = index_now(LAST, premium=premium, now_ms=TICK_MS)
    half_an_hour = index_now(LAST, premium=premium, now_ms=HOUR_MS // 2)
    assert tick.value - LAST.value == amount("0.00160763")
    assert half_an_hour.value - LAST.value == amount("0.57875")


def test_the_cap_allows_btc_289_in_half_an_hour() -> None:
    """The continuity gate has an enormous margin: the reset was 69 times this bound."""
    assert movement_in(TICK_MS) == amount("0.80381945")
    assert movement_in(HOUR_MS // 2) == amount("289.375")
    assert BTC.index // movement_in(HOUR_MS // 2) == 69
    assert movement_in(34 * HOUR_MS) < BTC.index < movement_in(35 * HOUR_MS)


def test_a_long_gap_counts_as_no_time_only_under_the_gap_rule() -> None:
    """30 s still count, 30.001 s do not. Without the rule every gap counts."""
    premium = amount("28800")  # 1 USDC a second
    at_limit = index_now(LAST, premium=premium, now_ms=GAP_MAX_MS, gap_max_ms=GAP_MAX_MS)
    beyond = index_now(LAST, premium=premium, now_ms=GAP_MAX_MS + 1, gap_max_ms=GAP_MAX_MS)
    without = index_now(LAST, premium=premium, now_ms=GAP_MAX_MS + 1)
    assert at_limit.value == LAST.value + amount(30)
    assert (beyond.value, beyond.at_ms) == (LAST.value, GAP_MAX_MS + 1)
    assert without.value == LAST.value + amount("30.001")


def test_time_does_not_run_backwards() -> None:
    """An index of the future is a mistake of the caller."""
    with pytest.raises(ValueError, match="1 ms is before the index of 2 ms"):
        index_now(attrs.evolve(LAST, at_ms=2), premium=0, now_ms=1)


def test_a_missing_index_stays_exactly_zero_under_the_gap_rule() -> None:
    """Default 0 plus premium times nothing: "reset to zero", and no row stands behind it."""
    missing = FundingIndex.missing("BTC", at_ms=0)
    tick = index_now(missing, premium=amount("9.26"), now_ms=HOUR_MS, gap_max_ms=GAP_MAX_MS)
    assert (tick.value, tick.origin) == (0, None)


@given(
    fair_basis=st.integers(-ONE, ONE),
    ticks=st.lists(st.integers(0, 10 * HOUR_MS), max_size=20),
    start=st.integers(-(10**13), 10**13),
)
def test_what_ticks_do_passes_the_continuity_gate(
    fair_basis: int, ticks: list[int], start: int
) -> None:
    """No sequence of documented ticks is ever blocked: the gate has no false alarms."""
    rate = funding_rate(fair_basis, rate_max=BTC.funding_rate_max)
    premium = funding_premium(rate, spot=BTC.mark)
    bound = {"rate_max": BTC.funding_rate_max, "spot": BTC.mark}
    first = index = attrs.evolve(LAST, value=start)
    for elapsed_ms in ticks:
        before, index = index, index_now(index, premium=premium, now_ms=index.at_ms + elapsed_ms)
        assert is_continuous(before, index, **bound)
        assert index.origin == first.origin
    assert is_continuous(first, index, **bound)


@given(premium=st.integers(-(10**14), 10**14), elapsed_ms=st.integers(0, 10**9))
def test_index_formula_to_the_last_unit(premium: int, elapsed_ms: int) -> None:
    """`last + premium * elapsed / (8 * 3600)`, never more than one unit short of it."""
    index = index_now(LAST, premium=premium, now_ms=elapsed_ms)
    exact = Fraction(premium) * Fraction(elapsed_ms, 1_000) / (8 * 3600)
    step = index.value - LAST.value
    assert abs(step) <= abs(exact) < abs(step) + 1
    assert step * exact >= 0


@pytest.mark.parametrize(("movement", "passes"), [(80_381_945, True), (80_381_946, False)])
def test_the_gate_is_sharp(movement: int, passes: bool) -> None:
    """One unit more than the cap allows is a jump, upwards as downwards."""
    for sign in (1, -1):
        after = attrs.evolve(LAST, value=LAST.value + sign * movement, at_ms=TICK_MS)
        bound = {"rate_max": BTC.funding_rate_max, "spot": BTC.mark}
        assert is_continuous(LAST, after, **bound) is passes
        assert not is_continuous(after, LAST, **bound)


def test_entry_is_what_a_unit_cost() -> None:
    """The documented example: short 1 ETH at 2,000 USD with a USDC of 0.8 costs -2,500 USDC."""
    short = Position(market="ETH", quantity=-ONE, cost=amount(-2_500), cached_index=0)
    assert short.entry == amount(2_500)
