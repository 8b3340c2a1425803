"""The health check: who is to be liquidated, every 5 seconds.

After "Paradex Risk Checks", Paradex documentation of 16 January 2026: "an account passes the
health check if its account value is positive and the margin ratio is below 100%"; above 100% it
"will enter liquidation". Compared on 16 decimals, before any rounding, so that the borderline is
where the documentation draws it: exactly 100% is not liquidated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .accounts import FUND, Account
from .fixed import ONE
from .margin import maintenance_product, value_product
from .prices import NoPrice, Prices

if TYPE_CHECKING:
    from collections.abc import Iterable


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
