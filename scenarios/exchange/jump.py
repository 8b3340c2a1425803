"""The jump: what happens to an account when an index changes and nothing else does.

Derived from the documented formulas, not documented itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fixed import ONE, Amount, Product

if TYPE_CHECKING:
    from .accounts import Account
    from .markets import Market
    from .prices import Prices


def index_jump(
    account: Account, market: str, *, before: Amount, after: Amount, usdc: Amount = ONE
) -> Product:
    """Change of account value in USD when an index changes and nothing else does.

    `-quantity * (after - before) * P`: independent of cached index, entry price and mark. So
    zeroing an index `I` moves every account by `quantity * I * P`, and repairing it takes from
    every position, touched or not, what its quantity says.
    """
    quantity = account.position(market).quantity
    return -quantity * (after - before) * usdc // ONE


def zeroing_jump(account: Account, prices: Prices, *, markets: tuple[str, ...]) -> Product:
    """Change of account value in USD when the indices of `markets` are set to zero."""
    return sum(
        index_jump(account, market, before=prices.quote(market).index, after=0, usdc=prices.usdc)
        for market in markets
    )


def critical_leverage(market: Market, *, index: Amount) -> Amount:
    """Leverage above which zeroing `index` liquidates a one-market account on the losing side.

    `L = 1 / (|index| / mark + maintenance margin fraction)`, rounded down; derived, not
    documented. It holds for any entry price and any cached index.
    """
    needed = abs(index) + market.maintenance_margin(market.mark)
    return market.mark * ONE // needed
