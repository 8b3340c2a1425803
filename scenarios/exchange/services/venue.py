"""The venue: what the services of the exchange share, and what outlives every one of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs
import trio

import harness

from ..book import Book
from ..funding import TICK_MS
from ..generate import generate_book
from .ledger import Ledger
from .market_data import MarketData, is_valid

if TYPE_CHECKING:
    from ..markets import Market

TICK_S = TICK_MS / 1000
#: Virtual seconds that are explored. Rounds beyond the parameter `ticks` come after them.
HORIZON_S = 60.0
#: How long the exchange has been up when its maintenance begins.
UP_S = 4.0

MODE = "mode"
LEDGER = "ledger"


@attrs.frozen(eq=False)
class Opening:
    """The exchange when a run begins: the last known correct state.

    Attributes:
        book: Accounts and true indices.
        records: The record of each market, in the database and on the chain alike.
        ledger: The ledger on the chain.
    """

    book: Book
    records: Mapping[str, MarketData]
    ledger: Ledger


@lru_cache(maxsize=16)
def opening(markets: int, accounts: int) -> Opening:
    """The same values in every run, so that what is computed from them need not be again."""
    book = generate_book(markets=markets, accounts=accounts)
    indices = book.indices()
    records = {
        market.name: MarketData(index=indices[market.name], mark=market.mark)
        for market in book.markets
    }
    return Opening(book, MappingProxyType(records), Ledger(book.accounts))


@attrs.frozen
class Venue:
    """Databases, flags and critical state of one run.

    Attributes:
        world: The simulated world.
        book: Accounts and true indices when the run begins.
        snapshot: What was published before the maintenance.
        ticks: Rounds of 5 s, of every service, that are explored.
        whole_record: Whether the mark price comes out of the market's record as well.
        market_data: The market-data database "on the cloud": a `MarketData` for each market.
        chain: What is published: a `MarketData` for each market, the mode, the ledger.
        indices: The critical state: the record of each market on the chain.
        ready: Raised by the funding service that comes back, once its load is finished.
        opened: Raised by the operator once the mode is OK.
        built_in: Fixes that are part of the services, whatever is switched on.
    """

    world: harness.World
    book: Book
    snapshot: Mapping[str, MarketData]
    ticks: int
    whole_record: bool
    market_data: Any
    chain: Any
    indices: Mapping[str, Any]
    ready: Any
    opened: Any
    built_in: tuple[str, ...] = ()

    @classmethod
    def build(cls, world: harness.World, *, built_in: tuple[str, ...] = ()) -> Venue:
        """The exchange before its maintenance, sized by the scenario's parameters."""
        start = opening(world.param("markets"), world.param("accounts"))
        chain = world.database(
            "chain", {**start.records, MODE: "MAINTENANCE", LEDGER: start.ledger}
        )
        indices = {
            name: chain.critical(name, valid=is_valid, name=f"{name} index")
            for name in start.records
        }
        return cls(
            world=world,
            book=start.book,
            snapshot=start.records,
            ticks=world.param("ticks"),
            whole_record=world.param("whole_record"),
            market_data=world.database("markets", start.records),
            chain=chain,
            indices=MappingProxyType(indices),
            ready=world.flag("funding ready"),
            opened=world.flag("trading open"),
            built_in=built_in,
        )

    def fix(self, name: str) -> bool:
        """Whether a fix is part of the services, or switched on in this run."""
        return name in self.built_in or self.world.fix(name)

    @property
    def markets(self) -> tuple[Market, ...]:
        """The markets that are traded."""
        return self.book.markets

    @property
    def now_ms(self) -> int:
        """Virtual time in milliseconds."""
        return round(self.world.now * 1000)

    @property
    def is_in_maintenance(self) -> bool:
        """Whether the maintenance has begun: what starts now is what the operator waits for."""
        return self.world.now >= UP_S

    async def round_over(self, rounds: int) -> None:
        """Sleep for a round of 5 s; after `ticks` rounds, until past everything that is explored."""
        now = self.world.now
        beyond = HORIZON_S + TICK_S - now
        await trio.sleep(beyond if rounds >= self.ticks and beyond > TICK_S else TICK_S)
