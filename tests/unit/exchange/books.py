"""Accounts and prices to test with."""

from __future__ import annotations

from fractions import Fraction

import attrs
from hypothesis import strategies as st

from scenarios.exchange import (
    BTC,
    MARKETS,
    ONE,
    Account,
    Amount,
    Market,
    Position,
    Prices,
    account_value,
    amount,
    maintenance_margin,
)

INDEX = BTC.index


def one_btc(name: str, collateral: str, side: int, cached: int) -> Account:
    """An account with one BTC bought or sold at the mark: a line of the account table."""
    position = Position(
        market="BTC",
        quantity=side * amount(1),
        cost=side * BTC.mark,
        cached_index=amount(cached),
    )
    return Account(name=name, balance=amount(collateral), positions=(position,))


def btc_prices(index: Amount = INDEX) -> Prices:
    """BTC at its mark, with this index."""
    return Prices.of([BTC], indices={"BTC": index})


def textbook_value(account: Account, prices: Prices) -> Fraction:
    """Account value in USD from the documented formula, position by position, in fractions."""
    usdc = Fraction(prices.usdc, ONE)
    value = (Fraction(account.balance, ONE) + Fraction(account.residue, ONE * ONE)) * usdc
    for held in account.positions:
        quantity, cost = Fraction(held.quantity, ONE), Fraction(held.cost, ONE)
        quote = prices.quote(held.market)
        step = Fraction(quote.index - held.cached_index, ONE)
        value += quantity * Fraction(quote.mark, ONE) - cost * usdc - quantity * step * usdc
    return value


def textbook_maintenance(account: Account, markets: tuple[Market, ...]) -> Fraction:
    """MMR in USD from the documented formula: half of 2% of the notional."""
    return sum(
        (
            Fraction(abs(account.position(market.name).quantity) * market.mark, ONE * ONE) / 100
            for market in markets
        ),
        Fraction(0),
    )


def amounts(least: int, most: int) -> st.SearchStrategy[Amount]:
    """Amounts in a range of whole units, with all 8 decimals in use."""
    return st.integers(least * ONE, most * ONE)


@st.composite
def positions(draw: st.DrawFn, market: Market) -> Position:
    """Any open position: entry, cached index and quantity have nothing to do with each other."""
    quantity = draw(amounts(-100, 100).filter(bool))
    entry = draw(amounts(1, 200_000))
    return Position(
        market=market.name,
        quantity=quantity,
        cost=quantity * entry // ONE,
        cached_index=draw(amounts(-50_000, 50_000)),
    )


@st.composite
def accounts(draw: st.DrawFn, name: str = "alice") -> Account:
    """Any account: one to four positions, any balance, in debt or not."""
    chosen = draw(st.lists(st.sampled_from(MARKETS), min_size=1, max_size=4, unique=True))
    ordered = sorted(chosen, key=lambda market: market.name)
    return Account(
        name=name,
        balance=draw(amounts(-1_000_000, 10_000_000)),
        residue=draw(st.integers(0, ONE - 1)),
        positions=tuple(draw(positions(market)) for market in ordered),
    )


@st.composite
def all_prices(draw: st.DrawFn, usdc: st.SearchStrategy[Amount] | None = None) -> Prices:
    """Prices of all markets at their marks, with any indices."""
    indices = {market.name: draw(amounts(-50_000, 50_000)) for market in MARKETS}
    return Prices.of(MARKETS, indices=indices, usdc=draw(usdc) if usdc is not None else ONE)


@st.composite
def near_requirement(
    draw: st.DrawFn, usdc: st.SearchStrategy[Amount] | None = None
) -> tuple[Account, Prices]:
    """An account worth 5% to 110% of its MMR, where every verdict and every share occurs."""
    account, prices = draw(accounts()), draw(all_prices(usdc))
    wanted = maintenance_margin(account, prices) * draw(st.integers(50, 1_100)) // 1_000
    missing = (wanted - account_value(account, prices)) * ONE // prices.usdc
    return attrs.evolve(account, balance=account.balance + missing), prices
