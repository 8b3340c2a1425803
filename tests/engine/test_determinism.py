"""A run is a function of its choices: in any interpreter, at any addresses, in any order of runs."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio
from hypothesis import given, settings, strategies as st

from harness.kernel import Defaults, Kernel, Model
from tests.engine import digests
from tests.engine.choosers import Seeded, every_run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ROOT = Path(__file__).parents[2]


def digests_in_fresh_interpreters(interpreters: int, *arguments: str) -> set[str]:
    """The digest that each of them prints, under its own hash seed."""
    found = set()
    for seed in range(interpreters):
        done = subprocess.run(
            [sys.executable, "-m", "tests.engine.digests", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=False,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    return found


def test_schedules_are_the_same_in_every_interpreter() -> None:
    """Hash seeds and addresses decide nothing; nor does what the program makes of them."""
    assert len(digests_in_fresh_interpreters(3, "30")) == 1


@pytest.mark.soak
def test_a_hundred_schedules_are_the_same_in_twenty_interpreters() -> None:
    """The same at length."""
    assert len(digests_in_fresh_interpreters(20, "100")) == 1


def test_cancelling_in_the_order_of_addresses_is_noticed() -> None:
    """The program shows what it is meant to show: with Trio's own sets it differs."""
    assert len(digests_in_fresh_interpreters(3, "10", "--trio-sets")) > 1


def test_a_reused_engine_does_what_a_fresh_one_does() -> None:
    """Nothing of one run is left for the next, whichever came before."""
    seeds = range(40)
    with Kernel() as kernel:
        reused = [kernel.run(digests.main, Seeded(seed)).digest() for seed in seeds]
        backwards = [kernel.run(digests.main, Seeded(seed)).digest() for seed in reversed(seeds)]
    assert backwards[::-1] == reused
    fresh = []
    for seed in seeds[:5]:
        with Kernel() as kernel:
            fresh.append(kernel.run(digests.main, Seeded(seed)).digest())
    assert fresh == reused[:5]


def test_recording_changes_nothing() -> None:
    """A run that is recorded for people is the run that was not."""
    with Kernel() as kernel:
        for seed in range(10):
            plain = kernel.run(digests.main, Seeded(seed)).digest()
            assert kernel.run(digests.main, Seeded(seed), recording=True).digest() == plain


def counting(steps: tuple[int, ...], said: list[int]) -> Callable[[], Awaitable[None]]:
    """A program of tasks that take so many steps each, and say so."""

    async def count(task: int) -> None:
        for left in range(steps[task], 0, -1):
            said.append(task)
            if left > 1:
                await trio.lowlevel.checkpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for task in range(len(steps)):
                nursery.start_soon(count, task)

    return main


def orders(steps: tuple[int, ...], model: Model) -> list[tuple[int, ...]]:
    """What the tasks say in each of all schedules."""
    said: list[int] = []
    found = []
    with Kernel(model) as kernel:
        for _ in every_run(kernel, counting(steps, said)):
            found.append(tuple(said))
            said.clear()
    return found


def interleavings(steps: tuple[int, ...]) -> set[tuple[int, ...]]:
    """All of them, by counting off: the oracle."""
    if not any(steps):
        return {()}
    return {
        (task, *rest)
        for task, left in enumerate(steps)
        if left
        for rest in interleavings((*steps[:task], left - 1, *steps[task + 1 :]))
    }


def in_batches(steps: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Those in which every task that can goes once in each round: Trio's."""
    runnable = [task for task, left in enumerate(steps) if left]
    if not runnable:
        return {()}
    after = tuple(max(left - 1, 0) for left in steps)
    return {
        (*batch, *rest) for batch in itertools.permutations(runnable) for rest in in_batches(after)
    }


@settings(max_examples=8)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
def test_every_interleaving_is_reached_exactly_once(steps: tuple[int, ...]) -> None:
    """Under the free model: as many as the multinomial coefficient says."""
    found = orders(steps, Model(fairness="none"))
    assert len(found) == len(set(found))
    assert set(found) == interleavings(steps)


@settings(max_examples=8)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
def test_trio_s_batches_are_reached_exactly_once(steps: tuple[int, ...]) -> None:
    """Under Trio's model: every order within each batch, and no other."""
    found = orders(steps, Model(fairness="trio"))
    assert len(found) == len(set(found))
    assert set(found) == in_batches(steps)


def test_two_tasks_of_three_steps_have_twenty_orders_and_eight_in_trio() -> None:
    """The figures that the documentation gives."""
    assert len(orders((3, 3), Model(fairness="none"))) == 20
    assert len(orders((3, 3), Model(fairness="trio"))) == 8


def test_what_trio_does_is_among_what_the_fair_model_allows() -> None:
    """Real Trio, with its own random batches, never leaves the model."""
    said: list[int] = []
    allowed = in_batches((3, 2, 2))
    for _ in range(60):
        trio.run(counting((3, 2, 2), said))
        assert tuple(said) in allowed
        said.clear()


def test_the_defaults_never_preempt() -> None:
    """Option 0 is to go on with the current task."""
    said: list[int] = []
    with Kernel() as kernel:
        kernel.run(counting((3, 3), said), Defaults())
    assert said == [0, 0, 0, 1, 1, 1]
