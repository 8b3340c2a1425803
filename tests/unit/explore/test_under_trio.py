"""A failure found by a free scheduler says whether Trio's own batches can show it, too."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs
import pytest
import trio

import harness
from harness.explore.linearise import Linearisations, Order, RandomLinearisations
from harness.explore.scenario import as_scenario
from harness.explore.strategies import Dpor
from harness.explore.subject import Subject
from harness.kernel import Defaults, Model, ObservedEngine
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


# ---- a search that reduces -------------------------------------------------------------------------


def test_a_portfolio_raises_no_alarm_that_only_a_free_scheduler_could() -> None:
    """Its reduction comes upon the pattern, and leaves the proof to depth-first search."""
    result = harness.explore(out_of_step, fairness="trio")
    assert (result.verdict, result.complete, result.classes) == ("exhausted", True, None)
    assert result.assumptions[1].startswith(
        "fairness: trio (without it, this may fail: main raises"
    )
    without = harness.explore(out_of_step, strategy="dfs", fairness="trio")
    assert result.schedules - result.sampled == without.schedules


def test_what_a_portfolio_finds_in_a_reduction_is_shown_under_batches() -> None:
    """The trace is of a run that keeps them, and replays as such."""
    result = harness.explore(lost_update, fairness="trio")
    (violation,) = result.violations
    assert result.classes is not None
    assert (violation.under_trio, violation.trace.fairness) == (None, "trio")
    assert harness.replay(violation.trace, scenario=lost_update).violation is not None


async def needs_another_order() -> None:
    """Fails for one order of three accesses; a tally of the steps keeps both tasks in step besides."""
    cell = harness.Cell(0)

    async def ahead() -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        await cell.write(1)

    async def behind() -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        assert await cell.read() == 0, "too late"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ahead)
        nursery.start_soon(behind)


def failing_order(subject: Subject) -> Order:
    """What comes before what in the first class that fails, as a reduction finds it."""
    strategy = Dpor()
    with subject.kernel(0, observed=True) as kernel:
        strategy.attach(partial(kernel.run, subject.body, auditing=False))
        while strategy.more():
            engine = kernel.run(subject.body, strategy)
            assert isinstance(engine, ObservedEngine)
            if subject.judge(engine).failures:
                return Order.of(engine)
            strategy.finished(kernel.engine)
    raise AssertionError("it never fails")


@pytest.mark.parametrize("make", [Linearisations, partial(RandomLinearisations, seed=0)])
def test_an_order_that_batches_allow_is_found_in_the_class(
    make: Callable[[Order], Linearisations],
) -> None:
    """The reduction lets one task run through, and only then the other; batches interleave them."""
    made = as_scenario(needs_another_order)
    model = Model(assume_independent=True)
    subject = Subject(scenario=made, fixes=(), params={}, model=model)
    chooser = make(failing_order(subject))
    with attrs.evolve(subject, model=attrs.evolve(model, fairness="trio")).kernel(0) as kernel:
        assert subject.run(kernel, chooser).failures


def test_orders_of_a_class_are_made_each_once() -> None:
    """Under a free scheduler all of them: here, of two tasks that share nothing."""

    async def body() -> None:
        async def task() -> None:
            cell = harness.Cell(0)
            for value in (1, 2):
                await cell.write(value)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task)
            nursery.start_soon(task)

    model = Model(assume_independent=True)
    subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=model)
    with subject.kernel(0, observed=True) as kernel:
        engine = kernel.run(subject.body, Defaults())
        assert isinstance(engine, ObservedEngine)
        chooser, made = Linearisations(Order.of(engine)), []
        while True:
            made.append(kernel.run(subject.body, chooser).digest())
            if not chooser.more():
                break
    assert len(made) == len(set(made)) == 20
