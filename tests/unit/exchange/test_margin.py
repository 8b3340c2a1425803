"""Margin: value, requirement and health against the formulas in fractions."""

from __future__ import annotations

from fractions import Fraction

import attrs
import pytest
from hypothesis import example, given, strategies as st

from scenarios.exchange import (
    BTC,
    FUND,
    MARKETS,
    ONE,
    Account,
    NoPrice,
    Prices,
    account_value,
    amount,
    generate_book,
    initial_margin,
    is_healthy,
    maintenance_margin,
    margin_ratio,
    order_accepted,
    prices_from_rows,
    trade,
    unhealthy,
    withdraw,
    withdrawable,
)
from scenarios.exchange.margin import value_product

from .books import (
    accounts,
    all_prices,
    btc_prices,
    near_requirement,
    one_btc,
    textbook_maintenance,
    textbook_value,
)

USDC_PRICES = st.sampled_from([ONE, amount("0.9998"), amount("0.8"), amount("1.02")])


@given(accounts(), all_prices())
def test_value_is_the_documented_formula(account: Account, prices: Prices) -> None:
    """Exactly, before rounding; and rounded down after it."""
    exact = textbook_value(account, prices)
    assert Fraction(value_product(account, prices), ONE * ONE) == exact
    assert 0 <= exact - Fraction(account_value(account, prices), ONE) < Fraction(1, ONE)


@given(accounts(), all_prices(USDC_PRICES))
def test_value_counts_usdc_at_its_price(account: Account, prices: Prices) -> None:
    """A USDC that is not a dollar: within the one unit that the index in USD is rounded by."""
    error = abs(
        Fraction(value_product(account, prices), ONE * ONE) - textbook_value(account, prices)
    )
    held = sum(abs(quantity) for _, quantity in account.exposures)
    assert error <= Fraction(held, ONE * ONE) + Fraction(1, ONE * ONE)


@given(accounts(), all_prices())
def test_requirements_are_one_and_two_percent(account: Account, prices: Prices) -> None:
    """MMR is half of IMR, and IMR 2% of the notional; rounded up."""
    exact = textbook_maintenance(account, MARKETS) * ONE
    assert 0 <= maintenance_margin(account, prices) - exact < 1
    assert 0 <= initial_margin(account, prices) - 2 * exact < 1


@given(st.lists(accounts(), max_size=4), all_prices(USDC_PRICES))
def test_the_quick_health_check_agrees_with_the_careful_one(
    some: list[Account], prices: Prices
) -> None:
    """Two ways to the same verdict: one product a position, and value against requirement."""
    assert unhealthy(some, prices) == [held for held in some if not is_healthy(held, prices)]


@given(near_requirement(USDC_PRICES))
def test_they_agree_near_the_borderline(case: tuple[Account, Prices]) -> None:
    """Where a mistake would hide: values around the requirement, at any price of a USDC."""
    account, prices = case
    assert (unhealthy([account], prices) == []) is is_healthy(account, prices)


@given(accounts(), all_prices())
def test_health_is_a_margin_ratio_of_100_percent(account: Account, prices: Prices) -> None:
    """Above 100%, or no positive value: liquidation."""
    value, needed = textbook_value(account, prices), textbook_maintenance(account, MARKETS)
    assert is_healthy(account, prices) == (value > 0 and needed <= value)
    ratio = margin_ratio(account, prices)
    assert (ratio is None) == (value <= 0)
    if ratio is not None:
        assert 0 <= Fraction(ratio, ONE) - needed / value < Fraction(1, ONE)


@pytest.mark.parametrize(
    ("collateral", "healthy"), [("20926", True), ("20925.99999999", False), ("20000", False)]
)
def test_the_borderline_is_sharp(collateral: str, healthy: bool) -> None:
    """A margin ratio of exactly 100% is not above 100%; a unit less in the account is."""
    account = one_btc("edge", collateral, -1, 20_000)
    assert is_healthy(account, btc_prices(0)) is healthy
    assert (unhealthy([account], btc_prices(0)) == []) is healthy


def test_an_account_worth_nothing_has_no_margin_ratio() -> None:
    """There is no value to divide by, be it zero or below."""
    for value, ratio in [(-1, None), (0, None), (1, amount(926) * ONE)]:
        account = one_btc("alice", "0", -1, 20_000)
        account = attrs.evolve(account, balance=value)
        assert margin_ratio(account, btc_prices()) == ratio


def test_an_account_without_positions_is_left_alone() -> None:
    """Even in debt: there is nothing to liquidate."""
    indebted = Account(name="alice", balance=-amount(5))
    assert unhealthy([indebted, Account(name="bob")], btc_prices()) == []


def test_the_insurance_fund_is_not_checked() -> None:
    """Nobody stands behind it to take its positions over."""
    fund = one_btc(FUND, "0", -1, 20_000)
    assert not is_healthy(fund, btc_prices(0))
    assert unhealthy([fund], btc_prices(0)) == []


def test_a_mark_of_zero_liquidates_longs_and_spares_shorts() -> None:
    """The other story of that day: the whole market record is zero, the price too."""
    nothing = Prices.of([BTC], marks={"BTC": 0}, indices={"BTC": 0})
    long, short = one_btc("long", "9260", 1, 19_800), one_btc("short", "9260", -1, 19_800)
    assert unhealthy([long, short], nothing) == [long]
    # Nothing required and nothing there: a value has to be positive to be healthy.
    even = attrs.evolve(long, balance=BTC.mark - amount(19_800))
    assert account_value(even, nothing) == 0
    assert unhealthy([even], nothing) == [even]
    richer = attrs.evolve(even, balance=even.balance + 1)
    assert unhealthy([richer], nothing) == []


def test_missing_is_not_zero() -> None:
    """A health check without a mark or an index has no answer; it does not take them for zero."""
    account = one_btc("alice", "9260", -1, 19_800)
    with pytest.raises(NoPrice, match="BTC has no mark or no index"):
        Prices.of([BTC], indices={})
    with pytest.raises(NoPrice, match="BTC has no mark or no index"):
        unhealthy([account], Prices.of([]))
    with pytest.raises(NoPrice, match="BTC has no mark or no index"):
        account_value(account, Prices.of([]))


def test_prices_come_from_rows() -> None:
    """The rows of a book give the prices of a book, and a missing row gives none."""
    book = generate_book(markets=2, accounts=4)
    rows = book.rows()
    assert prices_from_rows(book.markets, rows) == book.prices()
    for key in ("index/ETH", "mark/ETH"):
        with pytest.raises(NoPrice, match="ETH"):
            prices_from_rows(book.markets, {k: row for k, row in rows.items() if k != key})


def test_withdrawable_is_bounded_by_free_collateral_and_by_the_balance() -> None:
    """`min(balance, max(0, value - IMR))`; what is withdrawn is gone, and remembered."""
    account = one_btc("alice", "9260", 1, 20_000)
    assert withdrawable(account, btc_prices()) == amount(9_260 - 1_852)
    paid_out = withdraw(account, amount(7_408), btc_prices())
    assert (paid_out.balance, paid_out.withdrawn) == (amount(1_852), amount(7_408))
    assert withdrawable(paid_out, btc_prices()) == 0
    with pytest.raises(ValueError, match=r"alice cannot withdraw 7,408\.00000001 USDC"):
        withdraw(account, amount(7_408) + 1, btc_prices())
    with pytest.raises(ValueError, match="cannot withdraw 0 USDC"):
        withdraw(account, 0, btc_prices())
    assert withdrawable(attrs.evolve(account, balance=amount(1_000)), btc_prices()) == 0


def test_withdrawable_is_in_usdc() -> None:
    """Free collateral in USD buys more USDC where a USDC is worth less."""
    short_of_balance = one_btc("alice", "20000", 1, 20_000)
    cheap = Prices.of([BTC], usdc=amount("0.999"))
    free = account_value(short_of_balance, cheap) - initial_margin(short_of_balance, cheap)
    assert 0 < withdrawable(short_of_balance, cheap) - free < amount(100)


def test_the_documented_example_of_the_order_check() -> None:
    """Alice, 100 USD and 10 XYZ at 100: sell 5 is accepted at 98, a sell of 13 more is not."""
    xyz = attrs.evolve(BTC, name="XYZ", initial_margin_fraction=amount("0.1"), index=0)
    start, maker = Account(name="alice", balance=amount(100)), Account(name="maker")
    deal = {"index": 0, "price": amount(100)}
    alice, _ = trade(start, maker, "XYZ", quantity=amount(10), **deal)
    assert order_accepted(start, alice, Prices.of([xyz], marks={"XYZ": amount(100)}))

    lower = Prices.of([xyz], marks={"XYZ": amount(98)})
    assert initial_margin(alice, lower) == amount(98)
    assert account_value(alice, lower) == amount(80)
    _, reduced = trade(maker, alice, "XYZ", quantity=amount(5), index=0, price=amount(98))
    _, flipped = trade(maker, alice, "XYZ", quantity=amount(23), index=0, price=amount(98))
    _, barely_reduced = trade(maker, alice, "XYZ", quantity=amount(1), index=0, price=amount(98))
    assert order_accepted(alice, reduced, lower)
    assert account_value(barely_reduced, lower) < initial_margin(barely_reduced, lower)
    assert order_accepted(alice, barely_reduced, lower)
    assert not order_accepted(alice, flipped, lower)


@given(st.permutations(range(6)), st.integers(1, 5))
@example([0, 1, 2, 3, 4, 5], 3)
def test_the_order_of_accounts_does_not_matter(order: list[int], few: int) -> None:
    """The health check judges each account by itself, and answers in the order given."""
    book = generate_book(markets=2, accounts=6)
    everyone = list(book.accounts.values())
    zero = book.zeroed("BTC")
    victims = unhealthy([everyone[place] for place in order], zero)
    assert victims == [everyone[p] for p in order if everyone[p] in unhealthy(everyone, zero)]
    first = unhealthy(everyone[:few], zero)
    assert first == unhealthy(everyone, zero)[: len(first)]
