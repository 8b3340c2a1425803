"""The cheap hash of a run's class against the referee's, and what Good and Turing make of it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import pytest
import trio
from hypothesis import given, settings, strategies as st

import harness
from harness.explore.estimate import ClassCounter
from harness.explore.estimate.classes import class_hash, good_turing_interval
from harness.explore.scenario import as_scenario
from harness.explore.strategies import DepthFirst, RandomWalk
from harness.explore.subject import Subject
from harness.kernel import Engine, Model, current_run
from tests.quality import programs
from tests.quality.classes import class_of

#: What a step of a made-up program does, to one of two things.
DEEDS = ("read", "write", "touch", "read and write", "read and touch", "write and read")
STEP = st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from("xy")), max_size=2)
PROGRAM = st.lists(st.lists(STEP, min_size=1, max_size=3), min_size=1, max_size=3).filter(
    lambda tasks: sum(map(len, tasks)) <= 5
)


def made_up(tasks: list[list[list[tuple[str, str]]]]) -> Callable[[], Awaitable[None]]:
    """A program whose tasks do what is listed, step by step."""

    async def body() -> None:
        run = current_run()

        async def task(steps: list[list[tuple[str, str]]]) -> None:
            for step in steps:
                await trio.lowlevel.checkpoint()
                for deed, thing in step:
                    for verb in deed.split(" and "):
                        getattr(run, verb)(thing)

        async with trio.open_nursery() as nursery:
            for number, steps in enumerate(tasks):
                nursery.start_soon(task, steps, name=f"t{number}")

    return body


def engines(body: programs.Body) -> list[tuple[object, int]]:
    """Class and hash of every interleaving."""
    subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=Model())
    strategy = DepthFirst()
    found: list[tuple[object, int]] = []
    with subject.kernel(0) as kernel:
        while strategy.more():
            engine = kernel.run(subject.body, strategy)
            found.append((class_of(engine), class_hash(engine)))
            strategy.finished(engine)
    return found


def assert_told_apart(found: list[tuple[object, int]]) -> None:
    """As many pairs as classes and as hashes: each class has one hash, and no two share one."""
    assert len(set(found)) == len({one for one, _ in found}) == len({one for _, one in found})


@settings(max_examples=60, deadline=None)
@given(PROGRAM)
def test_equal_hashes_are_equal_classes(tasks: list[list[list[tuple[str, str]]]]) -> None:
    """Over every interleaving of programs of reads, writes and part writes, several in a step too."""
    assert_told_apart(engines(made_up(tasks)))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(programs.lost(2, 2), id="lost(2,2)"),
        pytest.param(programs.lost(3, 1), id="lost(3,1)"),
        pytest.param(programs.readers(3), id="readers(3)"),
        pytest.param(programs.last_zero(2), id="lastzero(2)"),
        pytest.param(programs.cas_rotation(3), id="casrot(3)"),
        pytest.param(programs.philosophers(3), id="philosophers(3)"),
        pytest.param(programs.write_to_read_causality(), id="WRC"),
        pytest.param(programs.reorder(2, 1), id="reorder(2,1)"),
    ],
)
def test_benchmark_programs_have_a_hash_for_each_class(body: programs.Body) -> None:
    """Every interleaving of programs whose control flow depends on what they read."""
    assert_told_apart(engines(body))


def test_a_scenario_with_processes_has_classes_too() -> None:
    """Random runs over a database that crashes: the hash parts what the referee parts."""

    async def restart(world: harness.World) -> None:
        db = world.database("accounts", {"a": 1})

        async def pay() -> None:
            await db.put("a", await db.get("a") + 1)

        service = world.start(pay)
        world.start(pay, name="other")
        await service.restart()

    made = as_scenario(restart)
    subject = Subject(scenario=made, fixes=(), params={}, model=Model(fairness="trio"))
    walk = RandomWalk(0)
    found: list[tuple[object, int]] = []
    with subject.kernel(0) as kernel:
        for _ in range(300):
            engine = kernel.run(subject.body, walk)
            found.append((class_of(engine), class_hash(engine)))
    assert len(set(found)) > 10
    assert_told_apart(found)


# ---- from classes to a probability -----------------------------------------------------------------


class Log:
    """All that a hash looks at: one task that writes a thing of that name."""

    labels = ("", "main")

    def __init__(self, thing: str) -> None:
        self.log = [1, (thing, 1, 0)]
        self.extensions: dict[str, object] = {}


def counted(things: str) -> ClassCounter:
    """A counter that has seen one run for each letter."""
    counter = ClassCounter()
    for thing in things:
        counter.add(Log(thing))  # type: ignore[arg-type]
    return counter


def test_nothing_is_said_before_the_first_run() -> None:
    """No runs, no estimate."""
    assert ClassCounter().unseen() is None


def test_the_estimate_is_the_share_of_runs_whose_class_was_seen_once() -> None:
    """Of six runs, b and d are alone."""
    unseen = counted("aabccd").unseen()
    assert unseen is not None
    assert (unseen.likely, unseen.draws, unseen.classes) == (2 / 6, 6, 4)
    assert unseen.low < unseen.likely < unseen.high


def test_one_class_seen_again_and_again_leaves_little_room() -> None:
    """Nothing was seen just once; the interval shrinks as one through the number of runs."""
    for draws in (10, 100, 1000):
        unseen = counted("a" * draws).unseen()
        assert unseen is not None
        assert (unseen.low, unseen.likely) == (0, 0)
        assert 3 / draws < unseen.high < 4 / draws or draws == 10


def test_runs_that_are_all_new_leave_no_doubt() -> None:
    """Every class was seen once: the next will be new as well, as far as anybody knows."""
    low, high = good_turing_interval(1000, 1000, 0)
    assert 0.99 < low < high == pytest.approx(1)


@given(st.integers(1, 10**7), st.data())
def test_an_interval_holds_its_estimate_and_is_one_of_probabilities(
    draws: int, data: st.DataObject
) -> None:
    """Whatever was counted."""
    once = data.draw(st.integers(0, draws))
    twice = data.draw(st.integers(0, (draws - once) // 2))
    low, high = good_turing_interval(draws, once, twice)
    assert 0 <= low <= once / draws + 1e-9
    assert once / draws - 1e-9 <= high <= 1


def test_counting_stops_where_memory_would_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimate then speaks of the runs that were counted."""
    monkeypatch.setattr(sys.modules[ClassCounter.__module__], "CLASSES_MAX", 3)
    unseen = counted("abcdefg").unseen()
    assert unseen is not None
    assert (unseen.draws, unseen.classes) == (3, 3)


def test_a_long_search_counts_every_second_schedule() -> None:
    """The first thousand, then half of them."""
    unseen = counted("a" * 1500).unseen()
    assert unseen is not None
    assert unseen.draws == 1250


def test_some_classes_seen_once_leave_room_for_none_unseen() -> None:
    """Two of fifty were alone: the truth may well be 0."""
    assert good_turing_interval(50, 2, 1)[0] == 0
    assert good_turing_interval(50, 30, 5)[0] > 0.3


def test_an_engine_is_what_a_hash_takes() -> None:
    """The stand-in above has what the real one has."""
    assert {"log", "labels"} <= vars(Engine()).keys()
