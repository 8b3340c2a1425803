"""What the exchange promises, whatever the order of events. I2 and I3 are in `is_valid`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ..invariants import unbalanced_books, wrongful_liquidations
from .market_data import BY_NAME, MarketData, is_valid, published_prices
from .venue import HORIZON_S, LEDGER, MODE, TICK_S

if TYPE_CHECKING:
    from ..prices import Prices
    from .ledger import Ledger
    from .venue import Venue

#: After what is explored, time for two more rounds: a service may reload in one, tick in the next.
RESUME_WITHIN_S = 2 * TICK_S


def declare(venue: Venue) -> None:
    """Invariants I1 and I4, judged at the end so that a run goes on; liveness L1; points to reach."""
    world = venue.world

    def nobody_wronged() -> bool:
        ledger: Ledger = venue.chain.peek(LEDGER)
        return not ledger.liquidations or all_deserved(ledger, tuple(venue.snapshot.values()))

    def books_balance() -> bool:
        ledger: Ledger = venue.chain.peek(LEDGER)
        return ledger.accounts is venue.book.accounts or is_balanced(ledger)

    def resumed() -> bool:
        return venue.chain.peek(MODE) == "OK" and all(
            is_fresh(snapshot, venue.chain.peek(name)) for name, snapshot in venue.snapshot.items()
        )

    world.eventually("I1 only the unhealthy are liquidated", nobody_wronged, within_s=0)
    world.eventually("I4 no money is made or lost", books_balance, within_s=0)
    world.eventually(
        "L1 the index resumes and the mode reaches OK", resumed, within_s=RESUME_WITHIN_S
    )
    world.sometimes("a health check ran", reached=False)
    world.sometimes("trading was reopened", reached=False)


def is_fresh(snapshot: MarketData, record: MarketData) -> bool:
    """Whether a record was published after everything that is explored, and is no default."""
    return record.index.at_ms > HORIZON_S * 1000 and is_valid(snapshot, record)


# The same few ledgers end thousands of schedules, so both judgements are remembered.


@lru_cache(maxsize=512)
def all_deserved(ledger: Ledger, snapshot: tuple[MarketData, ...]) -> bool:
    """I1: nobody who is healthy under the true index has been liquidated."""
    markets = tuple(BY_NAME[record.index.market] for record in snapshot)

    def true_prices(at_ms: int) -> Prices:
        return published_prices(markets, tuple(record.at(at_ms) for record in snapshot))

    return not wrongful_liquidations(ledger.liquidations, true_prices)


@lru_cache(maxsize=512)
def is_balanced(ledger: Ledger) -> bool:
    """I4: no money has been made or lost."""
    return not unbalanced_books(ledger.accounts.values())
