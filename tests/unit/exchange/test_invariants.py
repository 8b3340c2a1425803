"""Invariants: each is silent while it holds and names what broke it."""

from __future__ import annotations

import attrs
import pytest

from scenarios.exchange import (
    BTC,
    FUND,
    TICK_MS,
    Account,
    FundingIndex,
    Liquidation,
    Prices,
    amount,
    funding_premium,
    generate_book,
    index_jumps,
    index_now,
    liquidate,
    unbalanced_books,
    unloaded_values,
    wrongful_liquidations,
)

from .books import btc_prices, one_btc

START = FundingIndex(market="BTC", value=BTC.index, at_ms=0, origin="index/BTC")
PREMIUM = funding_premium(amount("0.0001"), spot=BTC.mark)


def liquidation(account: Account, prices: Prices) -> Liquidation:
    """The record of a liquidation at these prices."""
    return liquidate(account, Account(name=FUND), prices, at_ms=5_000)[2]


def test_i1_names_who_was_healthy() -> None:
    """G was healthy under the truth; an account that was not is liquidated rightly."""
    wrongly = liquidation(one_btc("G", "20900", -1, 20_000), btc_prices(0))
    rightly = liquidation(one_btc("H", "900", -1, 20_000), btc_prices())
    breaches = wrongful_liquidations([wrongly, rightly], lambda _: btc_prices())
    assert breaches == (
        "G was healthy at 5000 ms under the true index: liquidate 40% of G: penalty 259.28, hole 0",
    )


def test_i1_asks_for_the_truth_at_the_time() -> None:
    """The true index moves: what counts is the one at the time of the liquidation."""
    done = liquidation(one_btc("G", "20900", -1, 20_000), btc_prices(0))
    asked = []

    def truth(at_ms: int) -> Prices:
        asked.append(at_ms)
        return btc_prices(0)

    assert wrongful_liquidations([done], truth) == ()
    assert asked == [5_000]


def test_i2_is_silent_over_ticks_and_names_a_jump() -> None:
    """Zero after 20,000 is a jump, and so is the repair back to 20,000."""
    first = index_now(START, premium=PREMIUM, now_ms=TICK_MS)
    zero = FundingIndex.missing("BTC", at_ms=2 * TICK_MS)
    back = attrs.evolve(first, at_ms=3 * TICK_MS)
    assert index_jumps([START, first], BTC) == ()
    assert index_jumps([START, first, zero, back], BTC) == (
        "BTC jumped from 20,000.00160763 to 0 in 5000 ms; the cap allows 0.80381945",
        "BTC jumped from 0 to 20,000.00160763 in 5000 ms; the cap allows 0.80381945",
    )
    assert index_jumps([], BTC) == ()


def test_rows_are_readable_in_a_trace() -> None:
    """What a person sees of a row: figures with decimals, and where an index came from."""
    assert str(START) == "BTC 20,000 at 0 ms from index/BTC"
    assert str(FundingIndex.missing("BTC", at_ms=5_000)) == "BTC 0 at 5000 ms from no row"
    alice = one_btc("alice", "9260.5", -1, 19_800)
    assert str(alice) == "alice: 9,260.5 USDC; BTC -1 at 92,600, cached index 19,800"


def test_i2_names_a_value_from_the_past() -> None:
    """An old instance that publishes late: time runs backwards, nothing is allowed."""
    late = attrs.evolve(START, at_ms=-TICK_MS)
    assert index_jumps([START, late], BTC) == (
        "BTC jumped from 20,000 to 20,000 in -5000 ms; the cap allows 0",
    )


def test_i3_sees_a_default_however_long_it_ticks() -> None:
    """A value that looks plausible is still a default if no row stands behind it."""
    missing = FundingIndex.missing("BTC", at_ms=0)
    late = index_now(missing, premium=PREMIUM, now_ms=365 * 24 * 3_600_000)
    assert late.value > amount(10_000)
    assert unloaded_values([START, late]) == (
        "BTC was published as 10,139.7 at 31536000000 ms, which derives from no loaded row",
    )
    assert unloaded_values([START, index_now(START, premium=PREMIUM, now_ms=9)]) == ()


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"balance": 1}, "accounts are worth"),
        ({"deposited": 1}, "USDC came in"),
        ({"residue": 1}, "accounts are worth"),
        ({"quantity": 1}, "BTC: quantities add up to 0.00000001"),
        ({"cached_index": 1}, "BTC: funding adds up to"),
        ({"funding": 1}, "BTC: funding adds up to 1e-16 USDC"),
        ({"cost": 1}, "accounts are worth"),
    ],
)
def test_i4_misses_no_unit(change: dict[str, int], breach: str) -> None:
    """One unit more or less of anything that counts, anywhere, is seen."""
    book = generate_book(markets=2, accounts=4)
    assert unbalanced_books(book.accounts.values()) == ()
    alice = book.accounts["alice"]
    (name, extra), held = next(iter(change.items())), alice.position("BTC")
    if hasattr(alice, name):
        forged = attrs.evolve(alice, **{name: getattr(alice, name) + extra})
    else:
        position = attrs.evolve(held, **{name: getattr(held, name) + extra})
        forged = alice.with_position(position)
    accounts = dict(book.accounts) | {"alice": forged}
    assert any(breach in said for said in unbalanced_books(accounts.values()))
