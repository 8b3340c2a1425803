"""Shrinking: the schedule that is shown still fails, is never larger, and is as small as it gets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import harness
from harness.explore.follow import Strict
from harness.explore.scenario import as_scenario
from harness.explore.strategies import DepthFirst
from harness.explore.subject import Subject
from harness.kernel import Kernel, Model
from tests.unit.explore.models import lost_update

Body = Callable[[], Any]


def preemptions(trace: harness.Trace) -> int:
    """Choices other than the default."""
    return sum(not choice.default for choice in trace.choices)


def relay(handovers: int) -> Body:
    """Fails only if two tasks take turns `handovers` times: a bug of that depth."""

    async def model() -> None:
        turn = harness.Cell(0)

        async def task(who: int) -> None:
            for _ in range(handovers):
                if turn.get() % 2 == who:
                    turn.set(turn.get() + 1)
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task, 0)
            nursery.start_soon(task, 1)
            nursery.start_soon(noise)
        assert turn.get() < handovers, "the relay was run"

    async def noise() -> None:
        await trio.lowlevel.checkpoint()

    model.__name__ = f"relay_of_{handovers}"
    return model


async def crash_in_the_gap() -> None:
    """Three writers; the failure needs one of them between the two writes of another."""
    cell = harness.Cell((0, 0))

    async def write(value: int) -> None:
        await trio.lowlevel.checkpoint()
        cell.set((value, cell.get()[1]))
        await trio.lowlevel.checkpoint()
        cell.set((cell.get()[0], value))

    async with trio.open_nursery() as nursery:
        for value in (1, 2, 3):
            nursery.start_soon(write, value)
    assert cell.get()[0] == cell.get()[1], "a torn pair"


def fewest_preemptions(body: Body) -> int:
    """The oracle: the least number of non-default choices among all failing runs there are."""
    model = Model()
    subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=model)
    every = DepthFirst()
    fewest = 1_000
    with Kernel(model) as kernel:
        while every.more():
            finding = subject.run(kernel, every, recording=True)
            if finding.failures:
                taken = sum(not choice.default for choice in kernel.engine.choices)
                fewest = min(fewest, taken)
            every.finished(kernel.engine)
    return fewest


def first_failure(body: Body, *, seed: int, shrink: bool) -> harness.Violation:
    """The first failure of a random search."""
    result = harness.explore(
        body, strategy="random", schedules=500, seed=seed, stop_at_first=True, shrink=shrink
    )
    return result.violations[0]


@pytest.mark.parametrize("body", [lost_update, relay(2), crash_in_the_gap])
def test_what_is_shown_has_the_fewest_preemptions_of_all_failing_runs(body: Body) -> None:
    """Whichever failing run a random search happened to find first."""
    fewest = fewest_preemptions(body)
    for seed in range(3):
        whole = first_failure(body, seed=seed, shrink=False)
        small = first_failure(body, seed=seed, shrink=True)
        assert small.fingerprint == whole.fingerprint
        assert small.first_seen == whole.first_seen
        assert small.shrunk_from == preemptions(whole.trace)
        assert fewest == preemptions(small.trace) <= preemptions(whole.trace)
        assert whole.shrunk_from is None


def test_a_lost_update_is_one_preemption() -> None:
    """Exactly one, and nothing else is different from the default."""
    for seed in range(5):
        violation = first_failure(lost_update, seed=seed, shrink=True)
        assert [c.pick for c in violation.trace.choices if not c.default] == ["main/increment~2"]


@pytest.mark.parametrize("body", [lost_update, relay(3), crash_in_the_gap])
def test_what_is_shown_still_fails_in_the_same_way(body: Body) -> None:
    """Strictly replayed: same violation, same digest."""
    for seed in range(3):
        violation = first_failure(body, seed=seed, shrink=True)
        again = harness.replay(violation.trace, scenario=body)
        assert again.digest == violation.trace.digest
        assert again.violation is not None
        assert again.violation.property == violation.property


def test_answers_that_do_not_matter_are_left_at_their_defaults() -> None:
    """Of five questions, only the one that decides is answered otherwise."""

    async def scenario(world: harness.World) -> None:
        answers = [world.choose(f"question {n}", ["no", "yes"]) for n in range(5)]
        assert answers[3] == "no", "the fourth decides"

    result = harness.explore(scenario, strategy="random", stop_at_first=True, schedules=100)
    (violation,) = result.violations
    changed = [(c.what, c.pick) for c in violation.trace.choices if not c.default]
    assert changed == [("question 3", "yes")]


def test_of_two_kinds_of_failure_each_is_shrunk_to_its_own() -> None:
    """Shrinking one must not slip into the other, however much smaller that is."""

    async def scenario(world: harness.World) -> None:
        answers = [world.choose(f"question {n}", ["no", "yes"]) for n in range(3)]
        if answers == ["yes", "yes", "yes"]:
            raise LookupError("all three")
        assert answers[0] == "no", "the first"

    result = harness.explore(scenario, strategy="dfs")
    sizes = {violation.property: preemptions(violation.trace) for violation in result.violations}
    assert sizes == {
        "main raises nothing (AssertionError)": 1,
        "main raises nothing (LookupError)": 3,
    }


def test_a_schedule_that_is_as_small_as_it_gets_is_left_alone() -> None:
    """The failure of the very first, default run."""

    async def scenario(world: harness.World) -> None:
        raise LookupError

    (violation,) = harness.explore(scenario, strategy="dfs").violations
    assert violation.shrunk_from == preemptions(violation.trace) == 0


def test_a_shrunk_schedule_is_a_schedule() -> None:
    """Its choices are those of a real run: strict play-back accepts each of them."""
    violation = first_failure(crash_in_the_gap, seed=1, shrink=True)
    model = Model()
    scenario = as_scenario(crash_in_the_gap)
    subject = Subject(scenario=scenario, fixes=(), params={}, model=model)
    with Kernel(model) as kernel:
        strict = Strict(violation.trace.choices)
        assert subject.run(kernel, strict).failures
        strict.check_end()
