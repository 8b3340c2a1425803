"""Traders: whoever sees a windfall takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..fixed import ONE, divide_up
from ..margin import account_value
from .market_data import published_prices
from .venue import LEDGER

if TYPE_CHECKING:
    from .ledger import Ledger
    from .venue import Venue

#: What makes a trader look twice: a gain of so many hundredths of what there was.
WINDFALL_PERCENT = 20


async def trader(venue: Venue, name: str) -> None:
    """The process's main: look at the account every 5 s, close everything on a windfall.

    The gain is realised then, and may be withdrawn.
    """
    known = account_value(venue.book.accounts[name], venue.book.prices())
    for rounds in range(1, venue.ticks + 1):
        rows = await venue.chain.scan()
        ledger: Ledger = rows[LEDGER]
        account = ledger.accounts[name]
        published = tuple(rows[market.name] for market in venue.markets)
        prices = published_prices(venue.markets, published)
        gain = account_value(account, prices) - known
        if account.exposures and gain * 100 > known * WINDFALL_PERCENT:
            await venue.chain.update(LEDGER, lambda held, at=prices: held.closed(name, at))
            first, *others = (venue.indices[market] for market, _ in account.exposures)
            first.irreversible(
                f"{name} closes on a windfall", cost=divide_up(gain, ONE), also=others
            )
            return
        await venue.round_over(rounds)
