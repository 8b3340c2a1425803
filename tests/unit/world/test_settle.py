"""`settle`: the healthy start is not what is searched."""

from __future__ import annotations

import trio

import harness
from tests.unit.world.stage import Record, every, failed, holds, holds_always

STEPS = 3


async def steps() -> None:
    """Some steps that could be interleaved."""
    for _ in range(STEPS):
        await trio.lowlevel.checkpoint()


def test_what_happens_before_it_returns_is_one_run() -> None:
    """Without it, the same start has many interleavings."""

    async def settled(world: harness.World) -> None:
        world.start(steps, name="a")
        world.start(steps, name="b")
        await world.settle()

    async def unsettled(world: harness.World) -> None:
        first = world.start(steps, name="a")
        second = world.start(steps, name="b")
        await first.wait()
        await second.wait()

    assert holds_always(settled) == 1
    assert holds_always(unsettled) > 20


def test_it_waits_until_nothing_is_runnable_and_lets_no_time_pass() -> None:
    """What waits for a timer is idle: the service is up."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            await steps()
            record.add("up")
            await trio.sleep(5)
            record.add("ticked")

        world.start(service)
        await world.settle()
        assert record.lines == ["up"]
        assert world.now == 0

    holds(scenario)


def test_what_comes_after_it_is_searched() -> None:
    """And a race that is there is found."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"n": 0})

        async def add() -> None:
            await store.put("n", await store.get("n") + 1)

        await world.settle()
        first, second = world.start(add, name="a"), world.start(add, name="b")
        await first.wait()
        await second.wait()
        world.always("both count", lambda: store.peek("n") == 2)

    assert failed(every(scenario)) == ["both count"]


def test_it_may_be_called_again_and_by_several_tasks() -> None:
    """Between two calls everything is searched; two callers at once both go on."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def settle() -> None:
            await world.settle()
            record.add("settled")

        await world.settle()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(settle)
            nursery.start_soon(settle)
        assert record.lines == ["settled", "settled"]

    holds(scenario)


def test_the_horizon_counts_from_it() -> None:
    """A scenario states for how long after the healthy start timers fire."""
    ticks: list[str] = []

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            while True:
                await trio.sleep(1)
                ticks.append(f"{world.now:g}")

        await trio.sleep(2)
        world.start(service)
        await world.settle()

    holds(scenario, horizon_s=3)
    assert ticks == 2 * ["3", "4", "5"]  # the first schedule is run twice


def test_what_waits_beyond_the_horizon_is_not_deadlocked() -> None:
    """The horizon ends the search, not the system."""

    async def scenario(world: harness.World) -> None:
        await world.settle()
        await trio.sleep(4)

    holds(scenario, horizon_s=3)


def test_what_waits_for_nothing_is_deadlocked_whatever_the_horizon() -> None:
    """The same wait, without an end."""

    async def scenario(world: harness.World) -> None:
        await world.settle()
        await world.flag("never").wait()

    assert failed(every(scenario, horizon_s=3)) == ["no deadlock"]
