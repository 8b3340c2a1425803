"""`kill -9` as a scenario sees it: the power goes, at any point, and nothing runs afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import trio

import harness
from tests.unit.world.stage import Record, every, failed, holds, holds_always


def test_nothing_of_it_runs_after_a_kill_wherever_it_stood() -> None:
    """Neither `finally` nor a handler, a shielded scope, a nursery's other tasks or a generator."""

    async def scenario(world: harness.World) -> None:
        record = Record()
        store = world.database("store", {"writes": 0})

        async def rows() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                record.add("generator")

        async def in_a_handler() -> None:
            try:
                await trio.sleep_forever()
            except trio.Cancelled:
                record.add("handler")
                raise

        async def in_a_shield() -> None:
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await store.put("writes", 1)
                record.add("shield")

        async def service() -> None:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(in_a_handler)
                    nursery.start_soon(in_a_shield)
                    async for _ in rows():
                        await trio.sleep_forever()
            finally:
                record.add("main")

        process = world.start(service)
        await world.settle()
        process.kill()
        await trio.sleep(60)
        assert record.lines == []
        assert store.peek("writes") == 0

    holds(scenario)


def test_a_kill_at_every_point_shows_every_prefix_of_what_the_process_does() -> None:
    """Crash at every possible point is exploring interleavings: no more, no less."""
    seen: list[int] = []

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            for step in range(4):
                await trio.lowlevel.checkpoint()
                record.add(step)

        process = world.start(service)
        await trio.lowlevel.checkpoint()
        process.kill()
        lived = len(record.lines)
        await trio.sleep(1)
        assert record.lines == [str(step) for step in range(lived)]
        seen.append(lived)

    assert holds_always(scenario) >= 5
    assert set(seen) == {0, 1, 2, 3, 4}


def test_those_who_wait_for_it_are_told_and_its_neighbours_live_on() -> None:
    """A power cut ends one machine."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            await trio.sleep_forever()

        async def neighbour() -> None:
            await trio.sleep(1)
            record.add("the neighbour goes on")

        process = world.start(service)
        world.start(neighbour)

        async def watch() -> None:
            record.add((await process.wait()).kind)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            await world.settle()
            process.kill()
            await trio.sleep(2)
        assert record.lines == ["killed", "the neighbour goes on"]

    holds(scenario)


def test_a_timer_of_the_dead_never_fires() -> None:
    """Its deadlines go with it: time passes, and nothing happens."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            await trio.sleep(5)
            record.add("woke")

        process = world.start(service)
        await world.settle()
        process.kill()
        await trio.sleep(10)
        assert record.lines == []
        assert world.now == 10

    holds(scenario)


def test_a_process_that_dies_by_itself_leaves_what_it_had_written() -> None:
    """`world.crash()` at a point of its own: memory is gone, the world keeps what was committed."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {})

        async def service() -> None:
            await store.put("BTC", 1)
            await world.crash()
            await store.put("BTC", 2)

        process = world.start(service)
        assert (await process.wait()).kind == "killed"
        await trio.sleep(10)
        assert store.peek("BTC") == 1

    assert holds_always(scenario) >= 1


def test_a_kill_is_no_failure_of_the_service() -> None:
    """Only what its code does is; whether the system survives is for properties to say."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep(1)

        world.start(service).kill()

    assert failed(every(scenario)) == []
