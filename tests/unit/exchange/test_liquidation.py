"""Liquidation: the documented example, and the share by brute force."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import assume, given, strategies as st

from scenarios.exchange import (
    BTC,
    ETH,
    FUND,
    MARKETS,
    ONE,
    Account,
    Position,
    Prices,
    account_value,
    amount,
    assess,
    is_healthy,
    liquidate,
    liquidation_share,
    margin_ratio,
    text,
)
from scenarios.exchange.liquidation import LIQUIDATION_FEE
from scenarios.exchange.margin import value_product

from .books import (
    accounts,
    all_prices,
    btc_prices,
    near_requirement,
    textbook_maintenance,
    textbook_value,
)

# Marks are those of the documentation's example: BTC fell, ETH rose.
EXAMPLE = Prices.of(
    [BTC, ETH],
    marks={"BTC": amount(54_800), "ETH": amount(3_400)},
    indices={"BTC": 0, "ETH": 0},
)
ALICE = Account(
    name="alice",
    balance=amount(1_000),
    positions=(
        Position(market="BTC", quantity=amount("0.1"), cost=amount(6_000), cached_index=0),
        Position(market="ETH", quantity=amount(-1), cost=amount(-3_000), cached_index=0),
    ),
)


def test_the_documented_example_of_a_liquidation() -> None:
    """40%, a penalty of 17.76, 614.24 USDC left and a margin ratio of 85.6%.

    The example on the page computes with a liquidation fee of 50%, the text above it says 70%.
    """
    alice, fund, record = liquidate(
        ALICE, Account(name=FUND), EXAMPLE, at_ms=5_000, fee=amount("0.5")
    )
    assert assess(ALICE, EXAMPLE).value == amount(80)
    assert assess(ALICE, EXAMPLE).maintenance == amount("88.8")
    assert (record.share_percent, record.penalty_paid) == (40, amount("17.76"))
    assert alice.balance == amount("614.24")
    assert dict(alice.exposures) == {"BTC": amount("0.06"), "ETH": amount("-0.6")}
    assert account_value(alice, EXAMPLE) == amount("62.24")
    assert margin_ratio(alice, EXAMPLE) == amount("0.85604114")  # the page cuts it to 85.6%
    assert dict(fund.exposures) == {"BTC": amount("0.04"), "ETH": amount("-0.4")}
    assert record.at_ms == 5_000
    assert str(record) == "liquidate 40% of alice: penalty 17.76, hole 0"


def test_the_same_account_at_the_fee_in_force() -> None:
    """At 70% the penalties weigh more: 40% would leave 96.6%, so it takes 60%."""
    found = assess(ALICE, EXAMPLE)
    assert (found.verdict, found.share_percent, text(found.penalty)) == ("partial", 60, "37.296")


def predicted_ratio(account: Account, prices: Prices, share: int, fee: int) -> Fraction | None:
    """Margin ratio after a liquidation of `share` percent, by the formulas; None: no value."""
    needed = textbook_maintenance(account, MARKETS)
    penalty = Fraction(int(needed * fee * share / 100), ONE)
    value = textbook_value(account, prices) - penalty
    return needed * (100 - share) / 100 / value if value > 0 else None


@given(near_requirement(), st.sampled_from([LIQUIDATION_FEE, amount("0.2"), 0]))
def test_share_is_the_smallest_of_all(case: tuple[Account, Prices], fee: int) -> None:
    """By brute force over 20, 40, 60, 80 and 100%: none below it would have been enough."""
    account, prices = case
    share = liquidation_share(account, prices, fee=fee)
    if is_healthy(account, prices):
        assert share == 0
        return
    enough = []
    for tried in (20, 40, 60, 80):
        ratio = predicted_ratio(account, prices, tried, fee)
        if ratio is not None and ratio < Fraction(9, 10):
            enough.append(tried)
    assert share == min([*enough, 100])


@pytest.mark.parametrize(
    ("fee", "shares"),
    [("0.7", [0, 40, 60, 80, 100]), ("0.2", [0, 20, 40, 60, 80, 100])],
)
def test_which_shares_occur(fee: str, shares: list[int]) -> None:
    """At the fee in force a share of 20% never does.

    It would take `0.8 * MMR < 0.9 * (value - 0.14 * MMR)`, a margin ratio below 97.2%, and whoever
    has that is healthy.
    """
    found = set()
    for per_mille in range(50, 1_010, 5):
        value = amount(926) * per_mille // 1_000
        position = Position(market="BTC", quantity=-ONE, cost=-BTC.mark, cached_index=0)
        account = Account(name="a", balance=value, positions=(position,))
        found.add(liquidation_share(account, btc_prices(0), fee=amount(fee)))
    assert sorted(found) == shares


def test_exactly_90_percent_is_not_below_90_percent() -> None:
    """0.9 BTC short with 740.80 left: 20% would end at exactly 90%, so it takes 40%."""
    position = Position(
        market="BTC", quantity=amount("-0.9"), cost=amount("-83340"), cached_index=0
    )
    exactly = Account(name="alice", balance=amount("740.8"), positions=(position,))
    a_unit_more = attrs.evolve(exactly, balance=exactly.balance + 1)
    assert liquidation_share(exactly, btc_prices(0), fee=0) == 40
    assert liquidation_share(a_unit_more, btc_prices(0), fee=0) == 20


@pytest.mark.parametrize("side", [1, -1])
def test_a_share_that_does_not_divide_is_rounded_up(side: int) -> None:
    """40% of 1.00000001: the fund takes the larger part, so the ratio is not above the target."""
    quantity = side * (ONE + 1)
    position = Position(market="BTC", quantity=quantity, cost=0, cached_index=0)
    bare = Account(name="alice", positions=(position,))
    account = attrs.evolve(bare, balance=amount(900) - account_value(bare, btc_prices(0)))
    after, fund, record = liquidate(account, Account(name=FUND), btc_prices(0), at_ms=0)
    assert record.share_percent == 40
    assert dict(fund.exposures) == {"BTC": side * amount("0.40000001")}
    assert dict(after.exposures) == {"BTC": side * amount("0.6")}


@given(near_requirement(), accounts(name=FUND))
def test_the_account_is_healthy_afterwards_and_the_fund_has_the_rest(
    case: tuple[Account, Prices], fund: Account
) -> None:
    """Below 90%, as predicted, or flat without debt; fund and account together are unchanged."""
    account, prices = case
    assume(not is_healthy(account, prices))
    after, fund_after, record = liquidate(account, fund, prices, at_ms=0)
    ratio = margin_ratio(after, prices)
    assert is_healthy(after, prices)
    if record.share_percent < 100:
        assert ratio is not None
        assert ratio <= amount("0.9")
        assert (record.penalty_paid, record.hole) == (record.penalty, 0)
    else:
        assert after.exposures == ()
        assert after.balance >= 0
        assert record.penalty_paid <= record.penalty
    before = value_product(account, prices) + value_product(fund, prices)
    assert value_product(after, prices) + value_product(fund_after, prices) == before
    for market in MARKETS:
        q = [held.position(market.name).quantity for held in (account, fund, after, fund_after)]
        assert q[0] + q[1] == q[2] + q[3]


@given(accounts(), all_prices())
def test_a_bankrupt_account_is_closed_and_its_hole_filled(account: Account, prices: Prices) -> None:
    """No value: everything goes, nothing is left to pay a penalty with, the fund pays the hole."""
    debt = account_value(account, prices)
    assume(debt <= 0)
    after, _, record = liquidate(account, Account(name=FUND), prices, at_ms=0)
    assert (record.share_percent, after.exposures, after.balance) == (100, (), 0)
    assert record.penalty_paid == 0
    # Each position is sold for a sum that is rounded to a unit.
    assert abs(record.hole + debt) <= len(account.exposures)


def test_a_usdc_below_a_dollar_is_settled_at_its_price() -> None:
    """Mark and penalty are in USD, what is paid is USDC: the values agree to a hundredth."""
    cheap = attrs.evolve(EXAMPLE, usdc=amount("0.999"))
    found = assess(ALICE, cheap)
    after, fund, record = liquidate(ALICE, Account(name=FUND), cheap, at_ms=0)
    assert record.penalty == found.penalty * ONE // amount("0.999")
    lost = account_value(ALICE, cheap) - account_value(after, cheap)
    assert abs(lost - found.penalty) < amount("0.01")
    assert abs(account_value(fund, cheap) - found.penalty) < amount("0.01")
