"""Processes: their names, their incarnations, how they end, and what is known of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import trio

import harness
from harness.errors import NameTaken, ProcessMisused
from tests.unit.world.stage import Record, failed, holds, holds_always, once


async def nothing() -> None:
    """The shortest life."""


async def forever() -> None:
    """The longest."""
    await trio.sleep_forever()


async def crash() -> None:
    """A short and unhappy one."""
    raise LookupError("no such market")


# ---- names and incarnations ------------------------------------------------------------------------


def test_a_process_is_named_after_its_main_or_as_it_is_told() -> None:
    """The label is what reports and traces show: the name, and which start it is."""

    async def scenario(world: harness.World) -> None:
        assert world.start(forever).label == "forever#1"
        assert world.start(forever, name="funding").label == "funding#1"

    holds(scenario)


def test_arguments_reach_the_main() -> None:
    """One function may be the main of several processes."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service(market: str, size: int) -> None:
            record.add(f"{market} {size}")

        for market in ("BTC", "ETH"):
            world.start(service, market, 2, name=market)
        await world.settle()
        assert record.lines == ["BTC 2", "ETH 2"]

    holds(scenario)


def test_two_processes_of_one_name_are_refused() -> None:
    """Or their labels could not be told apart."""

    async def scenario(world: harness.World) -> None:
        world.start(forever)
        world.start(forever)

    with pytest.raises(NameTaken, match="process named 'forever'"):
        once(scenario)


def test_a_restart_starts_the_main_afresh_under_the_next_number() -> None:
    """Memory is what the call of main makes; so a restarted process remembers nothing."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            memory: dict[str, int] = {}
            record.add(f"{world.process} {sorted(memory)}")
            memory["BTC"] = 1
            await trio.sleep_forever()

        process = world.start(service)
        await world.settle()
        await process.restart()
        await world.settle()
        assert process.incarnation == 2
        assert process.label == "service#2"
        assert record.lines == ["<process service#1 running> []", "<process service#2 running> []"]

    holds(scenario)


def test_the_scenarios_main_is_no_process() -> None:
    """`world.process` tells code where it runs."""

    async def scenario(world: harness.World) -> None:
        assert world.process is None

    holds(scenario)


def test_a_process_may_start_another() -> None:
    """Its child does not end with it: nobody's nursery holds it."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def parent() -> None:
            world.start(child)

        async def child() -> None:
            await trio.sleep(5)
            record.add("the child outlived its parent")

        starter = world.start(parent)
        assert (await starter.wait()).kind == "returned"
        await trio.sleep(10)
        assert record.lines == ["the child outlived its parent"]

    holds(scenario)


@pytest.mark.parametrize("main", [lambda: None, len])
def test_a_main_that_is_not_async_is_refused(main: Any) -> None:
    """In one line, and not as a violation of the system under test."""

    async def scenario(world: harness.World) -> None:
        world.start(main, name="funding")

    with pytest.raises(ProcessMisused, match="funding cannot start: its main must be an async"):
        once(scenario)


# ---- how a process ends ----------------------------------------------------------------------------


def test_each_way_to_end_has_its_exit_status() -> None:
    """And a process that has not ended is running."""

    async def scenario(world: harness.World) -> None:
        returned = world.start(nothing, name="returned")
        crashed = world.start(crash, name="crashed", may_fail=True)
        killed = world.start(forever, name="killed")
        terminated = world.start(forever, name="terminated")
        running = world.start(forever, name="running")
        await world.settle()
        killed.kill()
        await terminated.terminate()
        for process in (returned, crashed, killed, terminated, running):
            assert process.exit_status.kind == process.name
            assert process.exit_status.ended is not process.alive
        assert running.alive
        assert isinstance(crashed.exit_status.error, LookupError)
        assert killed.exit_status.error is None

    holds(scenario)


def test_a_crash_is_a_violation() -> None:
    """Nobody needs to declare that services should not crash."""

    async def scenario(world: harness.World) -> None:
        await world.start(crash).wait()

    (violation,) = once(scenario).violations
    assert violation.property == "crash raises nothing (LookupError)"
    assert re.search(
        r"crash#1 raised LookupError: no such market at test_process\.py:\d+", violation.message
    )


def test_a_crash_is_none_where_it_is_allowed() -> None:
    """`may_fail` is for processes whose failure is part of the story."""

    async def scenario(world: harness.World) -> None:
        await world.start(crash, may_fail=True).wait()

    holds(scenario)


def test_a_restart_does_not_hide_the_crash_before_it() -> None:
    """What crashed once has a bug, however well its next incarnation does."""

    async def scenario(world: harness.World) -> None:
        flag = world.flag("crashed before")

        async def service() -> None:
            if not flag.peek():
                await flag.set()
                raise LookupError

        process = world.start(service)
        await process.wait()
        process.start_again()
        assert (await process.wait()).kind == "returned"

    assert failed(once(scenario)) == ["service raises nothing (LookupError)"]


def test_a_crash_of_the_process_leaves_the_scenario_and_its_neighbours_alone() -> None:
    """A crash is an exit status, not an exception in somebody else's nursery."""

    async def scenario(world: harness.World) -> None:
        neighbour = world.start(forever)
        assert (await world.start(crash, may_fail=True).wait()).kind == "crashed"
        assert neighbour.alive

    holds(scenario)


def test_an_error_while_it_is_being_terminated_is_a_crash() -> None:
    """Cancelled and nothing else is "terminated"; a failing shutdown is not."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise OSError("disk full")

        process = world.start(service)
        await world.settle()
        assert (await process.terminate()).kind == "crashed"

    assert failed(once(scenario)) == ["service raises nothing (OSError)"]


# ---- waiting for it, and looking at it -------------------------------------------------------------


def test_whoever_waits_for_the_end_is_told_of_the_incarnation_it_waited_for() -> None:
    """Even when the next one runs by the time it looks: in every interleaving."""

    async def scenario(world: harness.World) -> None:
        record = Record()
        process = world.start(forever)

        async def watch() -> None:
            record.add((await process.wait()).kind)

        async def operate() -> None:
            process.kill()
            process.start_again()
            await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            await world.settle()
            nursery.start_soon(operate)
        assert record.lines == ["killed"]

    assert holds_always(scenario) > 1


async def kill(process: harness.Process) -> None:
    """As `kill -9` would."""
    process.kill()


@pytest.mark.parametrize(
    ("end", "main"),
    [(kill, forever), (harness.Process.terminate, forever), (harness.Process.wait, nothing)],
)
def test_a_property_may_ask_whether_a_process_is_alive(end: Any, main: Any) -> None:
    """It is asked again whenever the process starts or ends, in whatever way."""

    async def scenario(world: harness.World) -> None:
        process = world.start(main, name="service")
        world.always("the service is up", lambda: process.alive)
        await end(process)

    assert failed(once(scenario)) == ["the service is up"]


def test_a_property_may_ask_for_the_exit_status() -> None:
    """`eventually` is asked after the process has ended."""

    async def scenario(world: harness.World) -> None:
        process = world.start(nothing)
        world.eventually("it returns", lambda: process.exit_status.kind == "returned", within_s=1)

    holds(scenario)


def test_looking_at_a_process_is_in_the_footprint_of_the_step() -> None:
    """Whether it is alive decides what a step does: reduction must know."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        await world.settle()
        assert process.alive
        raise RuntimeError("show the trace")

    steps = once(scenario).violations[0].trace.steps
    assert any("process forever" in step.reads for step in steps if step.label == "main")


# ---- misuse ----------------------------------------------------------------------------------------


def test_a_process_cannot_kill_itself_but_may_crash() -> None:
    """`kill` returns, and then its caller would run on although it is dead."""

    async def suicide(world: harness.World) -> None:
        assert world.process is not None
        world.process.kill()

    async def wrong(world: harness.World) -> None:
        world.start(suicide, world)
        await world.settle()

    with pytest.raises(ProcessMisused, match=r"suicide#1 cannot kill itself: use `await world\.c"):
        once(wrong)

    async def right(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            try:
                await world.crash()
            finally:
                record.add("a finally")

        process = world.start(service)
        assert (await process.wait()).kind == "killed"
        assert record.lines == []

    holds(right)


@pytest.mark.parametrize("what", ["crash", "termination"])
def test_the_main_of_the_scenario_can_neither_crash_nor_be_terminated(what: str) -> None:
    """It plays the operator, and nobody kills that."""

    async def scenario(world: harness.World) -> None:
        await getattr(world, what)()

    with pytest.raises(ProcessMisused, match="the scenario's main cannot"):
        once(scenario)


def test_a_living_process_cannot_be_started_again() -> None:
    """Two incarnations at once are two processes, and need two names."""

    async def scenario(world: harness.World) -> None:
        world.start(forever).start_again()

    with pytest.raises(ProcessMisused, match="forever#1 cannot start while it runs"):
        once(scenario)


def test_misuse_is_reported_even_when_the_code_under_test_swallows_it() -> None:
    """A scenario that is wrong proves nothing, so it must not end well."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        with pytest.raises(ProcessMisused):
            process.start_again()

    with pytest.raises(ProcessMisused):
        once(scenario)


def test_killing_the_dead_is_allowed_and_does_nothing() -> None:
    """As `kill` of a pid that is gone does nothing to anybody."""

    async def scenario(world: harness.World) -> None:
        process = world.start(nothing)
        await process.wait()
        process.kill()
        assert process.exit_status.kind == "returned"

    holds(scenario)


def test_two_restarts_at_once_leave_one_incarnation() -> None:
    """Whichever is first starts it; the other finds it running. Nobody runs without an owner."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(process.restart)
            nursery.start_soon(process.restart)
        assert process.alive
        assert sum(not p.ended for p in world._run.processes[1:]) == 1

    assert holds_always(scenario, fairness="trio") > 1
