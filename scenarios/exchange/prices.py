"""Prices: what a health check sees of the markets, all at once.

A mark and an index each come from somewhere, and may be wrong; what is never done here is to
take a missing one for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from .fixed import ONE, Amount, multiply

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
