"""The funding service: loads the indices, ticks every 5 s, saves them when it is shut down.

A tick advances each index by the documented formula and publishes it on the chain. What the service
knows is in its memory, which a restart empties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from .market_data import MarketData

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..markets import Market
    from .venue import Venue

LEASE = "lease"
NOBODY = "nobody"


class FundingService:
    """One incarnation of the service; a process makes it, uses it and takes it to its grave.

    Args:
        venue: Where it works.
        barrier: Tick only when the load is finished.
        source: Where the indices are loaded from: the market-data database, or a cache.
        lease: The name under which it asks for the lease on the markets; None: there is no lease.
        loaded: Told when the load is finished, whatever it found.
        saves_only_loaded: Whether it saves nothing when it is shut down before its load is finished, or
            has not found every row: what it saves takes the place of all that there is.
    """

    def __init__(
        self,
        venue: Venue,
        *,
        barrier: bool,
        source: Any,
        lease: str | None,
        loaded: Callable[[], Awaitable[None]] | None = None,
        saves_only_loaded: bool = False,
    ) -> None:
        self._venue = venue
        self._fix = venue.fix
        self._loaded = loaded
        self._saves_only_loaded = saves_only_loaded
        self._is_loaded = False
        self._barrier = barrier
        self._source = source
        self._lease = lease
        self._leads = lease is None
        self._memory: dict[str, MarketData] = {}

    async def run(self) -> None:
        """The process's main."""
        try:
            if self._barrier:
                await self._load()
                await self._tick_for_ever()
            else:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._tick_for_ever)
                    await self._load()
        finally:
            with trio.CancelScope(shield=True):
                await self._shut_down()

    # ---- load ----------------------------------------------------------------------------------

    async def _load(self) -> None:
        if await self._lead():
            names = [market.name for market in self._venue.markets]
            if self._fix("atomic_flush"):
                for name, row in (await self._source.load(names, atomic=True)).items():
                    self._remember(name, row)
            else:
                for name in names:
                    self._remember(name, await self._source.get(name))
        if self._fix("ok_requires_ready") and self._venue.is_in_maintenance:
            await self._venue.ready.set()
        self._is_loaded = True
        if self._loaded is not None:
            await self._loaded()

    async def _lead(self) -> bool:
        """Whether the markets are this instance's. Without, it is a standby, with nothing to load."""
        if self._lease is not None:
            taken = await self._venue.market_data.update(LEASE, self._claim)
            self._leads = taken is not None
        return self._leads

    def _claim(self, holder: str) -> str | None:
        return self._lease if holder in (NOBODY, self._lease) else None

    def _remember(self, name: str, row: MarketData | None) -> None:
        """Keep a row that was loaded, unless something newer is in memory already."""
        held = self._memory.get(name)
        if row is not None and (held is None or held.index.at_ms <= row.index.at_ms):
            self._memory[name] = row

    # ---- tick ----------------------------------------------------------------------------------

    async def _tick_for_ever(self) -> None:
        rounds = 0
        while True:
            await self._tick()
            rounds += 1
            await self._venue.round_over(rounds)

    async def _tick(self) -> None:
        published = None
        if self._fix("gate_last_published"):
            published = await self._venue.chain.scan()
        for market in self._venue.markets:
            before = self._memory.get(market.name)
            record = self._advance(market)
            if record is None or not await self._gates(market, record, before, published):
                await self._blocked(market)
            else:
                await self._publish(record)

    def _advance(self, market: Market) -> MarketData | None:
        """Bring a market's record up to now, in memory. None: there is none, and that is said."""
        venue = self._venue
        held = self._memory.get(market.name)
        if held is None:
            if self._fix("missing_is_not_zero"):
                return None
            held = MarketData.missing(market, venue.now_ms, whole_record=venue.whole_record)
        record = self._memory[market.name] = held.at(venue.now_ms)
        return record

    async def _publish(self, record: MarketData) -> None:
        """Put it on the chain; where there may be a second writer, the newest timestamp wins."""
        chain, name = self._venue.chain, record.index.market
        if self._lease is None:
            await chain.put(name, record)
        else:
            await chain.update(
                name, lambda row: record if row.index.at_ms <= record.index.at_ms else None
            )

    # ---- gates ---------------------------------------------------------------------------------

    async def _gates(
        self,
        market: Market,
        record: MarketData,
        before: MarketData | None,
        published: dict[str, Any] | None,
    ) -> bool:
        """Continuity gates, of those that are switched on. They see the record before anybody."""
        index = self._venue.indices[market.name]
        if self._fix("gate_own_memory") and not await index.gate(
            "continues own memory",
            value=record,
            reference=before,
            check=lambda value: before is None or value.continues(before),
        ):
            return False
        if published is None:
            return True
        last: MarketData = published[market.name]
        passed: bool = await index.gate(
            "continues last published",
            value=record,
            reference=last,
            check=lambda value: value.continues(last),
        )
        return passed

    async def _blocked(self, market: Market) -> None:
        """A record was not fit to be published. Unless told otherwise: wait for better times."""
        if self._fix("reload_on_block"):
            self._memory.pop(market.name, None)
            if await self._lead():
                self._remember(market.name, await self._source.get(market.name))

    # ---- shutdown ------------------------------------------------------------------------------

    @property
    def _may_save(self) -> bool:
        """Whether what is in memory may take the place of what is in the database."""
        has_all = len(self._memory) == len(self._venue.markets)
        return not self._saves_only_loaded or (self._is_loaded and has_all)

    async def _shut_down(self) -> None:
        """Save what is in memory; where there is a lease, after a last tick, and let go of it."""
        database = self._venue.market_data
        if self._lease is None and self._may_save:
            await database.replace_all(self._memory, atomic=self._fix("atomic_flush"))
        elif self._lease is not None and self._leads:
            await self._let_go(database)

    async def _let_go(self, database: Any) -> None:
        if not self._may_save:
            await database.put(LEASE, NOBODY)
            return
        await self._tick()
        await database.replace_all({**self._memory, LEASE: NOBODY}, atomic=True)
