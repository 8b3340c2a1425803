"""A failure found by a free scheduler says whether Trio's own batches can show it, too."""

from __future__ import annotations

import trio

import harness
from tests.unit.explore.models import lost_update


async def out_of_step() -> None:
    """Fails where one task gets two steps ahead of another, which a Trio run never lets happen."""
    done = [0, 0]

    async def task(who: int) -> None:
        for _ in range(3):
            done[who] += 1
            assert abs(done[0] - done[1]) <= 1, "out of step"
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, 0)
        nursery.start_soon(task, 1)


def test_a_race_that_trio_can_show_is_labelled_so() -> None:
    """The accesses of a cell complete whenever they do: that is real under any fairness."""
    (violation,) = harness.explore(lost_update, strategy="dfs").violations
    assert violation.under_trio is True


def test_a_pattern_that_trio_never_shows_is_labelled_so() -> None:
    """No false alarm without that label."""
    (violation,) = harness.explore(out_of_step, strategy="dfs").violations
    assert violation.under_trio is False


def test_under_trios_batches_it_is_not_found_at_all() -> None:
    """Whoever asks for fairness gets no such alarm."""
    assert harness.explore(out_of_step, strategy="dfs", fairness="trio").verdict == "exhausted"


def test_what_was_found_under_batches_needs_no_label() -> None:
    """It was not asked, because there is nothing to ask."""
    (violation,) = harness.explore(lost_update, strategy="dfs", fairness="trio").violations
    assert violation.under_trio is None


def test_between_processes_every_order_is_real() -> None:
    """The same pattern in two processes is a race under any fairness."""

    async def scenario(world: harness.World) -> None:
        done = world.database("done", {0: 0, 1: 0})

        async def count(who: int) -> None:
            for step in range(3):
                await done.put(who, step + 1)

        for who in range(2):
            world.start(count, who, name=f"service {who}")
        world.always("in step", lambda: abs(done.peek(0) - done.peek(1)) <= 1)
        await world.flag("never").wait()

    result = harness.explore(scenario, strategy="dfs", fairness="trio", stop_at_first=True)
    assert [violation.property for violation in result.violations] == ["in step"]
