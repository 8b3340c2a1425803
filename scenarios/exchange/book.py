"""A book: the accounts, positions and indices that a scenario begins with."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from .accounts import Account
from .funding import FundingIndex
from .markets import Market
from .prices import Prices
from .rows import Row, account_key, index_key, mark_key


@attrs.frozen
class Book:
    """What is in the exchange's database before maintenance.

    Attributes:
        markets: The markets that are traded.
        accounts: All accounts by name, the insurance fund last.
        at_ms: The time at which the indices are those of the markets.
    """

    markets: tuple[Market, ...]
    accounts: Mapping[str, Account]
    at_ms: int = 0

    def prices(self) -> Prices:
        """Prices under the true indices."""
        return Prices.of(self.markets)

    def zeroed(self, *names: str) -> Prices:
        """Prices with the indices of the named markets reset to zero."""
        indices = {market.name: market.index for market in self.markets}
        assert set(names) <= set(indices), names
        return Prices.of(self.markets, indices=indices | dict.fromkeys(names, 0))

    def indices(self) -> dict[str, FundingIndex]:
        """True funding index of each market; each is its own origin."""
        return {
            market.name: FundingIndex(
                market=market.name,
                value=market.index,
                at_ms=self.at_ms,
                origin=index_key(market.name),
            )
            for market in self.markets
        }

    def rows(self) -> dict[str, Row]:
        """The book as rows by key: "account/alice", "index/BTC", "mark/BTC"."""
        rows: dict[str, Row] = {account_key(name): held for name, held in self.accounts.items()}
        rows |= {index_key(name): index for name, index in self.indices().items()}
        rows |= {mark_key(market.name): market.mark for market in self.markets}
        return rows
