"""The jump: what zeroing an index does to an account, in closed form."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, strategies as st

from scenarios.exchange import (
    BTC,
    MARKETS,
    ONE,
    PAXG,
    Account,
    Market,
    Position,
    Prices,
    amount,
    critical_leverage,
    generate_book,
    is_healthy,
    text,
    zeroing_jump,
)
from scenarios.exchange.fixed import divide_up
from scenarios.exchange.margin import value_product

from .books import accounts, all_prices

NAMES = tuple(market.name for market in MARKETS)


def zeroed(prices: Prices, names: tuple[str, ...]) -> Prices:
    """The same prices with some indices reset to zero."""
    indices = {name: 0 if name in names else prices.quote(name).index for name in NAMES}
    return Prices.of(MARKETS, indices=indices, usdc=prices.usdc)


@given(accounts(), all_prices(), st.lists(st.sampled_from(NAMES), unique=True).map(tuple))
def test_the_jump_is_quantity_times_index(
    account: Account, prices: Prices, names: tuple[str, ...]
) -> None:
    """`sum of q * I` over the zeroed markets, exactly: shorts lose it where the index is above 0."""
    jump = value_product(account, zeroed(prices, names)) - value_product(account, prices)
    expected = sum(account.position(name).quantity * prices.quote(name).index for name in names)
    assert jump == expected == zeroing_jump(account, prices, markets=names)


@given(
    accounts(),
    all_prices(st.sampled_from([amount("0.9998"), amount("0.5"), amount("1.02")])),
)
def test_the_jump_counts_usdc_at_its_price(account: Account, prices: Prices) -> None:
    """`sum of q * I * P`; an index in USD is rounded by up to one unit."""
    jump = value_product(account, zeroed(prices, NAMES)) - value_product(account, prices)
    expected = sum(
        quantity * prices.quote(name).index * prices.usdc for name, quantity in account.exposures
    )
    held = sum(abs(quantity) for _, quantity in account.exposures)
    assert abs(jump * ONE - expected) <= (held + 1) * ONE
    closed_form = zeroing_jump(account, prices, markets=NAMES)
    assert abs(closed_form * ONE - expected) <= len(account.exposures) * ONE


@given(
    accounts(),
    all_prices(),
    st.lists(st.tuples(st.integers(-(10**13), 10**13), st.integers(-(10**15), 10**15)), min_size=4),
    st.integers(1, 10**13),
)
def test_the_jump_depends_on_nothing_else(
    account: Account, prices: Prices, others: list[tuple[int, int]], mark: int
) -> None:
    """Another cached index, another entry, another mark: the same jump."""
    positions = tuple(
        attrs.evolve(held, cached_index=cached, cost=cost)
        for held, (cached, cost) in zip(account.positions, others, strict=False)
    )
    twin = attrs.evolve(account, positions=positions)
    indices = {name: prices.quote(name).index for name in NAMES}
    elsewhere = Prices.of(MARKETS, marks=dict.fromkeys(NAMES, mark), indices=indices)
    zero = Prices.of(MARKETS, marks=dict.fromkeys(NAMES, mark), indices=dict.fromkeys(NAMES, 0))
    jump = value_product(account, zeroed(prices, NAMES)) - value_product(account, prices)
    assert value_product(twin, zero) - value_product(twin, elsewhere) == jump


def test_over_all_accounts_the_jumps_add_up_to_zero() -> None:
    """At the instant of zeroing nobody outside has gained: the longs have what the shorts lost."""
    book = generate_book(seed=3)
    for market in book.markets:
        jumps = [
            zeroing_jump(held, book.prices(), markets=(market.name,))
            for held in book.accounts.values()
        ]
        assert any(jumps)
        assert sum(jumps) == 0


@pytest.mark.parametrize(
    ("market", "jump_percent", "leverage"),
    [(BTC, "21.59827213", "4.42511707"), (PAXG, "6.42398286", "13.46985866")],
)
def test_jump_and_critical_leverage(market: Market, jump_percent: str, leverage: str) -> None:
    """BTC: 21.60% of notional and 4.43x; PAXG: 6.42% and 13.5x."""
    assert text(market.index * 100 * ONE // market.mark) == jump_percent
    assert text(critical_leverage(market, index=market.index)) == leverage


@given(
    st.sampled_from(MARKETS),
    st.integers(1, 10**12),
    st.integers(10**8, 60 * 10**8),
    st.integers(-(10**13), 10**13),
    st.integers(1, 10**15),
)
def test_above_the_critical_leverage_and_only_there(
    market: Market, quantity: int, leverage: int, cached: int, entry: int
) -> None:
    """The losing side of a one-market account dies iff its notional is more than L times its value.

    Leverage before the reset decides, whatever the cached index and the entry.
    """
    side = -1 if market.index > 0 else 1
    true, zero = Prices.of([market]), Prices.of([market], indices={market.name: 0})
    position = Position(
        market=market.name,
        quantity=side * quantity,
        cost=side * quantity * entry // ONE,
        cached_index=cached,
    )
    bare = Account(name="alice", positions=(position,))
    notional = quantity * market.mark
    # A value, in products, that makes this leverage as exactly as a balance can.
    balance, residue = divmod(divide_up(notional * ONE, leverage) - value_product(bare, true), ONE)
    account = attrs.evolve(bare, balance=balance, residue=residue)
    value = value_product(account, true)
    # L = mark / (|I| + maintenance): multiplied out, there is nothing to round.
    needed = quantity * (abs(market.index) + market.maintenance_margin(market.mark))
    assert is_healthy(account, zero) == (value >= needed)
    critical = critical_leverage(market, index=market.index)
    if notional * ONE > value * (critical + 1):
        assert not is_healthy(account, zero)
    if notional * ONE <= value * critical:
        assert is_healthy(account, zero)
