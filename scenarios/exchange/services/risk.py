"""The risk engine: a health check of every account every 5 s, on what the chain says.

It starts with the exchange, after maintenance. A liquidation cannot be taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..fixed import ONE, divide_up
from .ledger import health_checked
from .venue import LEDGER

if TYPE_CHECKING:
    from ..liquidation import Liquidation
    from .ledger import Ledger
    from .venue import Venue


async def risk_engine(venue: Venue) -> None:
    """The process's main: as many health checks as are explored."""
    if venue.fix("pause_liquidations"):
        await venue.opened.wait()
    for rounds in range(1, venue.ticks + 1):
        await health_check(venue)
        await venue.round_over(rounds)


async def health_check(venue: Venue) -> None:
    """Look at everything on the chain at once; liquidate whoever fails, in one block."""
    rows = await venue.chain.scan()
    venue.world.sometimes("a health check ran")
    seen: Ledger = rows[LEDGER]
    published = tuple(rows[market.name] for market in venue.markets)
    at_ms = venue.now_ms

    def checked(ledger: Ledger) -> Ledger:
        return health_checked(ledger, venue.markets, published, at_ms)

    if checked(seen) is seen:
        return
    ledger: Ledger = await venue.chain.update(LEDGER, checked)
    for liquidation in ledger.liquidations[len(seen.liquidations) :]:
        record(venue, liquidation)


def record(venue: Venue, liquidation: Liquidation) -> None:
    """What was done rests on the index of every market that the account had a position in."""
    account = liquidation.before
    first, *others = (venue.indices[market] for market, _ in account.exposures)
    first.irreversible(
        f"liquidate {account.name}",
        cost=divide_up(liquidation.penalty_paid + liquidation.hole, ONE),
        also=others,
    )
