"""The ledger on the chain: every account, and every liquidation there has been.

One row, because what changes it is one transaction on the chain: a health check liquidates all who
fail it in one block, a trade moves two accounts at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from ..accounts import FUND, Account
from ..fixed import ONE, Amount
from ..health import unhealthy
from ..liquidation import Liquidation, liquidate
from ..trading import trade
from .market_data import MarketData, published_prices

if TYPE_CHECKING:
    from ..markets import Market
    from ..prices import Prices


@attrs.frozen(eq=False, repr=False)
class Ledger:
    """All accounts and all liquidations; replaced, never changed.

    Attributes:
        accounts: By name, the insurance fund among them.
        liquidations: In the order in which they happened.
    """

    accounts: Mapping[str, Account]
    liquidations: tuple[Liquidation, ...] = ()

    def __repr__(self) -> str:
        return f"{len(self.accounts)} accounts, {len(self.liquidations)} liquidated"

    def closed(self, name: str, prices: Prices) -> Ledger:
        """This ledger after an account has closed every position, at the mark.

        Whoever stands on the other side with the largest position takes each of them over.
        """
        accounts = dict(self.accounts)
        for market, quantity in self.accounts[name].exposures:
            other = _largest_against(accounts, market, quantity, name)
            seller, buyer = (name, other) if quantity > 0 else (other, name)
            quote = prices.quote(market)
            accounts[buyer], accounts[seller] = trade(
                accounts[buyer],
                accounts[seller],
                market,
                quantity=abs(quantity),
                price=quote.mark * ONE // prices.usdc,
                index=quote.index,
            )
        return Ledger(MappingProxyType(accounts), self.liquidations)


@lru_cache(maxsize=512)
def health_checked(
    ledger: Ledger, markets: tuple[Market, ...], published: tuple[MarketData, ...], at_ms: int
) -> Ledger:
    """The ledger after everybody who fails the health check is liquidated; itself if nobody does.

    Remembered: in thousands of schedules the same few ledgers meet the same few records.

    Args:
        ledger: The ledger before.
        markets: The markets that are traded.
        published: What the health check sees of them, in the same order.
        at_ms: When it happens.
    """
    prices = published_prices(markets, published)
    victims = unhealthy(ledger.accounts.values(), prices)
    if not victims:
        return ledger
    accounts = dict(ledger.accounts)
    done = []
    for victim in victims:
        accounts[victim.name], accounts[FUND], record = liquidate(
            victim, accounts[FUND], prices, at_ms=at_ms
        )
        done.append(record)
    return Ledger(MappingProxyType(accounts), (*ledger.liquidations, *done))


def _largest_against(
    accounts: Mapping[str, Account], market: str, quantity: Amount, name: str
) -> str:
    """Who holds most of the opposite side of a position; the first of equals."""
    side = 1 if quantity < 0 else -1
    others = (other for other in accounts if other != name)
    return max(others, key=lambda other: side * accounts[other].position(market).quantity)
