"""What the audit of independence found wrong, and must not come back."""

from __future__ import annotations

import pytest
import trio

import harness
from harness.kernel import Defaults, Kernel, Model, ObservedEngine
from tests.quality.audited import audited
from tests.quality.programs import together


def test_who_settles_first_does_not_depend_on_who_was_spawned_first() -> None:
    """Where something is explored before: brute force and the reduction met different orders."""

    async def body(world: harness.World) -> None:
        a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
        turns = harness.Cell("", name="turns")

        async def child(name: str) -> None:
            await trio.lowlevel.checkpoint()
            turns.set(turns.get() + name)

        async def serve(cell: harness.Cell[int], name: str) -> None:
            await cell.write(1)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(child, name)
                await trio.sleep_forever()

        world.start(lambda: serve(a, "a"), name="pa")
        world.start(lambda: serve(b, "b"), name="pb")
        for _ in range(2):
            await a.read()
        await world.settle()

    found = audited(body, swaps=100, schedules=30)

    assert found.swaps
    assert found.is_clean


def test_what_a_constructor_touches_has_the_name_of_what_it_makes() -> None:
    """A limiter sets its own tokens before it is made: that was a new thing in every run."""

    async def body() -> None:
        limiter = trio.CapacityLimiter(1)
        await together(limiter.acquire, trio.lowlevel.checkpoint)

    with Kernel(Model(), observed=True) as kernel:
        known = []
        for _ in range(3):
            engine = kernel.run(body, Defaults())
            assert isinstance(engine, ObservedEngine)
            known.append(engine.names.in_words(-1))

    assert known[0] == known[1] == known[2]
    assert not [label for label in known[0] if "0x" in label]


def test_a_run_of_a_reduction_is_replayed_whatever_the_search_knows_of_scans() -> None:
    """What it knows is not of this run: the log is that of a run that knows nothing."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 1})
        order = harness.Cell("", name="order")

        async def first() -> None:
            await db.scan(lambda _, value: value > 0)
            order.set(order.get() + "1")

        async def second() -> None:
            await db.scan(lambda _, value: value > 0)
            order.set(order.get() + "2")

        await together(first, second)
        await db.put("x", 2)
        assert order.get() == "12"

    result = harness.explore(body, strategy="dpor", assume_independent=True)
    (violation,) = result.violations

    assert harness.replay(violation.trace, scenario=body).violation is not None


def test_a_run_of_a_reduction_is_replayed_whatever_faults_came_too_late() -> None:
    """It has to know of them, and no other search has: they were in the log of its runs only."""

    async def body(world: harness.World) -> None:
        process = world.start(trio.lowlevel.checkpoint, name="p")
        status = await process.wait()
        await process.restart()
        assert status.kind != "killed"

    result = harness.explore(body, strategy="dpor", faults={"kill": 1})
    (violation,) = result.violations

    assert harness.replay(violation.trace, scenario=body).violation is not None


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_who_recovers_first_does_not_depend_on_who_ran_last(strategy: str) -> None:
    """Two orders of steps that commute were followed by two orders of recovery; one was never seen."""

    async def body(world: harness.World) -> None:
        a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
        turns = harness.Cell("", name="turns")

        async def recover(cell: harness.Cell[int], name: str) -> None:
            await cell.write(1)
            await trio.sleep(1)
            turns.set(turns.get() + name)

        async def serve() -> None:
            await together(lambda: recover(a, "a"), lambda: recover(b, "b"))

        world.start(serve)
        world.always("a after b", lambda: turns.peek() != "ab")
        world.always("b after a", lambda: turns.peek() != "ba")
        world.eventually("over", lambda: len(turns.peek()) == 3, within_s=1)

    result = harness.explore(body, strategy=strategy, assume_independent=True, shrink=False)

    assert [violation.property for violation in result.violations] == ["a after b"]
