"""A reduction loses nothing: over thousands of small programs, it finds what brute force finds.

What every run of a program comes to (what each task saw, what is left at the end, who raised, whether
all wait for ever) and which properties are violated: the same sets. Where everything shared is a
cell, a mutex or a row, the number of classes as well.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, given, settings, strategies as st

import harness
from harness.kernel import current_run
from tests.quality import careless
from tests.quality.classes import census
from tests.quality.generate import KINDS, SAMPLED, programs, random_program
from tests.quality.operations import Program
from tests.quality.outcomes import outcomes_of, see
from tests.quality.reduction import (
    Judgement,
    each,
    is_wrong_so_far,
    judge,
    minimised,
    needs_reduction,
)

#: Of each kind, in `make test`.
SAMPLE = 7
SOAK_SEED = os.environ.get("SOUNDNESS_SEED", "0")
SOAK_PROGRAMS = int(os.environ.get("SOUNDNESS_PROGRAMS", "200"))


def _shown(kind: str, judgement: Judgement, **options: Any) -> str:
    """The smallest program that goes wrong so; no time is spent on what is known to be wrong."""
    if not is_wrong_so_far(kind):
        judgement = minimised(judgement, **options)
    return f"\n{judgement}"


@needs_reduction
@pytest.mark.parametrize("kind", each(SAMPLED))
def test_a_reduction_loses_no_outcome_and_invents_none(kind: str) -> None:
    """A sample of each kind of program, in none of which something fails by a slip of the generator."""
    options: dict[str, Any] = {"at_most": 600, "counted": KINDS[kind].counted}
    for seed in range(SAMPLE):
        judgement = judge(random_program(seed, kind, at_most=600), **options)

        assert not judgement.wrong, _shown(kind, judgement, **options)
        assert not judgement.slipped


@needs_reduction
@pytest.mark.soak
@pytest.mark.parametrize("kind", each(KINDS))
def test_so_it_does_for_many_more(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """SOUNDNESS_PROGRAMS of each kind, from SOUNDNESS_SEED on."""
    options: dict[str, Any] = {"counted": KINDS[kind].counted}
    judged = full = reduced = 0
    for number in range(SOAK_PROGRAMS):
        program = random_program(f"{SOAK_SEED}/{number}", kind, at_most=20_000)
        judgement = judge(program, **options)
        assert not judgement.wrong, _shown(kind, judgement, **options)
        if judgement.full is not None and judgement.reduced is not None:
            judged += 1
            full += judgement.full.schedules
            reduced += judgement.reduced.schedules
    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {judged} programs, {full} schedules, {reduced} reduced\n")


@needs_reduction
@pytest.mark.soak
@pytest.mark.parametrize("kind", each(KINDS))
@given(data=st.data())
@settings(suppress_health_check=list(HealthCheck))
def test_hypothesis_finds_no_program_that_is_reduced_wrongly(
    kind: str, data: st.DataObject
) -> None:
    """The same, with programs that Hypothesis draws, and makes smaller itself."""
    program: Program = data.draw(programs(kind, at_most=2_000))
    judgement = judge(program, at_most=2_000, counted=KINDS[kind].counted)

    assert not judgement.wrong, f"\n{judgement}"


@needs_reduction
@pytest.mark.parametrize("stall_s", [0, 1])
def test_waking_a_dead_task_depends_on_its_death(stall_s: float) -> None:
    """One process waits for the end of another; a kill of each: whether the first learns of it."""

    async def body(world: harness.World) -> None:
        async def watch() -> None:
            see((await watched.wait()).kind)

        async def work() -> None:
            await watching.restart()

        watching = world.start(watch, name="watching")
        watched = world.start(work, name="watched")
        current_run().add_action("strike", watched.kill)

        async def kill() -> None:
            await trio.lowlevel.checkpoint()
            watching.kill()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(kill)

    options: dict[str, Any] = {"time_model": harness.bounded(stall_s=stall_s), "schedules": 5_000}
    full = outcomes_of(body, **options)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, **options)
    assert full.complete
    assert reduced.seen.keys() == full.seen.keys()


@needs_reduction
def test_whether_a_timer_holds_anybody_up_depends_on_the_end_of_time() -> None:
    """Set after the main task has ended, it forbids nobody to wait; set before, it does."""

    async def body(world: harness.World) -> None:
        async def restart() -> None:
            await terminating.restart()
            see("restarted")

        async def terminate() -> None:
            see((await restarting.terminate(grace_s=1)).kind)

        restarting = world.start(restart, name="restarting")
        terminating = world.start(terminate, name="terminating")

        async def look() -> None:
            see(terminating.alive)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)

    options: dict[str, Any] = {"time_model": harness.bounded(stall_s=1), "schedules": 5_000}
    full = outcomes_of(body, **options)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, **options)
    assert full.complete
    assert reduced.seen.keys() == full.seen.keys()


@needs_reduction
def test_a_task_sleeps_when_all_it_can_choose_has_been_tried() -> None:
    """Else it is stepped once more, in vain, where another should have been; and a class is lost."""

    async def body(world: harness.World) -> None:
        a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")

        async def choose() -> None:
            a.get()
            world.choose("which", [0, 1])

        async def follow() -> None:
            await b.read()
            await trio.lowlevel.checkpoint()
            b.set(1)
            a.set(1)

        async def lead() -> None:
            b.set(2)
            a.set(2)
            await trio.lowlevel.checkpoint()
            b.set(3)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(choose)
            nursery.start_soon(follow)
            nursery.start_soon(lead)

    reduced = outcomes_of(body, strategy="dpor", assume_independent=True)
    assert reduced.classes == len(census(body).classes) == 36
    assert reduced.wasted == 0


@needs_reduction
@pytest.mark.parametrize("nested", [False, True])
def test_behind_a_shield_the_scopes_around_it_count_again(*, nested: bool) -> None:
    """Who leaves one finds out whether they were cancelled; and who cancels them reaches it, or does not."""

    async def body(world: harness.World) -> None:
        cell = harness.Cell(0, name="cell")

        async def idle() -> None:
            see("idle")

        async def leave() -> None:
            with trio.CancelScope(shield=True):
                if nested:
                    async with trio.open_nursery() as inner:
                        inner.start_soon(idle)
                else:
                    await trio.lowlevel.checkpoint()
            see(await cell.compare_exchange(1, 0))

        async def fail() -> None:
            raise ValueError

        async with trio.open_nursery() as nursery:
            for task in (leave, idle, fail):
                nursery.start_soon(task)

    full = outcomes_of(body, schedules=5_000)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, schedules=5_000)
    assert full.complete
    assert reduced.complete
    assert reduced.seen.keys() == full.seen.keys()
    assert reduced.violated == full.violated


@needs_reduction
def test_how_far_a_cancellation_reaches_depends_on_the_shields_within() -> None:
    """One task shields the scope that another is in, while a third fails and cancels all of them."""

    async def body(world: harness.World) -> None:
        cell, within = harness.Cell(0, name="cell"), trio.CancelScope()

        async def shield() -> None:
            with trio.CancelScope(shield=True):
                await cell.write(0)
            within.shield = True

        async def stay() -> None:
            with within:
                async with trio.open_nursery() as inner:
                    inner.start_soon(trio.lowlevel.checkpoint)
            see("done")

        async def fail() -> None:
            raise ValueError

        async with trio.open_nursery() as nursery:
            for task in (shield, stay, fail):
                nursery.start_soon(task)

    full = outcomes_of(body, schedules=5_000)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, schedules=5_000)
    assert full.complete
    assert reduced.complete
    assert reduced.seen.keys() == full.seen.keys()


@needs_reduction
def test_the_death_of_whoever_waits_depends_on_what_it_waits_for() -> None:
    """Three who may kill, and a process that would learn of the end of another if it lived."""

    async def body(world: harness.World) -> None:
        flag = world.flag("never")

        async def watch() -> None:
            see((await watched.wait()).kind)

        watching = world.start(watch, name="watching")
        watched = world.start(flag.wait, name="watched")
        for process in (watching, watched):
            current_run().add_action(f"strike {process.name}", process.kill)

        async def kill() -> None:
            await trio.lowlevel.checkpoint()
            watching.kill()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(kill)

    full = outcomes_of(body)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True)
    assert full.complete
    assert reduced.seen.keys() == full.seen.keys()


@needs_reduction
@pytest.mark.parametrize("how", ["by another task", "by a deadline"])
def test_who_is_cancelled_while_it_waits_might_have_gone_on_before(how: str) -> None:
    """A wait for the end of a process is given up; had the process ended first, it would be over.

    What the process does when it is asked to stop needs no step before the cancellation.
    """

    @harness.scenario(faults={"cancel": 1}, fairness="none")
    async def body(world: harness.World) -> None:
        row = world.database("row", {"x": 0})
        ready = world.flag("ready")

        async def serve() -> None:
            await ready.set()
            await world.termination()
            await row.put("x", await row.get("x") + 1)

        service = world.start(serve, may_fail=True)

        async def ended(scope: trio.CancelScope) -> None:
            await service.wait()
            see("ended")
            scope.cancel()

        async with trio.open_nursery() as nursery:
            if how == "by a deadline":
                nursery.cancel_scope.deadline = 1.0
            nursery.start_soon(ended, nursery.cancel_scope)
            await ready.wait()
            see("ready")
            if how == "by another task":
                nursery.cancel_scope.cancel()
        see(await row.get("x"))

    full = outcomes_of(body)
    reduced = outcomes_of(body, strategy="dpor")
    assert full.complete
    assert reduced.seen.keys() == full.seen.keys()


@needs_reduction
def test_the_clock_fires_whichever_timer_is_next() -> None:
    """Setting timers commutes; what time passes to depends on which of them are there."""

    async def body(world: harness.World) -> None:
        async def serve() -> None:
            await world.crash()

        service = world.start(serve, name="service")

        async def stop() -> None:
            see((await service.terminate(grace_s=1)).kind)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop)
            nursery.start_soon(service.restart)

    options: dict[str, Any] = {"time_model": "asynchronous", "schedules": 5_000}
    full = outcomes_of(body, **options)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, **options)
    assert full.complete
    assert reduced.seen.keys() == full.seen.keys()


def test_brute_force_agrees_with_itself() -> None:
    """The referee calls nothing wrong that is right."""
    for kind in KINDS:
        judgement = judge(random_program("right", kind, at_most=300), strategy="dfs", at_most=300)

        assert not judgement.wrong, f"\n{judgement}"


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        (careless.Lazy, "cells"),
        (careless.Persistent, "cells"),
        (careless.Persistent, "channels"),
        (careless.Decided, "choices"),
        (careless.Trusting, "kills"),
        (careless.Trusting, "times"),
        (careless.Blind, "properties"),
    ],
)
def test_a_search_that_leaves_something_out_is_caught(strategy: Any, kind: str) -> None:
    """Within two dozen programs of the right kind."""
    programs = (random_program(seed, kind, at_most=300) for seed in range(24))

    assert any(judge(p, strategy=strategy, at_most=300).wrong for p in programs)


def test_the_smallest_program_that_shows_it_is_told() -> None:
    """With what was missed in it."""
    wrong: dict[str, Any] = {"strategy": careless.Decided, "at_most": 300}
    caught = judge(random_program(2, "choices", at_most=300), **wrong)
    told = str(minimised(caught, **wrong))

    assert len(told.splitlines()) <= 14
    assert "v = see(world.choose('which', [0, 1]))" in told
    assert "1 outcomes missed of 2" in told
