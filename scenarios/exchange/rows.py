"""Rows of the exchange's database: what is stored under which key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from .accounts import Account
from .fixed import ONE, Amount
from .funding import FundingIndex
from .liquidation import Liquidation
from .prices import NoPrice, Prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .markets import Market

Row: TypeAlias = Account | FundingIndex | Liquidation | Amount


def account_key(name: str) -> str:
    """Where an `Account` is stored: "account/alice"."""
    return f"account/{name}"


def index_key(market: str) -> str:
    """Where a `FundingIndex` is stored: "index/BTC"."""
    return f"index/{market}"


def mark_key(market: str) -> str:
    """Where a mark price in USD is stored: "mark/BTC"."""
    return f"mark/{market}"


def prices_from_rows(
    markets: Iterable[Market], rows: Mapping[str, object], *, usdc: Amount = ONE
) -> Prices:
    """Prices as the rows of `markets` have them, right or wrong.

    Raises:
        NoPrice: the index or the mark of a market is missing.
    """
    markets = tuple(markets)
    marks: dict[str, Amount] = {}
    indices: dict[str, Amount] = {}
    for market in markets:
        index = rows.get(index_key(market.name))
        mark = rows.get(mark_key(market.name))
        if not isinstance(index, FundingIndex) or not isinstance(mark, int):
            raise NoPrice(market.name)
        indices[market.name] = index.value
        marks[market.name] = mark
    return Prices.of(markets, marks=marks, indices=indices, usdc=usdc)
