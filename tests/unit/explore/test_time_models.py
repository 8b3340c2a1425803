"""Time: when a timer may fire while something is runnable, and for how long timers fire at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import harness

ASYNCHRONOUS = "asynchronous"


def timer_against_steps(seen: list[int], *, after_s: float = 1.0) -> Callable[..., Any]:
    """A timer and three steps of somebody else: notes how many were over when it fired."""

    async def scenario(world: harness.World) -> None:
        done = harness.Cell(0)

        async def work() -> None:
            for _ in range(3):
                await done.add(1)

        async def tick() -> None:
            await trio.sleep(after_s)
            seen.append(done.get())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(tick)

    return scenario


def test_an_asynchronous_timer_fires_at_any_point_after_it_is_due() -> None:
    """Tasks may be arbitrarily slow, so a timer may overtake any of their steps."""
    seen: list[int] = []
    result = harness.explore(timer_against_steps(seen), strategy="dfs", time_model=ASYNCHRONOUS)
    assert result.verdict == "exhausted"
    assert set(seen) == {0, 1, 2, 3}
    assert "time: asynchronous" in result.assumptions


def test_a_bounded_timer_waits_until_nothing_is_runnable() -> None:
    """With no stall at all, time passes only while everything waits."""
    seen: list[int] = []
    result = harness.explore(
        timer_against_steps(seen), strategy="dfs", time_model=harness.bounded()
    )
    assert result.verdict == "exhausted"
    assert set(seen) == {3}
    assert "time: bounded(stall_s=0)" in result.assumptions


@pytest.mark.parametrize(("stall_s", "overtakes"), [(0.5, False), (1.0, True), (2.0, True)])
def test_a_runnable_task_is_stalled_no_longer_than_allowed(stall_s: float, overtakes: bool) -> None:
    """A timer of 1 s overtakes a step only if a step may take 1 s."""
    seen: list[int] = []
    harness.explore(
        timer_against_steps(seen), strategy="dfs", time_model=harness.bounded(stall_s=stall_s)
    )
    assert (set(seen) == {0, 1, 2, 3}) is overtakes


def test_a_task_that_takes_a_step_is_no_longer_held_up() -> None:
    """Each step may be held up anew: the allowance is not for all of a task's life."""
    times: set[tuple[float, ...]] = set()

    async def scenario(world: harness.World) -> None:
        steps: list[float] = []

        async def work() -> None:
            for _ in range(2):
                await trio.lowlevel.checkpoint()
                steps.append(world.now)

        async def tick() -> None:
            for _ in range(3):
                await trio.sleep(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(tick)
        times.add(tuple(steps))

    harness.explore(scenario, strategy="dfs", time_model=harness.bounded(stall_s=1))
    assert (2.0, 3.0) in times, "a second before it begins, before each checkpoint is over"
    assert max(second - first for first, second in times) == 1.0


def test_a_sleep_based_fix_holds_only_under_a_bounded_model() -> None:
    """Wait a second, it will have loaded by then: true until somebody is slow."""

    async def scenario(world: harness.World) -> None:
        rows = world.database("rows", {})

        async def load() -> None:
            await trio.lowlevel.checkpoint()
            await rows.put("BTC", 20_000)

        async def tick() -> None:
            await trio.sleep(1)
            assert await rows.get("BTC") is not None, "missing"

        async with trio.open_nursery() as nursery:
            nursery.start_soon(load)
            nursery.start_soon(tick)

    bounded = harness.explore(scenario, strategy="dfs", time_model=harness.bounded(stall_s=0.9))
    free = harness.explore(scenario, strategy="dfs", time_model=ASYNCHRONOUS)
    assert bounded.verdict == "exhausted"
    assert free.verdict == "violated"


def test_timers_of_one_time_fire_together_and_run_in_any_order() -> None:
    """Two that are due at once make two runnable tasks."""
    orders: list[tuple[str, ...]] = []

    async def scenario(world: harness.World) -> None:
        order: list[str] = []

        async def tick(name: str) -> None:
            await trio.sleep(1)
            order.append(name)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick, "a")
            nursery.start_soon(tick, "b")
        orders.append(tuple(order))

    harness.explore(scenario, strategy="dfs")
    assert set(orders) == {("a", "b"), ("b", "a")}


def test_timers_fire_in_the_order_of_their_times_however_slow_their_tasks_are() -> None:
    """Time never runs backwards: what fires later wakes later."""
    times: list[tuple[float, ...]] = []

    async def scenario(world: harness.World) -> None:
        fired: list[float] = []

        async def tick(after_s: float) -> None:
            with trio.move_on_after(after_s):
                await trio.sleep_forever()
            fired.append(world.now)
            assert world.now >= after_s

        async with trio.open_nursery() as nursery:
            for after_s in (2.0, 1.0, 3.0):
                nursery.start_soon(tick, after_s)
        times.append(tuple(fired))

    harness.explore(scenario, strategy="dfs", time_model=ASYNCHRONOUS)
    assert (1.0, 2.0, 3.0) in times
    assert (3.0, 3.0, 3.0) in times
    assert all(list(fired) == sorted(fired) for fired in times)


@pytest.mark.parametrize(("horizon_s", "ticks"), [(0, 0), (2.5, 2), (3, 3), (3.5, 3)])
def test_a_horizon_bounds_what_services_that_tick_for_ever_do(horizon_s: float, ticks: int) -> None:
    """And a search within it can be complete; the bound is printed beside the verdict."""
    seen: list[int] = []

    async def scenario(world: harness.World) -> None:
        count = harness.Cell(0)

        async def service() -> None:
            while True:
                await trio.sleep(1)
                count.set(count.get() + 1)
                seen.append(count.get())

        world.start(service)
        await world.settle()

    result = harness.explore(scenario, strategy="dfs", horizon_s=horizon_s)
    assert result.verdict == "exhausted"
    assert max(seen, default=0) == ticks
    assert result.bounds["horizon_s"] == horizon_s


def test_without_a_horizon_time_passes_until_the_scenario_returns() -> None:
    """What its services would do later is nobody's question."""
    seen: list[float] = []

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            while True:
                await trio.sleep(1)
                seen.append(world.now)

        world.start(service)
        await trio.sleep(3.5)

    harness.explore(scenario, strategy="dfs", schedules=1)
    assert set(seen) == {1, 2, 3}


def test_what_a_scenario_declares_can_be_overridden() -> None:
    """By the caller of `explore`; a plain function is bounded, a scenario asynchronous."""
    seen: list[int] = []
    plain = timer_against_steps(seen)
    declared = harness.scenario(horizon=5)(plain)
    overridden = harness.explore(plain, schedules=1, time_model=ASYNCHRONOUS, fairness="trio")
    assert overridden.assumptions == ("time: asynchronous", "fairness: trio")
    assert harness.explore(declared, schedules=1).assumptions == overridden.assumptions
    assert harness.explore(plain, schedules=1).assumptions == (
        "time: bounded(stall_s=0)",
        "fairness: none",
    )
    assert harness.explore(declared, schedules=1).bounds["horizon_s"] == 5
    assert harness.explore(declared, schedules=1, horizon_s=7).bounds["horizon_s"] == 7
