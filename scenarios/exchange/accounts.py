"""Accounts and positions: the rows that a liquidation changes.

Terms after "Margin Term Reference", Paradex documentation of 16 January 2026. A position keeps
its *cost* (quantity times average entry price, "constant in USDC terms between trades") rather
than the entry price: a sum can be split without rounding, an average cannot.
"""

from __future__ import annotations

import attrs

from .fixed import ONE, Amount, Product, divide_towards_zero, floor, text

FUND = "insurance-fund"


@attrs.frozen
class Position:
    """One account's position in one market.

    A flat position stays in the account, for its funding history.

    Attributes:
        market: The market's name.
        quantity: Signed: long above zero, short below.
        cost: USDC paid for it, signed like the quantity.
        cached_index: Funding index at the last change of the position.
        funding: Funding realised in this market so far; what was received counts up.
    """

    market: str
    quantity: Amount
    cost: Amount
    cached_index: Amount
    funding: Product = 0

    @property
    def entry(self) -> Amount:
        """Average entry price in USDC, rounded towards zero; zero where the position is flat."""
        return divide_towards_zero(self.cost * ONE, self.quantity) if self.quantity else 0

    def __str__(self) -> str:
        return (
            f"{self.market} {text(self.quantity)} at {text(self.entry)}, "
            f"cached index {text(self.cached_index)}"
        )

    def accrued_funding(self, index: Amount) -> Product:
        """Unrealised funding in USDC: `-quantity * (current index - cached index)`.

        With a positive step of the index the longs pay.
        """
        return -self.quantity * (index - self.cached_index)


@attrs.frozen
class Account:
    """One account: a row that is replaced, never changed.

    Attributes:
        name: "alice", or `FUND` for the insurance fund.
        balance: USDC: deposits less withdrawals plus everything realised. It may be negative.
        positions: At most one for each market, in the order of the markets' names.
        residue: What rounding `balance` down left over, carried into the next realisation.
        deposited: USDC that came in over the bridge, ever.
        withdrawn: USDC that left over the bridge, ever. No rollback brings it back.
        value_at_zero: Derived: what the account is worth in USDC where every mark and every
            index is zero. All that moves the value after that is a multiple of a quantity, so
            a health check need not look at balance, cost and cached index again.
        exposures: Derived: market and signed quantity of each position that is open.
    """

    name: str
    balance: Amount = 0
    positions: tuple[Position, ...] = ()
    residue: Product = 0
    deposited: Amount = 0
    withdrawn: Amount = 0
    value_at_zero: Product = attrs.field(init=False, eq=False, repr=False)
    exposures: tuple[tuple[str, Amount], ...] = attrs.field(init=False, eq=False, repr=False)

    @value_at_zero.default
    def _derive_value_at_zero(self) -> Product:
        cash = self.balance * ONE + self.residue
        return cash + sum(
            position.quantity * position.cached_index - position.cost * ONE
            for position in self.positions
        )

    @exposures.default
    def _derive_exposures(self) -> tuple[tuple[str, Amount], ...]:
        return tuple((held.market, held.quantity) for held in self.positions if held.quantity)

    def __attrs_post_init__(self) -> None:
        names = [position.market for position in self.positions]
        assert names == sorted(set(names)), f"{self.name}: positions out of order: {names}"
        assert 0 <= self.residue < ONE, f"{self.name}: residue {self.residue}"
        assert self.deposited >= 0, f"{self.name}: deposited {text(self.deposited)}"
        assert self.withdrawn >= 0, f"{self.name}: withdrawn {text(self.withdrawn)}"

    def __str__(self) -> str:
        held = "".join(f"; {position}" for position in self.positions if position.quantity)
        return f"{self.name}: {text(self.balance)} USDC{held}"

    def position(self, market: str) -> Position:
        """The position in `market`, flat where there never was one."""
        for position in self.positions:
            if position.market == market:
                return position
        return Position(market=market, quantity=0, cost=0, cached_index=0)

    def with_position(self, position: Position) -> Account:
        """This account with one position put in the place of the one it had."""
        others = [held for held in self.positions if held.market != position.market]
        ordered = sorted([*others, position], key=lambda held: held.market)
        return attrs.evolve(self, positions=tuple(ordered))

    def credited(self, gain: Product) -> Account:
        """This account with a realised gain, or loss, in its balance.

        The part below one unit of the balance is carried as residue.
        """
        total = self.residue + gain
        return attrs.evolve(self, balance=self.balance + floor(total), residue=total % ONE)

    def deposit(self, paid_in: Amount) -> Account:
        """This account with USDC from the bridge.

        Raises:
            ValueError: the amount is not positive.
        """
        if paid_in <= 0:
            raise ValueError(f"{self.name}: cannot deposit {text(paid_in)} USDC")
        return attrs.evolve(
            self, balance=self.balance + paid_in, deposited=self.deposited + paid_in
        )
