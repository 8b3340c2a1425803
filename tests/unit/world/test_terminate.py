"""Asking a process to stop, in the way a service manager does, and killing it when it does not."""

from __future__ import annotations

from math import nan

import pytest
import trio

import harness
from harness.errors import ProcessMisused
from tests.unit.world.stage import Record, holds, holds_always, once


def test_terminating_cancels_the_process_and_waits_for_its_cleanup() -> None:
    """A `finally` that takes time runs to its end, as long as the grace lasts."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(3)
                record.add("flushed")

        process = world.start(service)
        await world.settle()
        status = await process.terminate(grace_s=10)
        assert status.kind == "terminated"
        assert record.lines == ["flushed"]
        assert world.now == 3

    holds(scenario)


def test_whoever_is_too_slow_is_killed_when_the_grace_is_over() -> None:
    """And a kill is a kill: the rest of the cleanup does not run."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            try:
                await trio.sleep_forever()
            finally:
                record.add("begins to flush")
                with trio.CancelScope(shield=True):
                    await trio.sleep(11)
                record.add("flushed")

        process = world.start(service)
        await world.settle()
        status = await process.terminate(grace_s=10)
        assert status.kind == "killed"
        await trio.sleep(60)
        assert record.lines == ["begins to flush"]

    holds(scenario)


def test_no_grace_is_a_kill() -> None:
    """`grace_s=0`: it is asked and killed at the same moment."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep_forever()

        assert (await world.start(service).terminate(grace_s=0)).kind == "killed"

    holds(scenario)


@pytest.mark.parametrize("grace_s", [-1.0, nan])
def test_a_grace_that_is_none_is_refused(grace_s: float) -> None:
    """At the door, before anything happens to the process."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep_forever()

        await world.start(service).terminate(grace_s=grace_s)

    with pytest.raises(ProcessMisused, match=r"service#1 cannot be given a grace of (-1\.0|nan) s"):
        once(scenario)


def test_a_process_that_waits_to_be_asked_is_not_cancelled() -> None:
    """It finishes by itself, as a service with a handler for SIGTERM does."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(work)
                await world.termination()
                await trio.sleep(1)
                record.add("drained")
                nursery.cancel_scope.cancel()

        async def work() -> None:
            try:
                await trio.sleep_forever()
            finally:
                record.add("work is cancelled by its own process only")

        process = world.start(service)
        await world.settle()
        assert (await process.terminate()).kind == "terminated"
        assert record.lines == ["drained", "work is cancelled by its own process only"]

    holds(scenario)


def test_one_that_does_not_wait_yet_is_cancelled() -> None:
    """SIGTERM before the handler is installed ends a real process, too: in some interleavings."""
    ends: list[str] = []

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.lowlevel.checkpoint()
            await world.termination()
            await trio.lowlevel.checkpoint()
            world.note("drained")
            await drained.set()

        drained = world.flag("drained")
        process = world.start(service)
        assert (await process.terminate()).kind == "terminated"
        ends.append("drained" if drained.peek() else "cancelled")

    holds_always(scenario)
    assert sorted(set(ends)) == ["cancelled", "drained"]


def test_who_waited_in_a_killed_incarnation_does_not_catch_the_signal_of_the_next() -> None:
    """The signal goes to the living: they are cancelled if they do not wait for it."""

    async def scenario(world: harness.World) -> None:
        patient = world.flag("patient")

        async def service() -> None:
            if patient.peek():
                await trio.sleep_forever()
            await world.termination()

        process = world.start(service)
        await world.settle()
        process.kill()
        await patient.set()
        process.start_again()
        await world.settle()
        assert (await process.terminate(grace_s=5)).kind == "terminated"
        assert world.now == 0

    holds(scenario)


def test_the_dead_are_terminated_already() -> None:
    """It returns how they ended, and changes nothing."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep(1)

        process = world.start(service)
        await process.wait()
        assert (await process.terminate()).kind == "returned"
        await process.restart()
        process.kill()
        assert (await process.terminate()).kind == "killed"

    holds(scenario)


def test_two_may_terminate_one_process() -> None:
    """The shorter grace counts; in every interleaving it ends once, and both are told how."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            with trio.CancelScope(shield=True):
                await trio.sleep(20)

        process = world.start(service)
        await world.settle()

        async def stop(grace_s: float) -> None:
            record.add((await process.terminate(grace_s=grace_s)).kind)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop, 10)
            nursery.start_soon(stop, 5)
        assert record.lines == ["killed", "killed"]
        assert world.now == 5

    assert holds_always(scenario) > 1


def test_a_process_may_ask_itself_to_stop() -> None:
    """Its own request reaches it as everybody's does."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            assert world.process is not None
            await world.process.terminate()

        process = world.start(service)
        assert (await process.wait()).kind == "terminated"

    holds(scenario)


def test_a_restart_gives_grace_and_then_starts_afresh() -> None:
    """Terminate, wait, start: in that order, and never two incarnations at once."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            record.add("up")
            try:
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(2)
                record.add("down")

        process = world.start(service)
        await world.settle()
        await process.restart(grace_s=5)
        await world.settle()
        assert record.lines == ["up", "down", "up"]
        assert world.now == 2

    holds(scenario)


@pytest.mark.parametrize("faults", [{}, {"cancel": 1}], ids=["asked", "cancel"])
def test_the_reduction_sees_that_who_listens_already_is_not_cancelled(
    faults: dict[str, int],
) -> None:
    """Coming to wait for being asked, and being asked, are a race: `dpor` tries both orders."""
    seen: dict[str, set[tuple[object, ...]]] = {"dfs": set(), "dpor": set()}
    for strategy, outcomes in seen.items():

        async def scenario(
            world: harness.World, outcomes: set[tuple[object, ...]] = outcomes
        ) -> None:
            database = world.database("counts", {"orders": 0})

            async def service() -> None:
                await database.put("orders", 1)
                await database.put("orders", 2)
                await world.termination()
                await database.put("orders", 100)

            process = world.start(service, may_fail=True)
            if not faults:
                await process.terminate()
            outcomes.add((await database.get("orders"), process.exit_status.kind))

        result = harness.explore(scenario, strategy=strategy, shrink=False, faults=faults)
        assert result.verdict == "exhausted"
    assert seen["dpor"] == seen["dfs"]
    assert {orders for orders, kind in seen["dfs"] if kind == "terminated"} == {0, 1, 100}
