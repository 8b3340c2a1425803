"""Margin: what an account is worth, what it needs, and whether it is healthy.

After "Margin Term Reference", "Cross Margin Requirement" and "Paradex Risk Checks", Paradex
documentation of 16 January 2026. All in USD; comparisons are made on 16 decimals, before any
rounding, so that the borderline is where the documentation draws it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from .accounts import FUND, Account
from .fixed import ONE, Amount, Product, divide_up, floor, multiply, text

if TYPE_CHECKING:
    from .markets import Market


class NoPrice(LookupError):
    """A market has no mark or no index. Missing is not zero: there is no answer then."""

    def __init__(self, market: str) -> None:
        super().__init__(f"{market} has no mark or no index: publish both before a health check")


@attrs.frozen
class Quote:
    """One market at one moment, per unit.

    Attributes:
        mark: Mark price in USD.
        index: Funding index in USDC, as published, right or wrong.
        initial: Initial margin in USD.
        maintenance: Maintenance margin in USD.
        worth: What a long unit adds to account value beyond cost and cached index, in USD:
            the mark less the index.
    """

    mark: Amount
    index: Amount
    initial: Amount
    maintenance: Amount
    worth: Amount


@attrs.frozen
class Prices:
    """What a health check sees of the markets, all at once.

    Attributes:
        quotes: By name of the market.
        usdc: Price of a USDC in USD.
        long_unit: Derived: what a unit held adds to value less maintenance margin, by market.
        short_unit: Derived: the same for a unit owed, counted with its negative quantity.
    """

    quotes: Mapping[str, Quote]
    usdc: Amount = ONE
    long_unit: Mapping[str, Amount] = attrs.field(init=False, eq=False, repr=False)
    short_unit: Mapping[str, Amount] = attrs.field(init=False, eq=False, repr=False)

    @long_unit.default
    def _derive_long_unit(self) -> Mapping[str, Amount]:
        return {name: quote.worth - quote.maintenance for name, quote in self.quotes.items()}

    @short_unit.default
    def _derive_short_unit(self) -> Mapping[str, Amount]:
        return {name: quote.worth + quote.maintenance for name, quote in self.quotes.items()}

    @classmethod
    def of(
        cls,
        markets: Iterable[Market],
        *,
        marks: Mapping[str, Amount] | None = None,
        indices: Mapping[str, Amount] | None = None,
        usdc: Amount = ONE,
    ) -> Prices:
        """Prices of `markets`.

        Args:
            markets: Which ones.
            marks: Mark prices by market; None: those of the markets themselves.
            indices: Published indices by market; None: the true ones of the markets themselves.
            usdc: Price of a USDC in USD.

        Raises:
            NoPrice: a market is missing in `marks` or `indices`.
        """
        quotes = {}
        for market in markets:
            mark = market.mark if marks is None else marks.get(market.name)
            index = market.index if indices is None else indices.get(market.name)
            if mark is None or index is None:
                raise NoPrice(market.name)
            quotes[market.name] = Quote(
                mark=mark,
                index=index,
                initial=market.initial_margin(mark),
                maintenance=market.maintenance_margin(mark),
                worth=mark - multiply(index, usdc),
            )
        return cls(quotes=quotes, usdc=usdc)

    def quote(self, market: str) -> Quote:
        """The quote of one market.

        Raises:
            NoPrice: there is none.
        """
        try:
            return self.quotes[market]
        except KeyError:
            raise NoPrice(market) from None


def value_product(account: Account, prices: Prices) -> Product:
    """Account value in USD, not rounded.

    `USDC balance * P + sum(quantity * Mark - cost * P + accrued funding * P)`
    """
    moving = sum(quantity * prices.quote(market).worth for market, quantity in account.exposures)
    return account.value_at_zero * prices.usdc // ONE + moving


def maintenance_product(account: Account, prices: Prices) -> Product:
    """Maintenance margin requirement in USD, not rounded: "half of the Net IMR".

    It counts open positions only, orders never.
    """
    return sum(
        abs(quantity) * prices.quote(market).maintenance for market, quantity in account.exposures
    )


def account_value(account: Account, prices: Prices) -> Amount:
    """Account value in USD, rounded down."""
    return floor(value_product(account, prices))


def maintenance_margin(account: Account, prices: Prices) -> Amount:
    """Maintenance margin requirement (MMR) in USD, rounded up."""
    return divide_up(maintenance_product(account, prices), ONE)


def initial_margin(account: Account, prices: Prices) -> Amount:
    """Initial margin requirement (IMR) of the open positions in USD, rounded up."""
    needed = sum(
        abs(quantity) * prices.quote(market).initial for market, quantity in account.exposures
    )
    return divide_up(needed, ONE)


def margin_ratio(account: Account, prices: Prices) -> Amount | None:
    """`MMR / account value`, rounded up; None where the account has no value to divide by."""
    value = value_product(account, prices)
    if value <= 0:
        return None
    return divide_up(maintenance_product(account, prices) * ONE, value)


def withdrawable(account: Account, prices: Prices) -> Amount:
    """USDC that may leave: `min(USDC balance, max(0, account value - IMR) / P)`.

    So a phantom gain can be withdrawn up to the balance, and once it is realised, entirely.
    """
    free = account_value(account, prices) - initial_margin(account, prices)
    return max(0, min(account.balance, free * ONE // prices.usdc))


def withdraw(account: Account, paid_out: Amount, prices: Prices) -> Account:
    """`account` after USDC has left over the bridge, for good.

    Raises:
        ValueError: it is not positive, or more than is withdrawable.
    """
    limit = withdrawable(account, prices)
    if not 0 < paid_out <= limit:
        raise ValueError(
            f"{account.name} cannot withdraw {text(paid_out)} USDC: the limit is {text(limit)}"
        )
    return attrs.evolve(
        account, balance=account.balance - paid_out, withdrawn=account.withdrawn + paid_out
    )


def order_accepted(before: Account, after: Account, prices: Prices) -> bool:
    """Order risk check: the account meets its IMR with the order, or the IMR does not grow."""
    needed = initial_margin(after, prices)
    return account_value(after, prices) >= needed or needed <= initial_margin(before, prices)


def is_healthy(account: Account, prices: Prices) -> bool:
    """Health check of one account, every 5 s: liquidation above a margin ratio of 100%.

    An account with an open position needs a positive value as well; one without is left alone.
    """
    if not account.exposures:
        return True
    value = value_product(account, prices)
    return value > 0 and maintenance_product(account, prices) <= value


def unhealthy(accounts: Iterable[Account], prices: Prices) -> list[Account]:
    """Health check of all: the accounts to liquidate, in the order given.

    The insurance fund is not checked: there is nobody behind it to take its positions.

    Raises:
        NoPrice: an account has a position in a market without mark or index.
    """
    suspects = _value_below_requirement(accounts, prices)
    return [held for held in suspects if held.name != FUND and not is_healthy(held, prices)]


def _value_below_requirement(accounts: Iterable[Account], prices: Prices) -> list[Account]:
    """Accounts whose value less maintenance margin is not above zero.

    A search runs this for hundreds of accounts in every schedule, hence the shape: one addition
    and one product for each position. It lets through the borderline, for `is_healthy` to judge.
    """
    usdc, long_unit, short_unit = prices.usdc, prices.long_unit, prices.short_unit
    suspects = []
    try:
        for account in accounts:
            surplus = account.value_at_zero
            if usdc != ONE:
                surplus = surplus * usdc // ONE
            for market, quantity in account.exposures:
                unit = long_unit[market] if quantity > 0 else short_unit[market]
                surplus += quantity * unit
            if surplus <= 0:
                suspects.append(account)
    except KeyError as missing:
        raise NoPrice(str(missing.args[0])) from None
    return suspects


def critical_leverage(market: Market, *, index: Amount) -> Amount:
    """Leverage above which zeroing `index` liquidates a one-market account on the losing side.

    `L = 1 / (|index| / mark + maintenance margin fraction)`, rounded down; derived, not
    documented. It holds for any entry price and any cached index.
    """
    needed = abs(index) + market.maintenance_margin(market.mark)
    return market.mark * ONE // needed
