"""Conservation: no sequence of events makes or loses a unit of money."""

from __future__ import annotations

import attrs
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from scenarios.exchange import (
    FUND,
    ONE,
    Account,
    FundingIndex,
    Prices,
    account_key,
    account_value,
    generate_book,
    index_now,
    liquidate,
    prices_from_rows,
    rolled_back,
    trade,
    unbalanced_books,
    unhealthy,
    withdraw,
    withdrawable,
)
from scenarios.exchange.margin import value_product

BOOK = generate_book(seed=7, markets=3, accounts=6)
PEOPLE = tuple(BOOK.accounts)
people = st.sampled_from(PEOPLE)
markets = st.sampled_from([market.name for market in BOOK.markets])


class Exchange(RuleBasedStateMachine):
    """A day at the exchange, in any order: trades, ticks, resets, liquidations, repairs."""

    @initialize()
    def open(self) -> None:
        """The book of the day, and the snapshot that a rollback goes back to."""
        self.rows: dict[str, object] = dict(BOOK.rows())
        self.snapshot = dict(self.rows)
        self.now_ms = 0

    def account(self, name: str) -> Account:
        """The row of an account."""
        row = self.rows[account_key(name)]
        assert isinstance(row, Account)
        return row

    def index(self, market: str) -> FundingIndex:
        """The row of an index."""
        row = self.rows[f"index/{market}"]
        assert isinstance(row, FundingIndex)
        return row

    def store(self, *accounts: Account) -> None:
        """Put accounts into their rows."""
        self.rows |= {account_key(held.name): held for held in accounts}

    def prices(self) -> Prices:
        """What the rows say, right or wrong."""
        return prices_from_rows(BOOK.markets, self.rows)

    @rule(
        pair=st.lists(people, min_size=2, max_size=2, unique=True),
        market=markets,
        quantity=st.integers(1, 5 * ONE),
        price=st.integers(0, 10**13),
    )
    def deal(self, pair: list[str], market: str, quantity: int, price: int) -> None:
        """Any two trade at any price, the insurance fund among them: it closes in the market."""
        buyer, seller = map(self.account, pair)
        index = self.index(market).value
        self.store(*trade(buyer, seller, market, quantity=quantity, price=price, index=index))

    @rule(market=markets, premium=st.integers(-(10**12), 10**12), elapsed_ms=st.integers(0, 10**7))
    def tick(self, market: str, premium: int, elapsed_ms: int) -> None:
        """Funding accrues."""
        self.now_ms += elapsed_ms
        index = index_now(self.index(market), premium=premium, now_ms=self.now_ms)
        self.rows[f"index/{market}"] = index

    @rule(market=markets)
    def reset(self, market: str) -> None:
        """The incident."""
        self.rows[f"index/{market}"] = FundingIndex.missing(market, self.now_ms)

    @rule(market=markets)
    def repair_index_only(self, market: str) -> None:
        """The targeted fix: the true index, nothing else."""
        self.rows[f"index/{market}"] = attrs.evolve(BOOK.indices()[market], at_ms=self.now_ms)

    @rule()
    def liquidate_all(self) -> None:
        """A health check and what follows from it."""
        prices = self.prices()
        for victim in unhealthy([self.account(name) for name in PEOPLE], prices):
            fund = self.account(FUND)
            after, fund_after, _ = liquidate(victim, fund, prices, at_ms=self.now_ms)
            self.store(after, fund_after)

    @rule(name=people, paid_in=st.integers(1, 10**13))
    def deposit(self, name: str, paid_in: int) -> None:
        """USDC comes in."""
        self.store(self.account(name).deposit(paid_in))

    @rule(name=people, percent=st.integers(1, 100))
    def cash_out(self, name: str, percent: int) -> None:
        """USDC leaves, phantom gains included."""
        paid_out = withdrawable(self.account(name), self.prices()) * percent // 100
        if paid_out:
            self.store(withdraw(self.account(name), paid_out, self.prices()))

    @rule()
    def take_snapshot(self) -> None:
        """The state that a rollback goes back to."""
        self.snapshot = dict(self.rows)

    @rule()
    def roll_back(self) -> None:
        """The full repair. Time goes on."""
        self.rows = rolled_back(self.rows, self.snapshot)
        for market in BOOK.markets:
            index = attrs.evolve(self.index(market.name), at_ms=self.now_ms)
            self.rows[f"index/{market.name}"] = index

    @invariant()
    def no_money_is_made_or_lost(self) -> None:
        """I4, exactly, after everything that can happen."""
        assert unbalanced_books([self.account(name) for name in PEOPLE]) == ()

    @invariant()
    def accounts_are_worth_what_came_in_at_any_prices(self) -> None:
        """The sum of all account values is deposits less withdrawals, whatever mark and index."""
        everyone = [self.account(name) for name in PEOPLE]
        bridged = sum(held.deposited - held.withdrawn for held in everyone)
        assert sum(value_product(held, self.prices()) for held in everyone) == bridged * ONE
        assert sum(value_product(held, BOOK.prices()) for held in everyone) == bridged * ONE
        shown = sum(account_value(held, BOOK.prices()) for held in everyone)
        assert 0 <= bridged - shown < len(everyone)


TestExchange = Exchange.TestCase
TestExchange.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
