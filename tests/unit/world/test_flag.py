"""Flags: one bit that processes share, and that outlives them."""

from __future__ import annotations

import pytest
import trio

import harness
from harness.errors import NameTaken
from tests.unit.world.stage import Record, failed, holds, holds_always, once


def test_whoever_waits_goes_on_when_it_is_raised() -> None:
    """Before it, or after it: in every interleaving of one that waits and one that raises."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("ready")
        record = Record()

        async def waiter() -> None:
            await flag.wait()
            record.add("waited")

        async def setter() -> None:
            record.add("set")
            await flag.set()

        world.start(waiter)
        await world.start(setter).wait()
        await trio.sleep(1)
        assert record.lines == ["set", "waited"]

    assert holds_always(scenario) > 1


def test_it_outlives_the_process_that_raised_it() -> None:
    """A kill destroys memory; a flag is none."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("ready")
        process = world.start(flag.set, name="setter")
        await process.wait()
        process.kill()
        assert await flag.is_set()

    holds(scenario)


def test_raising_it_twice_is_raising_it() -> None:
    """It is a bit, not a counter."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("ready")
        assert not await flag.is_set()
        await flag.set()
        await flag.set()
        await flag.wait()
        assert await flag.is_set()

    holds(scenario)


def test_a_wait_can_be_cancelled_and_is_forgotten_when_the_waiter_dies() -> None:
    """Neither leaves anything behind that a later `set` would trip over."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("ready")
        process = world.start(flag.wait, name="waiter")
        with trio.move_on_after(1) as scope:
            await flag.wait()
        assert scope.cancelled_caught
        process.kill()
        await flag.set()
        await flag.wait()

    holds(scenario)


def test_a_property_may_look_at_it() -> None:
    """It is asked again when the flag goes up."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("on fire")
        world.always("nothing burns", lambda: not flag.peek())
        await flag.set()

    assert failed(once(scenario)) == ["nothing burns"]


def test_looking_and_raising_are_ordered_by_the_search() -> None:
    """A look takes time, as it would over a network: both answers are found."""
    seen: list[bool] = []

    async def scenario(world: harness.World) -> None:
        flag = world.flag("ready")
        world.start(flag.set, name="setter")
        seen.append(await flag.is_set())

    holds_always(scenario)
    assert set(seen) == {True, False}


def test_two_flags_of_one_name_are_refused() -> None:
    """A flag and a database may share one; two flags may not."""

    async def scenario(world: harness.World) -> None:
        world.database("ready")
        world.flag("ready")
        world.flag("ready")

    with pytest.raises(NameTaken):
        once(scenario)
