"""A small fleet, and plans carried out on it: by default choices, or in every way there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import pytest
import trio

import harness
from harness.plans import AnyMove, MoveFailed, Plan, Space
from harness.world.fleet import Fleet
from tests.unit.world.stage import Record

SPACE = Space(services=("a", "b"), nodes=("markets",), jobs=("warm up",))

Main = Callable[["Stage"], Awaitable[None]]


class Stage:
    """What the code of a service, a job or a test sees of one run."""

    def __init__(self, world: harness.World) -> None:
        self.world = world
        self.fleet: Fleet = world.fleet()
        self.markets = world.database("markets", {"BTC": 1})
        self.promoted = world.flag("promoted")
        self.record = Record()

    @property
    def label(self) -> str:
        """Of the incarnation whose code asks."""
        assert self.world.process is not None
        return self.world.process.label

    def add(self, line: str) -> None:
        """One more line of what happened."""
        self.record.add(line)

    def at(self, line: str) -> int:
        """Where a line stands."""
        return self.record.lines.index(line)


async def serve(stage: Stage) -> None:
    """A service that says when it starts, when it is ready, and when it stops."""
    label = stage.label
    stage.add(f"{label} starts")
    await stage.world.ready()
    stage.add(f"{label} ready")
    try:
        await trio.sleep_forever()
    finally:
        stage.add(f"{label} stops")


async def idle(stage: Stage) -> None:
    """A service of which nobody asks anything."""
    await stage.world.ready()
    await stage.world.termination()


async def nothing(stage: Stage) -> None:
    """A job, or what is looked at after a plan."""


def carried(
    *moves: AnyMove,
    a: Main = serve,
    b: Main = idle,
    job: Main = nothing,
    after: Main = nothing,
    instances: int = 1,
    may_fail: bool = False,
    fails: str | None = None,
    **options: Any,
) -> harness.Scenario:
    """A scenario that carries the moves out on a fleet of these, and then looks `after` them.

    With `fails`, it asserts that a move fails, and what is said then.
    """

    async def maintenance(world: harness.World) -> None:
        stage = Stage(world)
        fleet = stage.fleet
        fleet.service("a", lambda: a(stage), instances=instances, may_fail=may_fail)
        fleet.service("b", lambda: b(stage))
        fleet.node("markets", stage.markets)
        fleet.job("warm up", lambda: job(stage))
        await world.settle()
        stage.record.lines.clear()
        with nullcontext() if fails is None else pytest.raises(MoveFailed, match=fails):
            await fleet.carry_out()
        await after(stage)

    made: harness.Scenario = harness.scenario(plans=SPACE, plan=Plan(moves), **options)(maintenance)
    return made


async def one_more(stage: Stage) -> None:
    """Adds one to a row in two steps, so that an update can be lost."""
    await stage.markets.put("BTC", await stage.markets.get("BTC") + 1)


async def led_to(stage: Stage) -> int:
    """What somebody reads who connects now: who is connected stays with the old node."""
    stage.markets.reconnect()
    return int(await stage.markets.get("BTC"))


async def resets(stage: Stage) -> None:
    """A job that writes what nobody else writes."""
    await stage.markets.put("BTC", 10)


async def counts(stage: Stage) -> None:
    """A service that adds one when it starts, and one when it stops."""
    await one_more(stage)
    await stage.world.ready()
    await stage.world.termination()
    await one_more(stage)


def often(body: harness.Scenario) -> None:
    """Every assertion holds in a few hundred runs; for what has too many."""
    result = harness.explore(body, strategy="random", schedules=200, shrink=False)
    assert not result.violations, result.violations[0].message
