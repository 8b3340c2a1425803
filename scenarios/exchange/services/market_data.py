"""A market's record: what the funding service keeps, saves to the cloud and publishes on chain."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

import attrs

from ..fixed import Amount, text
from ..funding import FundingIndex, funding_premium, funding_rate, index_now, is_continuous
from ..markets import MARKETS, Market
from ..prices import Prices

BY_NAME = MappingProxyType({market.name: market for market in MARKETS})


@attrs.frozen(repr=False)
class MarketData:
    """One row, in the market-data database and on the chain alike.

    Attributes:
        index: Funding index, which says what row it was computed from.
        mark: Mark price in USD.
        shown: Derived: the text for people; a record is written far more often than it is made.
    """

    index: FundingIndex
    mark: Amount
    shown: str = attrs.field(init=False, eq=False, repr=False)

    @shown.default
    def _show(self) -> str:
        origin = "" if self.is_loaded else " from no row"
        mark = "" if self.mark else " with mark 0"
        return f"{text(self.index.value)} at {self.index.at_ms} ms{origin}{mark}"

    def __repr__(self) -> str:
        return self.shown

    @classmethod
    def missing(cls, market: Market, at_ms: int, *, whole_record: bool) -> MarketData:
        """What "no row" becomes when it is taken for zero: the defect of 19 January 2026.

        Args:
            market: Which one.
            at_ms: Now.
            whole_record: Whether the mark price, too, comes out of the record that is missing.
        """
        mark = 0 if whole_record else market.mark
        return cls(index=FundingIndex.missing(market.name, at_ms), mark=mark)

    @property
    def is_loaded(self) -> bool:
        """Whether it derives from a row that was loaded, not from a default."""
        return self.index.origin is not None

    def at(self, now_ms: int) -> MarketData:
        """The record at a tick: the documented index formula, at the baseline rate."""
        return self if now_ms == self.index.at_ms else _advanced(self, now_ms)

    def continues(self, before: MarketData) -> bool:
        """Whether the index can have moved here from `before`: cap times elapsed, at the most."""
        market = BY_NAME[self.index.market]
        return is_continuous(
            before.index, self.index, rate_max=market.funding_rate_max, spot=market.mark
        )


def is_valid(before: MarketData, after: MarketData) -> bool:
    """I2 and I3: a published index moves within the cap, and derives from a row, not a default."""
    return after.is_loaded and after.continues(before)


@lru_cache(maxsize=4096)
def published_prices(markets: tuple[Market, ...], published: tuple[MarketData, ...]) -> Prices:
    """What a health check makes of the records on the chain, right or wrong.

    Remembered: in thousands of schedules the same few records come by.
    """
    return Prices.of(
        markets,
        marks={record.index.market: record.mark for record in published},
        indices={record.index.market: record.index.value for record in published},
    )


# Remembered, like the prices above.
@lru_cache(maxsize=4096)
def _advanced(record: MarketData, now_ms: int) -> MarketData:
    rate = funding_rate(0, rate_max=BY_NAME[record.index.market].funding_rate_max)
    premium = funding_premium(rate, spot=record.mark)
    return MarketData(
        index=index_now(record.index, premium=premium, now_ms=now_ms), mark=record.mark
    )
