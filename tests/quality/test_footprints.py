"""Programs that lose outcomes where a reduction does not know what a step touches, and brute force as the judge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing

import harness
from tests.quality.outcomes import keep, noted, outcomes_of, see

Body = Callable[[harness.World], Awaitable[None]]


def judged(body: Body, **options: Any) -> int:
    """How many outcomes there are: the same for brute force and for the reduction."""
    full = outcomes_of(body, **options)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, **options)
    assert full.complete
    assert reduced.complete
    assert reduced.seen.keys() == full.seen.keys()
    assert reduced.schedules <= full.schedules
    return len(full.seen)


# ---- the end of time -------------------------------------------------------------------------------

ASYNCHRONOUS = {"time_model": "asynchronous"}
STALLING = {"time_model": harness.bounded(stall_s=1)}


@pytest.mark.parametrize("time", [ASYNCHRONOUS, STALLING], ids=["asynchronous", "stalling"])
def test_a_timer_that_is_set_after_the_main_task_has_ended_never_fires(time: Any) -> None:
    """So setting one races with the end of the main task."""

    async def body(world: harness.World) -> None:
        database = world.database("database", {})

        async def serve() -> None:
            await database.get("x")
            with noted(), trio.fail_after(1):
                await database.get("y")

        world.start(serve)
        await trio.lowlevel.checkpoint()

    assert judged(body, **time) == 2


@pytest.mark.parametrize("time", [ASYNCHRONOUS, STALLING], ids=["asynchronous", "stalling"])
def test_who_is_killed_after_the_end_is_not_started_again(time: Any) -> None:
    """A supervisor waits before it starts anybody, and there is no more time."""

    async def body(world: harness.World) -> None:
        database = world.database("database", {"x": 0})

        async def serve() -> None:
            await database.update("x", lambda x: x + 1)
            await trio.lowlevel.checkpoint()

        world.supervise(world.start(serve))
        keep(database)
        await trio.lowlevel.checkpoint()

    assert judged(body, faults={"kill": 1}, **time) == 3


# ---- scopes that nobody is in ----------------------------------------------------------------------

Scoped = Callable[[trio.CancelScope], Awaitable[None]]


async def enters(scope: trio.CancelScope) -> None:
    """Once only."""
    await trio.lowlevel.checkpoint()
    try:
        with scope:
            see("within")
            await trio.lowlevel.checkpoint()
    except RuntimeError:
        see("twice")


async def asks_whether_it_is_cancelled(scope: trio.CancelScope) -> None:
    """A deadline that has passed counts."""
    await trio.lowlevel.checkpoint()
    see(scope.cancel_called)


async def asks_whether_it_is_relative(scope: trio.CancelScope) -> None:
    """It is not, once it was entered."""
    await trio.lowlevel.checkpoint()
    see(scope.is_relative)


async def asks_what_it_caught(scope: trio.CancelScope) -> None:
    """And for its deadline."""
    await trio.lowlevel.checkpoint()
    see(scope.cancelled_caught)
    await trio.lowlevel.checkpoint()
    see(scope.deadline)


async def is_late_for_a_while(scope: trio.CancelScope) -> None:
    """Its deadline has passed, and then has not."""
    scope.deadline = -1.0
    await trio.lowlevel.checkpoint()
    scope.deadline = 9.0


async def cancels_within(scope: trio.CancelScope) -> None:
    """What it then catches."""
    await trio.lowlevel.checkpoint()
    with scope:
        scope.cancel()
        await trio.lowlevel.checkpoint()


@pytest.mark.parametrize("other", [is_late_for_a_while, cancels_within, enters])
@pytest.mark.parametrize(
    "one", [enters, asks_whether_it_is_cancelled, asks_whether_it_is_relative, asks_what_it_caught]
)
def test_a_scope_is_shared_whether_anybody_is_in_it_or_not(one: Scoped, other: Scoped) -> None:
    """Who enters it, gives it a deadline, or asks how it stands."""

    async def body(_: harness.World) -> None:
        scope = trio.CancelScope()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(one, scope)
            nursery.start_soon(other, scope)
        see((scope.cancelled_caught, scope.cancel_called))

    judged(body)


# ---- who is quicker --------------------------------------------------------------------------------


def test_only_one_task_may_receive_at_a_time() -> None:
    """Which one is told that the other does is up to their order."""

    async def body(world: harness.World) -> None:
        left, right = world.link("link")

        async def receive() -> None:
            try:
                see(await right.receive())
            except trio.BusyResourceError:
                see("busy")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(receive)
            nursery.start_soon(receive)
            await left.send(1)
            await left.send(2)

    assert judged(body) == 4


def test_of_two_who_accept_the_quicker_one_has_the_connection() -> None:
    """Whether they waited for it, or it was there before."""

    async def body(world: harness.World) -> None:
        async def serve() -> None:
            listener = world.listen("api")

            async def accept() -> None:
                await listener.accept()
                see("accepted")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(accept)
                nursery.start_soon(accept)

        async def connect() -> None:
            await world.connect("api")

        world.start(serve, may_fail=True)
        world.start(connect, may_fail=True)
        await trio.sleep(1)

    assert judged(body) == 2


def test_which_tasks_a_nursery_has_is_up_to_who_has_ended() -> None:
    """From the moment that anybody asks."""

    async def body(_: harness.World) -> None:
        async with trio.open_nursery() as nursery:

            async def other() -> None:
                await trio.lowlevel.checkpoint()

            async def asks() -> None:
                for _ in range(2):
                    await trio.lowlevel.checkpoint()
                    see(len(nursery.child_tasks))

            nursery.start_soon(other)
            nursery.start_soon(asks)

    assert judged(body) == 3


def test_how_many_wait_for_an_event_is_up_to_who_does() -> None:
    """Waiting commutes with waiting, but not with counting."""

    async def body(_: harness.World) -> None:
        event = trio.Event()
        async with trio.open_nursery() as nursery:

            async def counts() -> None:
                await trio.lowlevel.checkpoint()
                see(event.statistics().tasks_waiting)

            nursery.start_soon(counts)
            nursery.start_soon(event.wait)
            nursery.start_soon(event.wait)

    assert judged(body) == 3


# ---- what could not have been before ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cancel", "kill", "slow"])
def test_who_is_killed_within_the_step_that_started_it_could_not_have_gone_on(kind: str) -> None:
    """All of it, up to its first schedule point, was part of that step."""

    async def body(world: harness.World) -> None:
        database = world.database("database", {"x": 0})

        async def serve() -> None:
            see(await database.get("x"))

        service = world.start(serve, may_fail=True)

        async def operate() -> None:
            service.kill()
            service.start_again()

        world.start(operate)
        await trio.lowlevel.checkpoint()

    assert judged(body, faults={kind: 1}) >= 1


def test_who_waits_for_all_to_be_blocked_makes_time_matter_to_each_step() -> None:
    """Under asynchronous time, in which timers go off before or after that."""

    async def body(world: harness.World) -> None:
        async def waits() -> None:
            await trio.lowlevel.checkpoint()
            await trio.testing.wait_all_tasks_blocked()
            see(world.now)

        async def sleeps() -> None:
            await trio.sleep(1)
            see("awake")

        world.start(sleeps)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits)
            nursery.start_soon(sleeps)

    assert judged(body, **ASYNCHRONOUS) == 3


def test_what_is_taken_back_too_late_is_up_to_that_too() -> None:
    """Who forgets a spell does nothing where it has ended; and depends on whether it has."""

    async def body(world: harness.World) -> None:
        one, other = harness.Cell(0), harness.Cell(0)
        keep(one, other)

        async def offers() -> None:
            fault = world.faults.offer("kill", "mine", lambda: one.set(3))
            await trio.lowlevel.checkpoint()
            assert fault is not None
            fault.withdraw()

        async def begins() -> None:
            spell = world.faults.lasts("spell", lambda: other.set(2))
            await trio.lowlevel.checkpoint()
            spell.forget()
            see(await one.read())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(offers)
            nursery.start_soon(begins)

    assert judged(body, faults={"kill": 1}) == 6


# ---- when time may pass ----------------------------------------------------------------------------


def test_time_passes_with_the_timer_of_whoever_has_set_one() -> None:
    """So it needs neither of two who have, and passes before either looks at the clock."""

    async def body(world: harness.World) -> None:
        async def serve() -> None:
            await trio.lowlevel.checkpoint()
            see(world.now)
            with noted(), trio.fail_after(1):
                await trio.lowlevel.checkpoint()

        world.start(serve)
        await trio.sleep(1)

    assert judged(body, **ASYNCHRONOUS) == 4


def test_whoever_only_looks_at_the_clock_may_do_so_before_time_passes() -> None:
    """Between two timers of somebody else, who would otherwise take the second one back."""

    async def body(world: harness.World) -> None:
        async def serve() -> None:
            await trio.lowlevel.checkpoint()
            see(world.now)

        world.start(serve)
        with trio.move_on_at(2.0), noted(), trio.fail_after(1):
            await trio.sleep(1)

    assert judged(body, **ASYNCHRONOUS) == 5


def test_an_option_is_not_done_with_before_all_that_can_be_chosen_behind_it_is() -> None:
    """Half of these options look at the channel, at which somebody else waits or does not yet."""

    async def body(world: harness.World) -> None:
        _, receiving = trio.open_memory_channel[int](1)

        async def chooses() -> None:
            await trio.lowlevel.checkpoint()
            see(world.choose("first", [0, 1]))
            if see(world.choose("second", [0, 1])):
                see(receiving.statistics().tasks_waiting_receive)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(chooses)
            nursery.start_soon(receiving.receive)

    assert judged(body) == 6


def test_which_incarnation_runs_is_up_to_who_has_started_it() -> None:
    """For whoever asks for its number."""

    async def body(world: harness.World) -> None:
        async def serve() -> None:
            await trio.lowlevel.checkpoint()

        service = world.start(serve)

        async def operate() -> None:
            await service.restart()

        world.start(operate)
        await trio.lowlevel.checkpoint()
        see((service.incarnation, service.label))

    assert judged(body) == 2
