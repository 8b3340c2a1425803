"""Paradex, 19 January 2026: a restart reset funding indices to zero, and accounts were liquidated.

The post-mortem says "a race condition during a service restart, while critical data ..."; it does not
say which one. Here are the five that fit, each with its own racing pair, under the same fixes. One
service takes "no row" for zero; a health check acts on what is published before anybody looks.

Small: 2 markets, 4 accounts (a market needs two), every interleaving in seconds. Full size is the
same code: `-p markets=4 -p accounts=200 -p traders=1`. What comes out, and why, is in
`docs/explanation/paradex.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

import harness

from .exchange.services import (
    HORIZON_S,
    LEASE,
    NOBODY,
    UP_S,
    FundingService,
    Venue,
    declare,
    reopen,
    risk_engine,
    trader,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Body = Callable[[harness.World], Awaitable[None]]

FIXES = (
    "pause_liquidations",  # until the mode is OK
    "ok_requires_ready",  # the service says that its load is finished
    "ok_requires_reconciliation",  # the chain is compared with the snapshot, once
    "gate_own_memory",  # no jump from what the service itself held before
    "gate_last_published",  # no jump from the last good value on the chain
    "ready_barrier",  # no tick before the load is finished
    "atomic_flush",  # save, load and warm up in one statement each
    "missing_is_not_zero",  # no row: no tick
    "fence_old_instance",  # the old instance is cut off before the new one starts
    "full_downtime",  # one thing after the other, to its end
    "reload_on_block",  # what a gate blocked is loaded again
)
COMBINED = (
    "pause_liquidations+ok_requires_ready",
    "pause_liquidations+ok_requires_reconciliation",
    "gate_last_published+reload_on_block",
    "missing_is_not_zero+reload_on_block",
)
#: The two that look at where a value comes from, with what un-sticks the service afterwards.
RELOADED = COMBINED[2:]
PARAMS = {
    "markets": 2,
    "accounts": 4,
    "ticks": 1,  # rounds of 5 s that are explored, of every service
    "traders": 0,  # who close on a windfall
    "whole_record": False,  # the mark price comes out of the missing row as well
}
#: Longer than anything that is explored: nobody is killed for being slow to stop.
GRACE_S = 10 * HORIZON_S


def race(*closed_by: str) -> Callable[[Body], harness.Scenario]:
    """Declare one of the races: every set of fixes fails but those that close it."""
    expect = dict.fromkeys(("", *FIXES, *COMBINED), "violated")
    declared: Callable[[Body], harness.Scenario] = harness.scenario(
        fixes=FIXES,
        fix_sets=COMBINED,
        expect=expect | dict.fromkeys(closed_by, "safe"),
        horizon=HORIZON_S,
        params=PARAMS,
    )
    return declared


@race("ready_barrier", "missing_is_not_zero", *RELOADED)
async def r1_tick_before_load(world: harness.World) -> None:
    """The restarted service ticks before it has loaded: what is not in memory yet counts as zero.

    Racing pair: the ticker reads a market's index in memory, the loader puts it there.
    """
    venue = Venue.build(world)
    declare(venue)
    funding = start_funding(venue, "funding", barrier=False)
    await up_and_healthy(venue)
    await stop(funding)
    funding.start_again()
    start_trading(venue)
    await reopen(venue)


@race("atomic_flush", "fence_old_instance", "full_downtime", *RELOADED)
async def r2_flush_during_load(world: harness.World) -> None:
    """The old instance saves its rows while the new one loads them: what is truncated counts as zero.

    Racing pair: the old instance inserts a row, the new one loads it. There is a barrier: the new one
    ticks only when its load is finished.
    """
    venue = Venue.build(world)
    declare(venue)
    old = start_funding(venue, "old funding")
    await up_and_healthy(venue)
    if world.fix("fence_old_instance"):
        old.kill()
    if world.fix("full_downtime"):
        await stop(old)
    start_funding(venue, "new funding")
    start_trading(venue)
    await stop(old)
    await reopen(venue)


@race("atomic_flush", "full_downtime")
async def r3_replica_lag(world: harness.World) -> None:
    """The larger database is promoted before it has caught up: what is not there yet counts as zero.

    Racing pair: the new node applies a record of the log, the operator promotes it. The records are
    those of the old instance's last flush: truncate, insert, insert.
    """
    venue = Venue.build(world)
    declare(venue)
    funding = start_funding(venue, "funding")
    await up_and_healthy(venue)
    larger = await venue.market_data.provision("larger")
    await larger.copy(atomic=True)
    await stop(funding)
    if world.fix("full_downtime"):
        await larger.catch_up()
    replication = world.start(larger.catch_up, name="replication")
    await larger.promote(fence=True)
    replication.kill()
    funding.start_again()
    start_trading(venue)
    await reopen(venue)


@race("fence_old_instance", "full_downtime", *RELOADED)
async def r4_two_writers(world: harness.World) -> None:
    """The new instance starts while the old one holds the lease: it loads nothing, and ticks.

    Racing pair: the old instance lets go of the lease, the new one asks for it. Both publish, and the
    newest timestamp wins.
    """
    venue = Venue.build(world)
    declare(venue)
    await venue.market_data.put(LEASE, NOBODY)
    old = start_funding(venue, "old funding", lease="old")
    await up_and_healthy(venue)
    if world.fix("fence_old_instance"):
        old.kill()
        await venue.market_data.put(LEASE, NOBODY)
    if world.fix("full_downtime"):
        await stop(old)
    start_funding(venue, "new funding", lease="new")
    start_trading(venue)
    await stop(old)
    await reopen(venue)


@race("full_downtime", *RELOADED)
async def r5_cache_warm_up(world: harness.World) -> None:
    """The upgrade emptied the cache that indices are loaded from: a miss counts as zero.

    Racing pair: the warm-up puts a row into the cache, the new instance loads it from there.
    """
    venue = Venue.build(world)
    declare(venue)
    cache = world.database("cache", venue.snapshot)
    funding = start_funding(venue, "funding", source=cache)
    await up_and_healthy(venue)
    await stop(funding)
    await cache.replace_all({}, atomic=True)
    rows = await venue.market_data.scan()
    if world.fix("full_downtime"):
        await warm_up(venue, cache, rows)
    funding.start_again()
    start_trading(venue)
    if not world.fix("full_downtime"):
        await warm_up(venue, cache, rows)
    await reopen(venue)


def start_funding(
    venue: Venue,
    name: str,
    *,
    barrier: bool = True,
    source: Any = None,
    lease: str | None = None,
) -> harness.Process:
    """Start a process of the funding service; a restart of it begins with an empty memory."""
    tick_after_load = barrier or venue.fix("ready_barrier")
    load_from = venue.market_data if source is None else source

    async def main() -> None:
        service = FundingService(venue, barrier=tick_after_load, source=load_from, lease=lease)
        await service.run()

    return venue.world.start(main, name=name)


def start_trading(venue: Venue) -> None:
    """Bring the risk engine and the traders back."""
    world = venue.world
    world.start(risk_engine, venue, name="risk")
    for name in list(venue.book.accounts)[1 : 1 + 2 * world.param("traders") : 2]:
        world.start(trader, venue, name, name=name)


async def up_and_healthy(venue: Venue) -> None:
    """Let the exchange run for a while before its maintenance. Not explored."""
    await venue.world.settle()
    await trio.sleep(UP_S)


async def stop(process: harness.Process) -> None:
    """Ask a process to stop and wait until it has, unless it is gone already."""
    if process.alive:
        await process.terminate(grace_s=GRACE_S)


async def warm_up(venue: Venue, cache: Any, rows: dict[str, Any]) -> None:
    """Fill the cache from the database."""
    if venue.fix("atomic_flush"):
        await cache.replace_all(rows, atomic=True)
        return
    for name, row in rows.items():
        await cache.put(name, row)
