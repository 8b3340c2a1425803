"""A run that is over before its main, or before the plan that it carries out: what comes after is not judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio

import harness
from harness.explore import Result
from harness.explore.advice import smallest_fixes
from harness.plans import Plan, Restart, Space
from harness.world.fleet import Fleet

SPACE, RESTART = Space(services=("worker",)), Plan((Restart("worker", drain_s=0),))

Main = Callable[[harness.World], Awaitable[None]]


async def polls() -> None:
    """A service that never ends."""
    while True:  # noqa: ASYNC110  # a service that polls
        await trio.sleep(5)


def leased(world: harness.World) -> Fleet:
    """A worker that waits for a lease; a killed one keeps it, so that the next is never ready."""
    locks = world.database("locks", {"holder": "nobody"})

    async def worker() -> None:
        while not world.fix("expires") and await locks.get("holder") != "nobody":  # noqa: ASYNC110
            await trio.sleep(5)
        await locks.put("holder", "worker")
        await world.ready()
        await trio.sleep_forever()

    fleet = world.fleet()
    fleet.service("worker", worker)
    return fleet


@harness.scenario(plans=SPACE, plan=RESTART, horizon=20, fixes=["expires"])
async def maintained(world: harness.World) -> None:
    """Main carries the plan out."""
    fleet = leased(world)
    await world.settle()
    await fleet.carry_out()


@harness.scenario(plans=SPACE, plan=RESTART, horizon=20, fixes=["expires"])
async def operated(world: harness.World) -> None:
    """Another process does, and main waits for ever."""
    fleet = leased(world)
    await world.settle()
    world.start(fleet.carry_out, name="operator")
    await trio.sleep_forever()


@pytest.mark.parametrize("strategy", ["dfs", "dpor", "random"])
@pytest.mark.parametrize("scenario", [maintained, operated])
def test_a_plan_that_never_ends_is_not_safe(scenario: harness.Scenario, strategy: str) -> None:
    """Whoever carries it out, and however it is searched; it is said which move is not done."""
    result = harness.explore(scenario, strategy=strategy, schedules=30)
    (said,) = result.undecided

    assert result.verdict == "inconclusive"
    assert result.undecided[said] == result.schedules
    assert said.startswith(
        "the plan was not carried out to its end by the horizon (20 s): "
        "not done: move 1 (restart worker, drain 0 s); waiting at test_unended.py:"
    )


def test_a_fix_that_lets_the_plan_end_is_the_one_that_is_needed() -> None:
    """No fix is no answer, rather than none needed."""

    def search(fixes: tuple[str, ...]) -> Result:
        return harness.explore(maintained, fixes=fixes, strategy="dpor")

    advice = smallest_fixes(["expires"], search)

    assert [found.fixes for found in advice.smallest] == [("expires",)]
    assert [found.fixes for found in advice.no_answer] == [()]
    assert "the plan was not carried out to its end" in advice.no_answer[0].no_answer


async def waits_for_a_process(world: harness.World) -> None:
    """That never ends."""
    await world.start(polls, name="polling").wait()


async def sleeps_on(world: harness.World) -> None:
    """Longer than there is time."""
    world.start(polls, name="polling")
    await trio.sleep(100)
    raise AssertionError


async def looks_again_and_again(world: harness.World) -> None:
    """For what never comes."""
    done = world.flag("done")
    while not await done.is_set():  # noqa: ASYNC110
        await trio.sleep(1)


async def has_a_child_that_waits(world: harness.World) -> None:
    """For a process that never ends."""
    process = world.start(polls, name="polling")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        nursery.start_soon(process.wait)


@pytest.mark.parametrize(
    "main", [waits_for_a_process, sleeps_on, looks_again_and_again, has_a_child_that_waits]
)
def test_a_main_that_was_cut_off_is_no_pass(main: Main) -> None:
    """What stands after its last line that ran was never judged."""
    result = harness.explore(main, horizon_s=20, strategy="random", schedules=3)
    (said,) = result.undecided

    assert result.undecided[said] == result.schedules
    assert said.startswith("main had not ended by the horizon (20 s): what stands after is not")
    assert "; waiting at test_unended.py:" in said


async def serves(world: harness.World) -> None:
    """A loop that has no way out."""
    while True:
        await trio.sleep(1)
        assert not world.fix("any")


async def sleeps_for_ever(world: harness.World) -> None:
    """Main says so."""
    world.start(polls, name="polling")
    await trio.sleep_forever()


async def has_children_that_serve(world: harness.World) -> None:
    """Main waits for its children, and they are loops."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(polls)
        nursery.start_soon(serves, world)


async def ends(world: harness.World) -> None:
    """Main does not wait for what never ends."""
    world.start(polls, name="polling")
    await trio.sleep(3)


@pytest.mark.parametrize("main", [serves, sleeps_for_ever, has_children_that_serve, ends])
def test_where_nothing_can_stand_after_all_is_judged(main: Main) -> None:
    """A main that waits for ever because it says so is no reason to doubt the rest."""
    result = harness.explore(main, horizon_s=6, strategy="dpor", schedules=100)

    assert not result.undecided
