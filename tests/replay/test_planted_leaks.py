"""What no harness controls is found by making runs twice, and named by file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

import harness
from harness.errors import Nondeterminism, RealWorldRefused
from tests.replay import leaky
from tests.replay.leaky import choosing


def found(body: Any, **options: Any) -> str:
    """What the search says of the leak."""
    with pytest.raises(Nondeterminism) as leak:
        harness.explore(body, shrink=False, **options)
    assert leak.value.exit_code == 4
    text = str(leak.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("strategy", ["dfs", "random", "portfolio"])
@pytest.mark.parametrize(
    "choose", [leaky.by_id, leaky.by_hash, leaky.by_set_of_objects, leaky.by_weak_set]
)
def test_what_depends_on_addresses_differs_in_a_repetition(
    choose: Callable[[], object], strategy: str
) -> None:
    """Repetitions lie elsewhere in memory. The first step that differs is named, and what differed."""
    text = found(choosing(choose), strategy=strategy, schedules=100)
    assert re.search(
        r"schedule \d+, run twice with the same choices, parted at step \d+ \(main\): ", text
    )
    assert "first wrote main:cell = " in text


def test_the_order_of_a_set_of_tasks_decides_who_is_woken() -> None:
    """No value differs here, only the schedule that follows from it."""

    async def model() -> None:
        waiting: set[trio.lowlevel.Task] = set()

        async def wait() -> None:
            waiting.add(trio.lowlevel.current_task())
            await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.SUCCEEDED)

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            for task in waiting:
                trio.lowlevel.reschedule(task)
                await trio.lowlevel.checkpoint()

    assert "run twice with the same choices, parted" in found(
        model, strategy="random", schedules=50
    )


@pytest.mark.parametrize(
    ("choose", "call", "function"),
    [
        (leaky.by_urandom, "os.urandom", "by_urandom"),
        (leaky.by_clock, "time.time", "by_clock"),
        (leaky.by_datetime, "datetime.datetime.now", "by_datetime"),
        (leaky.by_class_attribute, "time.perf_counter", "stamp"),
        (leaky.by_id, "id", "<lambda>"),
        (leaky.by_hash, "hash", "by_hash"),
    ],
)
def test_the_leaking_call_is_named_by_file_and_line(
    choose: Callable[[], object], call: str, function: str
) -> None:
    """The schedule is run once more under a profiler, which sees every call of a C function."""
    text = found(choosing(choose), strategy="random", schedules=100)
    place = re.search(
        rf"{re.escape(call)} is called at (\S*leaky\.py):(\d+) in {function}(?!\w)", text
    )
    assert place is not None
    line = Path(leaky.__file__).read_text().splitlines()[int(place[2]) - 1]
    assert "(" in line
    assert "return" in line


def test_a_real_clock_is_reported_although_it_shows_the_same_twice() -> None:
    """Tomorrow it will not."""
    text = found(choosing(leaky.by_coarse_clock), strategy="dfs")
    assert "schedule 1 asked the real world" in text
    assert re.search(r"time\.time is called at \S*leaky\.py:\d+ in by_coarse_clock", text)


def test_a_leak_on_a_path_that_the_first_schedule_does_not_take_is_found_later() -> None:
    """Every repeated schedule is watched."""

    async def scenario(world: harness.World) -> None:
        if world.choose("look at the clock", ["no", "yes"]) == "yes":
            leaky.by_coarse_clock()

    assert "schedule 2 asked the real world" in found(scenario, strategy="dfs")


def test_a_generator_made_at_import_is_named_though_nothing_real_is_called() -> None:
    """Its state goes on from run to run; it is found by looking at the module."""
    text = found(choosing(leaky.by_generator), strategy="dfs")
    assert "run twice with the same choices, parted" in text
    assert "leaky.generator is random.Random, whose state goes on from run to run" in text


def test_memory_that_outlives_a_run_differs_in_a_repetition() -> None:
    """Nothing is called at all; the advice names the possibility."""
    assert "parted at step" in found(choosing(leaky.by_memory), strategy="dfs")


@pytest.mark.parametrize(
    "choose", [leaky.by_sealed_clock, leaky.by_rebound_name, leaky.by_sealed_randomness]
)
def test_what_is_looked_up_when_it_is_called_is_virtual_and_so_deterministic(
    choose: Callable[[], object],
) -> None:
    """The same in every run; and the search is complete."""
    result = harness.explore(choosing(choose), strategy="dfs")
    assert result.verdict == "exhausted"


def test_what_is_refused_is_refused_by_name() -> None:
    """Not found out by differences, but stopped before anything real happens."""
    import time

    with pytest.raises(RealWorldRefused, match=r"time\.sleep would leave the simulation"):
        harness.explore(choosing(lambda: time.sleep(0)), strategy="dfs")


def test_a_divergence_within_a_repeated_prefix_is_nondeterminism_and_not_a_traceback() -> None:
    """Depth-first search notices by itself that a prefix is not what it was."""
    runs: list[int] = []

    async def model() -> None:
        runs.append(1)
        async with trio.open_nursery() as nursery:
            for _ in range(2 if len(runs) % 2 else 3):
                nursery.start_soon(trio.lowlevel.checkpoint)

    assert "parted" in found(model, strategy="dfs")


def test_a_question_that_differs_is_nondeterminism_even_if_the_error_is_swallowed() -> None:
    """The search does not raise in code that catches everything."""
    runs: list[int] = []

    async def scenario(world: harness.World) -> None:
        runs.append(1)
        try:
            world.choose("server", ["a", "b", "c"][: 2 + len(runs) % 2])
        except Exception:  # noqa: BLE001
            world.note("never mind")

    assert "run twice with the same choices, parted" in found(
        scenario, strategy="random", schedules=9
    )


@pytest.mark.parametrize("strategy", ["portfolio", "dfs", "random"])
def test_a_failure_that_does_not_come_again_is_no_pass(strategy: str) -> None:
    """Whatever may be said of it, such a search has not shown that nothing fails."""
    runs: list[None] = []

    async def once(world: harness.World) -> None:
        runs.append(None)
        assert len(runs) != 1

    text = found(once, strategy=strategy, fairness="trio", schedules=100)
    assert "schedule 1, run twice with the same choices, came to another end" in text
    assert "first main raises nothing (AssertionError), then no failure" in text


@pytest.mark.parametrize("strategy", ["portfolio", "dfs"])
def test_one_among_schedules_that_nobody_repeats_is_no_pass_either(strategy: str) -> None:
    """A failing schedule is made again whatever its number."""
    runs: list[None] = []

    async def once(world: harness.World) -> None:
        runs.append(None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(harness.Cell(0).add, 1)
            for _ in range(3):
                nursery.start_soon(harness.Cell(0).add, 1)
        assert len(runs) != 15

    assert re.search(
        "came to another end|did not fail", found(once, strategy=strategy, fairness="trio")
    )


def test_a_step_that_is_stopped_once_only_is_no_pass() -> None:
    """Nothing was stopped when the free scheduler made the same choices again."""
    runs: list[None] = []

    async def once(world: harness.World) -> None:
        runs.append(None)
        while len(runs) == 1:
            pass

    found(once, fairness="trio", step_timeout_s=0.2, schedules=10)
