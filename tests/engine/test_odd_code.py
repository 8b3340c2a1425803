"""What code under test may do, though few do: the search has an answer, and no error of its own."""

from __future__ import annotations

import sys

import pytest
import trio

import harness
from harness.errors import RecursionLimitLowered
from harness.kernel import Defaults, Kernel


class Unspeakable(Exception):
    """An error that nothing can be made of."""

    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


async def raises() -> None:
    """Nobody handles it."""
    raise Unspeakable


async def by_main(world: harness.World) -> None:
    """In the scenario itself."""
    await raises()


async def by_process(world: harness.World) -> None:
    """In a process: its crash."""
    world.start(raises)
    await world.settle()


async def by_child(world: harness.World) -> None:
    """In a nursery, whose cancellation Trio gives a reason that shows it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(raises)


async def by_group(world: harness.World) -> None:
    """With others."""
    raise ExceptionGroup("several", [Unspeakable(), Unspeakable()])


@pytest.mark.parametrize("body", [by_main, by_process, by_child, by_group])
def test_an_error_that_has_no_text_is_a_violation_by_the_name_of_its_type(
    body: harness.Scenario,
) -> None:
    """Whoever raised it, and however many of them."""
    result = harness.explore(body, schedules=10)

    assert result.verdict == "violated"
    assert "(Unspeakable)" in result.violations[0].property


@pytest.mark.parametrize("strategy", ["portfolio", "dfs", "random", "pct"])
def test_a_deadline_may_be_a_whole_number(strategy: str) -> None:
    """A whole number in the log is a step, so no time is one."""
    seen: list[float] = []

    async def timed(world: harness.World) -> None:
        with trio.move_on_at(2):
            await trio.sleep_until(3)
        seen.append(trio.current_time())

    result = harness.explore(timed, strategy=strategy, schedules=5)

    assert not result.violations
    assert {(type(time), time) for time in seen} == {(float, 2.0)}


def test_a_recursion_limit_that_a_run_sets_is_its_own() -> None:
    """What comes after the run has the stack it had before."""
    before = sys.getrecursionlimit()

    async def limiting(world: harness.World) -> None:
        sys.setrecursionlimit(before - 100)
        await trio.sleep(1)

    assert harness.explore(limiting, schedules=5).verdict == "exhausted"
    assert sys.getrecursionlimit() == before


class Deep(Defaults):
    """It needs more stack than there is."""

    def pick(self, options: list[int], current: int) -> int:
        """As deep as it gets."""
        raise RecursionError


def test_a_recursion_limit_under_which_no_run_goes_on_is_one_line() -> None:
    """Not a bug of the harness, which needs some stack too."""
    before = sys.getrecursionlimit()

    async def limiting() -> None:
        sys.setrecursionlimit(before - 100)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
            nursery.start_soon(trio.sleep, 1)

    with Kernel() as kernel, pytest.raises(RecursionLimitLowered, match=r"setrecursionlimit"):
        kernel.run(limiting, Deep())
    assert sys.getrecursionlimit() == before
