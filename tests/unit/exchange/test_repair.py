"""Repair: the second wave of mending only the index, and the rollback of everything."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, strategies as st

from scenarios.exchange import (
    BTC,
    FUND,
    ONE,
    Account,
    Prices,
    account_value,
    amount,
    gain_since,
    generate_book,
    index_jump,
    liquidate,
    rolled_back,
    trade,
    unbalanced_books,
    unhealthy,
    withdraw,
    withdrawable,
)

from .books import INDEX, btc_prices, one_btc

TRUE, ZERO = btc_prices(), btc_prices(0)
ONE_BTC = amount(1)


def test_d_keeps_what_it_realised_and_pays_20_000_for_coming_back() -> None:
    """Closed and re-opened in the window: 19,800 realised, then the new long shows -20,000."""
    d = one_btc("D", "9260", 1, 19_800)
    maker = Account(name="maker", balance=amount(100_000))
    deal = {"quantity": ONE_BTC, "price": BTC.mark, "index": 0}
    maker, closed = trade(maker, d, "BTC", **deal)
    assert closed.balance - d.balance == amount(19_800)
    back, maker = trade(closed, maker, "BTC", **deal)
    assert back.position("BTC").cached_index == 0

    assert index_jump(back, "BTC", before=0, after=INDEX) == -amount(20_000) * ONE
    assert account_value(back, ZERO) == amount(29_060)
    assert account_value(back, TRUE) == account_value(d, TRUE) == amount(9_060)


def test_d_that_stays_out_keeps_the_windfall_after_the_repair() -> None:
    """The repaired index cannot reach an account that no longer has a position."""
    d = one_btc("D", "9260", 1, 19_800)
    _, closed = trade(Account(name="maker"), d, "BTC", quantity=ONE_BTC, price=BTC.mark, index=0)
    assert index_jump(closed, "BTC", before=0, after=INDEX) == 0
    assert gain_since(closed, d, TRUE) == amount(20_000) * ONE


def test_g_gets_back_all_but_the_liquidated_fraction() -> None:
    """-20,000 realised by touching 40%, +12,000 on the 0.6 BTC left: -8,000, and the penalty."""
    g = one_btc("G", "20900", -1, 20_000)
    after, fund, record = liquidate(g, Account(name=FUND), ZERO, at_ms=0)
    realised = after.position("BTC").funding - g.position("BTC").funding
    returned = index_jump(after, "BTC", before=0, after=INDEX)
    assert realised == -amount(20_000) * ONE
    assert returned == amount(12_000) * ONE
    assert record.penalty_paid == amount("259.28")
    assert gain_since(after, g, TRUE) == (-amount(8_000) - amount("259.28")) * ONE
    assert gain_since(fund, Account(name=FUND), TRUE) == (amount(8_000) + amount("259.28")) * ONE


def test_an_untouched_position_is_repaired_by_the_index_alone() -> None:
    """Whoever was not touched has lost nothing once the index is back."""
    e = one_btc("E", "20950", -1, 20_000)
    assert index_jump(e, "BTC", before=INDEX, after=0) == -amount(20_000) * ONE
    assert gain_since(e, e, TRUE) == 0


@given(
    quantity=st.integers(-(10**11), 10**11).filter(bool),
    touched_percent=st.integers(0, 100),
    cached=st.integers(-(10**13), 10**13),
    index=st.integers(-(10**13), 10**13),
)
def test_the_second_wave_is_the_touched_fraction(
    quantity: int, touched_percent: int, cached: int, index: int
) -> None:
    """Whatever part of a position is closed at zero keeps `q * I` of that part, for ever."""
    start = one_btc("alice", "0", 1, 0).with_position(
        attrs.evolve(
            one_btc("alice", "0", 1, 0).position("BTC"),
            quantity=quantity,
            cost=0,
            cached_index=cached,
        )
    )
    closing = abs(quantity) * touched_percent // 100
    after, maker = start, Account(name="maker")
    if closing:
        sides = (maker, start) if quantity > 0 else (start, maker)
        traded = trade(*sides, "BTC", quantity=closing, price=0, index=0)
        after = traded[1] if quantity > 0 else traded[0]
    mark_zero = Prices.of([BTC], marks={"BTC": 0}, indices={"BTC": index})
    touched = closing if quantity > 0 else -closing
    assert gain_since(after, start, mark_zero) == touched * index


def corrupted_day(rows: dict[str, object]) -> dict[str, object]:
    """A day that went wrong: BTC zeroed, victims liquidated, the biggest winner closes."""
    book = generate_book(seed=1, markets=2, accounts=12)
    zero = book.zeroed("BTC")
    now = dict(rows)
    fund_key = f"account/{FUND}"
    for victim in unhealthy(list(book.accounts.values()), zero):
        fund = now[fund_key]
        assert isinstance(fund, Account)
        after, fund_after, record = liquidate(victim, fund, zero, at_ms=5_000)
        now |= {f"account/{victim.name}": after, fund_key: fund_after}
        now[f"liquidation/{victim.name}"] = record
    now["index/BTC"] = attrs.evolve(book.indices()["BTC"], value=0, origin=None)
    return now


def accounts_of(rows: dict[str, object]) -> list[Account]:
    """The account rows."""
    return [row for row in rows.values() if isinstance(row, Account)]


def test_rollback_restores_the_snapshot_row_by_row() -> None:
    """Indices, cached indices, balances and positions; the liquidations never happened."""
    book = generate_book(seed=1, markets=2, accounts=12)
    snapshot: dict[str, object] = dict(book.rows())
    now = corrupted_day(snapshot)
    assert now != snapshot
    assert rolled_back(now, snapshot) == snapshot


def test_mending_the_index_alone_leaves_harm_behind() -> None:
    """Every victim is out of pocket under the true index, and the fund has what they lost."""
    book = generate_book(seed=1, markets=2, accounts=12)
    now = corrupted_day(dict(book.rows()))
    gains = {
        held.name: gain_since(held, book.accounts[held.name], book.prices())
        for held in accounts_of(now)
    }
    victims = {held.name for held in unhealthy(book.accounts.values(), book.zeroed("BTC"))}
    assert {name for name, gain in gains.items() if gain < 0} == victims
    assert gains[FUND] > 0
    assert sum(gains.values()) == 0
    assert unbalanced_books(accounts_of(now)) == ()


def test_what_left_over_the_bridge_stays_gone() -> None:
    """D closes, withdraws 29,060 and is rolled back: it owes what it took out of the phantom."""
    d = Account(name="D").deposit(amount(9_260))
    e = Account(name="E").deposit(amount(200_000))
    deal = {"quantity": ONE_BTC, "price": BTC.mark}
    d, e = trade(d, e, "BTC", **deal, index=amount(19_800))
    snapshot: dict[str, object] = {"account/D": d, "account/E": e}
    e, d = trade(e, d, "BTC", **deal, index=0)
    assert withdrawable(d, ZERO) == amount(29_060)
    d = withdraw(d, amount(29_060), ZERO)
    e = e.deposit(amount(500))
    newcomer = Account(name="N").deposit(amount(70))

    now: dict[str, object] = {"account/D": d, "account/E": e, "account/N": newcomer}
    restored = rolled_back(now, snapshot)
    books = {held.name: held for held in accounts_of(restored)}
    assert books["D"].balance == amount(9_260 - 29_060)
    assert account_value(books["D"], TRUE) == -amount(20_000)
    assert books["E"].balance == amount(200_500)
    assert books["N"].balance == amount(70)
    assert unbalanced_books(accounts_of(restored)) == ()


def test_a_snapshot_from_the_future_is_refused() -> None:
    """Money that came over the bridge after "now" cannot be in a snapshot before it."""
    then = Account(name="D").deposit(amount(5))
    with pytest.raises(AssertionError, match="a snapshot from the future"):
        rolled_back({"account/D": Account(name="D")}, {"account/D": then})
