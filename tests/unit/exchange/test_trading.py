"""Trades: what is realised, what a position cost, and that funding is realised in full."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenarios.exchange import ONE, Account, amount, text, trade

ALICE, BOB = Account(name="alice"), Account(name="bob")


def after(*deals: tuple[str, str]) -> Account:
    """Alice after deals of (signed quantity, price) with Bob, the index being zero."""
    alice, bob = ALICE, BOB
    for quantity, price in deals:
        signed = amount(quantity)
        sides = (alice, bob) if signed > 0 else (bob, alice)
        traded = trade(*sides, "BTC", quantity=abs(signed), price=amount(price), index=0)
        alice, bob = traded if signed > 0 else (traded[1], traded[0])
    return alice


@pytest.mark.parametrize(
    ("deals", "balance", "quantity", "entry"),
    [
        ([("5", "100")], "0", "5", "100"),
        ([("5", "100"), ("15", "120")], "0", "20", "115"),  # the average
        ([("5", "100"), ("-2", "110")], "20", "3", "100"),  # a part closed: the entry stays
        ([("5", "100"), ("-5", "110")], "50", "0", "0"),
        ([("5", "100"), ("-8", "110")], "50", "-3", "110"),  # flipped: a new entry
        ([("-5", "100"), ("8", "110")], "-50", "3", "110"),
        ([("-5", "100"), ("2", "90")], "20", "-3", "100"),
    ],
)
def test_gains_are_realised_on_what_is_closed(
    deals: list[tuple[str, str]], balance: str, quantity: str, entry: str
) -> None:
    """Growing realises nothing, closing realises its part, flipping closes and opens anew."""
    alice = after(*deals)
    held = alice.position("BTC")
    assert (text(alice.balance), text(held.quantity), text(held.entry)) == (
        balance,
        quantity,
        entry,
    )


@given(
    held=st.integers(-(10**10), 10**10).filter(bool),
    change=st.integers(1, 10**10),
    cached=st.integers(-(10**13), 10**13),
    index=st.integers(-(10**13), 10**13),
)
def test_any_change_realises_all_funding(held: int, change: int, cached: int, index: int) -> None:
    """However small the change: `-q * (now - cached)` on the whole of it, then cached is now."""
    sides = (ALICE, BOB) if held > 0 else (BOB, ALICE)
    opened = trade(*sides, "BTC", quantity=abs(held), price=0, index=cached)
    alice = opened[0] if held > 0 else opened[1]
    changed, _ = trade(alice, BOB, "BTC", quantity=change, price=0, index=index)
    realised = -held * (index - cached)
    assert changed.balance * ONE + changed.residue == realised
    assert changed.position("BTC").funding == realised
    assert changed.position("BTC").cached_index == index


def test_a_trade_that_is_none_is_refused() -> None:
    """Nothing, less than nothing, or with oneself."""
    for quantity in (0, -1):
        with pytest.raises(ValueError, match="the quantity must be positive"):
            trade(ALICE, BOB, "BTC", quantity=quantity, price=ONE, index=0)
    with pytest.raises(ValueError, match="alice cannot trade BTC with itself"):
        trade(ALICE, ALICE, "BTC", quantity=1, price=ONE, index=0)
    with pytest.raises(ValueError, match="alice: cannot deposit 0 USDC"):
        ALICE.deposit(0)
