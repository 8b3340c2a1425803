"""Margin: what an account is worth, what it needs, and what may leave it.

After "Margin Term Reference", "Cross Margin Requirement" and "Paradex Risk Checks", Paradex
documentation of 16 January 2026. All in USD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .fixed import ONE, Amount, Product, divide_up, floor, text

if TYPE_CHECKING:
    from .accounts import Account
    from .prices import Prices


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
