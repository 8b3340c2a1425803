"""The deciding pair: which two steps' order made the difference."""

from __future__ import annotations

from typing import Any

import trio

import harness
from tests.unit.explore.models import lost_update


def decided(body: Any, **options: Any) -> tuple[str, str] | None:
    """The two deciding lines of source of the first kind of failure."""
    violation = harness.explore(body, strategy="dfs", **options).violations[0]
    decision = violation.decided_by
    if decision is None:
        return None
    return f"{decision.first.who}: {decision.first.code}", (
        f"{decision.second.who}: {decision.second.code}"
    )


def test_a_lost_update_is_decided_by_a_read_before_the_others_write() -> None:
    """The read that saw the old value, and the write it did not see."""
    assert decided(lost_update) == (
        "main/increment: await cell.write(await cell.read() + 1)",
        "main/increment~2: await cell.write(await cell.read() + 1)",
    )


def test_a_use_before_its_preparation() -> None:
    """An order violation: the tick comes before the load."""

    async def scenario(world: harness.World) -> None:
        rows = harness.Cell(0, name="BTC")

        async def load() -> None:
            await trio.lowlevel.checkpoint()
            await rows.write(20_000)

        async def tick() -> None:
            price = await rows.read()
            assert price, "used before it was loaded"

        async with trio.open_nursery() as nursery:
            nursery.start_soon(load)
            nursery.start_soon(tick)

    assert decided(scenario) == (
        "main/tick: price = await rows.read()",
        "main/load: await rows.write(20_000)",
    )


def test_a_check_before_an_act() -> None:
    """Two processes find the seat free; the one's look comes before the other's taking it."""

    async def scenario(world: harness.World) -> None:
        seat = world.database("seat", {"taken": 0})

        async def book() -> None:
            if not await seat.get("taken"):
                await seat.put("taken", 1)
                await sold.add(1)

        sold = harness.Cell(0)
        first, second = world.start(book, name="alice"), world.start(book, name="bob")
        await first.wait()
        await second.wait()
        assert sold.get() == 1, "sold twice"

    pair = decided(scenario)
    assert pair is not None
    assert pair[0].endswith('if not await seat.get("taken"):')
    assert pair[1].endswith('await seat.put("taken", 1)')
    assert pair[0].split("#")[0] != pair[1].split("#")[0]


def test_a_kill_decides() -> None:
    """The operator's kill comes before the flush."""

    async def scenario(world: harness.World) -> None:
        disk = world.database("disk", {})

        async def service() -> None:
            await trio.lowlevel.checkpoint()
            await disk.put("BTC", 20_000)

        process = world.start(service)
        await trio.lowlevel.checkpoint()
        process.kill()
        assert disk.peek("BTC") is not None, "lost"

    pair = decided(scenario)
    assert pair is not None
    assert pair[0].startswith("main: ")
    assert pair[1].startswith("service#1: ")


def test_no_pair_decides_what_always_fails() -> None:
    """There is no order in which it passes."""

    async def scenario(world: harness.World) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.lowlevel.checkpoint)
            nursery.start_soon(trio.lowlevel.checkpoint)
        raise LookupError

    assert decided(scenario) is None


def test_no_pair_of_steps_decides_what_an_answer_decides() -> None:
    """It is the answer, and the trace says which."""

    async def scenario(world: harness.World) -> None:
        assert world.choose("server", ["a", "b"]) == "a"
        await trio.lowlevel.checkpoint()

    assert decided(scenario) is None


def test_moving_the_first_step_behind_the_second_makes_the_run_pass() -> None:
    """That is what the pair claims; a third task that never matters is in nobody's pair."""

    async def model() -> None:
        cell = harness.Cell(0)

        async def increment() -> None:
            value = await cell.read()
            await cell.write(value + 1)

        async def noise() -> None:
            for _ in range(3):
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(noise)
            nursery.start_soon(increment)
            nursery.start_soon(increment)
        assert cell.get() == 2

    pair = decided(model, schedules=300)
    assert pair is not None
    assert "value = await cell.read()" in pair[0]
    assert "await cell.write(value + 1)" in pair[1]
    assert "noise" not in "".join(pair)


def test_without_shrinking_nothing_is_decided() -> None:
    """It takes runs, and who wants speed gets it."""
    assert decided(lost_update, shrink=False) is None
