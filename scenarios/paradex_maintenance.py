"""Paradex, 19 January 2026, as a maintenance that somebody plans: the same five races, and one more.

In `paradex_funding_reset` the order of the maintenance is written down. Here it is a restart plan: a
value that an operator writes (`harness run ... --plan monday.toml`), or that `harness fuzz` draws. The
plan that each scenario has by itself is a careful one.

Each scenario has a twin without the race: the same fleet, the same plans, and what closes the race built
into the services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import harness
from harness.plans import Copy, Plan, Promote, Restart, Run, Space, Start, Stop

from .exchange.services import HORIZON_S, LEASE, NOBODY, FundingService, Venue, declare, reopen
from .paradex_funding_reset import COMBINED, FIXES, PARAMS, start_trading, up_and_healthy, warm_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Body = Callable[[harness.World], Awaitable[None]]

#: The fixes that are in the services. What an operator can do better is in the plan.
IN_SERVICES = tuple(name for name in FIXES if name not in ("fence_old_instance", "full_downtime"))
#: One thing after the other: no plan is safer that restarts the funding service.
RESTART = Plan((Restart("funding"),))
SCALE_UP = Plan((Stop("funding"), Copy("markets"), Promote("markets"), Start("funding")))
UPGRADE = Plan((Stop("funding"), Run("upgrade the cache"), Start("funding")))

IN_PLACE = Space(services=("funding",), hows=("full-downtime",))
IN_ANY_WAY = Space(services=("funding",))
#: A promotion cuts the connection of whoever loads meanwhile, which is another failure than R3: so each
#: move waits until the service is up.
ONE_AFTER_THE_OTHER = Space(
    services=("funding",),
    nodes=("markets",),
    hows=("full-downtime",),
    readies=("ready",),
    overlaps=(False,),
)
WITH_A_CACHE = Space(services=("funding",), jobs=("upgrade the cache",), hows=("full-downtime",))


def maintenance(
    plans: Space, plan: Plan, verdict: str, *safe: str, fixes: tuple[str, ...] = IN_SERVICES
) -> Callable[[Body], harness.Scenario]:
    """Declare a maintenance: what plans may do, the careful one, and what comes of that."""
    declared: Callable[[Body], harness.Scenario] = harness.scenario(
        fixes=fixes,
        fix_sets=COMBINED,
        expect={"": verdict} | dict.fromkeys(safe, "safe"),
        horizon=HORIZON_S,
        params=PARAMS,
        plans=plans,
        plan=plan,
    )
    return declared


@maintenance(IN_PLACE, RESTART, "violated", "ready_barrier")
async def tick_before_load(world: harness.World) -> None:
    """R1: the service ticks before it has loaded. No plan mends that: the race is within it."""
    venue = Venue.build(world)
    fleet = world.fleet()
    funding(venue, fleet, barrier=False)
    await maintained(venue, fleet)


@maintenance(IN_PLACE, RESTART, "safe")
async def tick_before_load_twin(world: harness.World) -> None:
    """R1 without the race: no tick before the load is finished."""
    venue = Venue.build(world, built_in=("ready_barrier",))
    fleet = world.fleet()
    funding(venue, fleet, barrier=False)
    await maintained(venue, fleet)


@maintenance(IN_ANY_WAY, RESTART, "safe")
async def flush_during_load(world: harness.World) -> None:
    """R2: a new instance beside the old one loads rows that the old one is about to insert."""
    venue = Venue.build(world)
    fleet = world.fleet()
    funding(venue, fleet)
    await maintained(venue, fleet)


@maintenance(IN_ANY_WAY, RESTART, "safe")
async def flush_during_load_twin(world: harness.World) -> None:
    """R2 without the race: rows are saved and loaded in one statement."""
    venue = Venue.build(world, built_in=("atomic_flush",))
    fleet = world.fleet()
    funding(venue, fleet)
    await maintained(venue, fleet)


@maintenance(ONE_AFTER_THE_OTHER, SCALE_UP, "safe")
async def replica_lag(world: harness.World) -> None:
    """R3: the larger node is promoted before it has applied the rows that the service saved last."""
    venue = Venue.build(world)
    fleet = world.fleet()
    fleet.node("markets", venue.market_data)
    funding(venue, fleet)
    await maintained(venue, fleet)


@maintenance(ONE_AFTER_THE_OTHER, SCALE_UP, "safe")
async def replica_lag_twin(world: harness.World) -> None:
    """R3 without the race: a save is one record of the log, so no part of it can lag."""
    venue = Venue.build(world, built_in=("atomic_flush",))
    fleet = world.fleet()
    fleet.node("markets", venue.market_data)
    funding(venue, fleet)
    await maintained(venue, fleet)


@maintenance(IN_ANY_WAY, RESTART, "safe")
async def two_writers(world: harness.World) -> None:
    """R4: a new instance ticks with nothing loaded, as the old one holds the lease on the markets."""
    venue = Venue.build(world)
    fleet = world.fleet()
    await venue.market_data.put(LEASE, NOBODY)
    funding(venue, fleet, leased=True)
    await maintained(venue, fleet)


@maintenance(IN_ANY_WAY, RESTART, "safe")
async def two_writers_twin(world: harness.World) -> None:
    """R4 without the race: who has loaded nothing publishes nothing, and loads again."""
    venue = Venue.build(world, built_in=("missing_is_not_zero", "reload_on_block"))
    fleet = world.fleet()
    await venue.market_data.put(LEASE, NOBODY)
    funding(venue, fleet, leased=True)
    await maintained(venue, fleet)


@maintenance(WITH_A_CACHE, UPGRADE, "safe")
async def cache_warm_up(world: harness.World) -> None:
    """R5: the service loads from a cache that an upgrade has emptied, and not yet filled again."""
    venue = Venue.build(world)
    fleet = world.fleet()
    cache = with_cache(venue, fleet)
    funding(venue, fleet, source=cache)
    await maintained(venue, fleet)


@maintenance(WITH_A_CACHE, UPGRADE, "safe")
async def cache_warm_up_twin(world: harness.World) -> None:
    """R5 without the race: a miss is no zero, and rows are saved and loaded in one statement."""
    venue = Venue.build(world, built_in=("missing_is_not_zero", "reload_on_block", "atomic_flush"))
    fleet = world.fleet()
    cache = with_cache(venue, fleet)
    funding(venue, fleet, source=cache)
    await maintained(venue, fleet)


@maintenance(IN_PLACE, RESTART, "safe", fixes=(*IN_SERVICES, "save_after_load"))
async def save_before_load(world: harness.World) -> None:
    """A sixth, which fuzzing the others showed: stopped before it has loaded, it saves what it has."""
    venue = Venue.build(world)
    fleet = world.fleet()
    funding(venue, fleet, saves_only_loaded=venue.fix("save_after_load"))
    await maintained(venue, fleet)


@maintenance(IN_PLACE, RESTART, "safe", fixes=(*IN_SERVICES, "save_after_load"))
async def save_before_load_twin(world: harness.World) -> None:
    """The sixth without the race: who has not finished loading saves nothing."""
    venue = Venue.build(world, built_in=("save_after_load",))
    fleet = world.fleet()
    funding(venue, fleet, saves_only_loaded=venue.fix("save_after_load"))
    await maintained(venue, fleet)


def funding(
    venue: Venue,
    fleet: Any,
    *,
    barrier: bool = True,
    source: Any = None,
    leased: bool = False,
    saves_only_loaded: bool = True,
) -> None:
    """The funding service: it says that it is ready when its load is finished."""
    tick_after_load = barrier or venue.fix("ready_barrier")
    load_from = venue.market_data if source is None else source

    async def main() -> None:
        process = venue.world.process
        incarnation = FundingService(
            venue,
            barrier=tick_after_load,
            source=load_from,
            lease=process.name if leased and process is not None else None,
            loaded=venue.world.ready,
            saves_only_loaded=saves_only_loaded,
        )
        await incarnation.run()

    fleet.service("funding", main)


def with_cache(venue: Venue, fleet: Any) -> Any:
    """A cache of the rows, which an upgrade empties and fills again."""
    cache = venue.world.database("cache", venue.snapshot)

    async def upgrade() -> None:
        await cache.replace_all({}, atomic=True)
        await warm_up(venue, cache, await venue.market_data.scan())

    fleet.job("upgrade the cache", upgrade)
    return cache


async def maintained(venue: Venue, fleet: Any) -> None:
    """Carry the plan out, then bring the exchange back."""
    declare(venue)
    await up_and_healthy(venue)
    await fleet.carry_out()
    venue.world.sometimes("the maintenance is over")
    start_trading(venue)
    await reopen(venue)
