"""What a search makes of tracked memory: fewer runs, and the same outcomes."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trio

import harness
from harness.errors import IsolationBroken, PredicateTouchedWorld, ProcessMisused
from harness.explore.saved import save_search

Body = Callable[[], Awaitable[None]]


def of_tasks(count: int, access: Callable[[Any, int], None], make: Callable[[], Any]) -> Body:
    """Each takes two steps after its first, in each of which it touches the memory once."""

    async def main() -> None:
        memory = make()

        async def task(number: int) -> None:
            for _ in range(2):
                await trio.lowlevel.checkpoint()
                access(memory, number)

        async with trio.open_nursery() as nursery:
            for number in range(count):
                nursery.start_soon(task, number)

    return main


def put(memory: dict[int, int], key: int) -> None:
    """A write of a key of one's own."""
    memory[key] = memory.get(key, 0) + 1


def put_and_count(memory: dict[int, int], key: int) -> None:
    """A write of a key of one's own, and a look at how many there are."""
    put(memory, key)
    len(memory)


def look(memory: dict[int, int], key: int) -> None:
    """Nobody writes."""
    list(memory.items())
    memory.get(key)


def add_up(memory: dict[int, int], _: int) -> None:
    """A read and a write of the same key."""
    put(memory, 0)


@pytest.mark.parametrize(
    ("access", "of_two", "of_three"),
    [
        (put, 1, 1),
        (add_up, 6, 90),  # 4! / 2!^2 and 6! / 2!^3: every order of the steps that touch it
        (put_and_count, 4, 36),  # 2! 2! and 3! 3!: only the first write of each changes the number
        (look, 1, 1),
    ],
)
def test_tracked_memory_takes_fewer_runs(
    access: Callable[[Any, int], None], of_two: int, of_three: int
) -> None:
    """Untracked, every order of all steps is a class of its own: 6! / 3!^2 for two tasks."""
    untracked = harness.explore(of_tasks(2, access, dict), strategy="dpor")
    assert (untracked.verdict, untracked.schedules) == ("exhausted", 20)

    for count, classes in ((2, of_two), (3, of_three)):
        body = of_tasks(count, access, lambda: harness.tracked({}))
        tracked = harness.explore(body, strategy="dpor", assume_independent=True)

        assert (tracked.verdict, tracked.classes) == ("exhausted", classes)
        assert tracked.blocked == tracked.redundant == 0


def in_process(memory: Any, make: Callable[[], Any]) -> harness.Scenario:
    """One process with two tasks that write different keys."""

    @harness.scenario(fairness="none", time_model=harness.bounded())
    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            state = make()

            async def keep(key: str) -> None:
                for value in range(2):
                    await trio.lowlevel.checkpoint()
                    state[key] = value

            async with trio.open_nursery() as nursery:
                nursery.start_soon(keep, "a")
                nursery.start_soon(keep, "b")

        await world.start(service, memory=memory).wait()

    return scenario


def test_a_process_whose_memory_is_tracked_is_named_on_the_certificate() -> None:
    """And it takes fewer runs."""
    untracked = harness.explore(in_process(None, dict), strategy="dpor")
    tracked = harness.explore(in_process("tracked", lambda: harness.tracked({})), strategy="dpor")

    assert untracked.verdict == tracked.verdict == "exhausted"
    assert untracked.classes is not None
    assert (tracked.classes, untracked.classes) == (1, 20)
    assert tracked.assumptions[-1] == (
        "memory: tasks of service share nothing but what is tracked; "
        "elsewhere, what is not tracked is shared by the tasks of a process"
    )
    assert "service" not in untracked.assumptions[-1]


def test_memory_is_tracked_or_nothing_is_said_of_it() -> None:
    """A slip is no assumption."""
    with pytest.raises(ProcessMisused, match="memory='traked': say 'tracked'"):
        harness.explore(in_process("traked", dict))


def test_it_belongs_to_the_process_that_made_it() -> None:
    """As all memory does."""

    @harness.scenario
    async def scenario(world: harness.World) -> None:
        state = harness.tracked({})

        async def service() -> None:
            await trio.lowlevel.checkpoint()
            state["a"] = 1

        world.start(service)

    with pytest.raises(IsolationBroken, match=r"used main:dict, which is tracked memory, of proc"):
        harness.explore(scenario)


@harness.tracked
class Pair:
    """Equal but for a moment, by every order."""

    def __init__(self) -> None:
        self.left = self.right = 0


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_a_property_that_looks_at_it_has_it_in_its_footprint(strategy: str) -> None:
    """Two steps that write what one property looks at do not commute, though they share nothing."""
    verdicts = []
    for value in (0, 1):

        async def main(world: harness.World, value: int = value) -> None:
            pair = Pair()
            world.always("never right alone", lambda: pair.left >= pair.right)

            async def left() -> None:
                await trio.lowlevel.checkpoint()
                pair.left = value

            async def right() -> None:
                await trio.lowlevel.checkpoint()
                pair.right = value

            async with trio.open_nursery() as nursery:
                nursery.start_soon(left)
                nursery.start_soon(right)

        result = harness.explore(main, strategy=strategy, assume_independent=True)
        verdicts.append(result.verdict)

    assert verdicts == ["exhausted", "violated"]


def test_a_property_may_copy_and_compare_but_not_write() -> None:
    """As with the rest of the world."""

    async def main(world: harness.World) -> None:
        state: dict[str, Any] = harness.tracked({"a": [1]})
        world.always("copies", lambda: state.copy()["a"] == [1] and sorted(state) == ["a"])
        await trio.lowlevel.checkpoint()
        state["b"] = 1

    assert harness.explore(main, strategy="dpor").violations[0].property == "copies"

    async def writes(world: harness.World) -> None:
        state = harness.tracked({"a": 1})
        world.always("writes", lambda: state.pop("a", 1) == 1)

    with pytest.raises(PredicateTouchedWorld):
        harness.explore(writes)


def test_an_order_that_only_the_end_looks_at_counts() -> None:
    """Two tasks append; what comes of it is looked at when nothing is explored any more."""

    async def main(world: harness.World) -> None:
        state: list[int] = harness.tracked([])
        world.eventually("in order", lambda: state in ([], [0, 1]), within_s=0)

        async def task(number: int) -> None:
            await trio.lowlevel.checkpoint()
            state.append(number)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task, 0)
            nursery.start_soon(task, 1)

    for strategy in ("dfs", "dpor"):
        result = harness.explore(main, strategy=strategy, assume_independent=True)
        assert result.verdict == "violated"


@pytest.mark.parametrize(
    ("taking", "make"),
    [
        (lambda memory: memory.pop(), lambda: [0]),
        (lambda memory: memory.__delitem__(1), lambda: [0]),
        (lambda memory: memory.__setitem__(slice(0, 3, 2), [1, 1]), lambda: [0, 0]),
        (lambda memory: memory.popleft(), deque),
        (lambda memory: memory.insert(0, 1), lambda: deque([0], maxlen=2)),
    ],
    ids=["pop", "del", "a slice", "popleft", "insert"],
)
def test_what_comes_of_taking_something_out_depends_on_what_was_put_in(
    taking: Callable[[Any], object], make: Callable[[], Any]
) -> None:
    """Though the other only appends, and nobody looks at the list before or after."""

    async def main() -> None:
        memory = harness.tracked(make())

        async def take() -> None:
            await trio.lowlevel.checkpoint()
            with suppress(IndexError, ValueError):
                taking(memory)

        async def put() -> None:
            await trio.lowlevel.checkpoint()
            memory.append(5)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take)
            nursery.start_soon(put)

    result = harness.explore(main, strategy="dpor", assume_independent=True)

    assert (result.verdict, result.classes) == ("exhausted", 2)


def test_code_in_threads_is_seen() -> None:
    """`to_thread` is a step's doing."""

    async def main() -> None:
        state = harness.tracked({"a": 0})

        def work() -> None:
            state["a"] += 1

        async def task() -> None:
            await trio.to_thread.run_sync(work)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task)
            nursery.start_soon(task)
        assert state["a"] == 2

    result = harness.explore(main, strategy="dpor", assume_independent=True)

    assert result.verdict == "exhausted"
    assert (result.classes or 0) > 1


def test_a_violation_replays() -> None:
    """Strictly: labels and values are the same in a run that is recorded, and in one that is not."""

    async def main() -> None:
        state: Any = harness.tracked({"seen": set(), "log": []}, name="state")

        async def task(number: int) -> None:
            await trio.lowlevel.checkpoint()
            state["log"].append([number])
            state["seen"].add(number)
            assert state["log"][0] == [0], state

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task, 0)
            nursery.start_soon(task, 1)

    result = harness.explore(main, strategy="dpor", assume_independent=True)
    again = harness.replay(result.violations[0].trace, scenario=main)

    assert again.digest == result.violations[0].trace.digest


def test_an_audit_gives_the_lie_to_an_owner_whose_word_is_not_true() -> None:
    """What comes into something tracked is in the log with all that is in it."""

    @harness.scenario
    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            state: dict[int, list[int]] = harness.tracked({})
            plain: list[int] = []

            async def task(number: int) -> None:
                plain.append(number)
                state[number] = list(plain)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(task, 0)
                nursery.start_soon(task, 1)

        world.start(service, memory="tracked")

    result = harness.explore(scenario, strategy="dpor", audit=True)

    assert result.audit is not None
    (found,) = result.audit.mismatches
    assert not found.is_ours
    assert "plain" in found.shared[0]
    assert result.verdict == "inconclusive"


def test_a_search_that_goes_on_remembers_what_was_looked_at(tmp_path: Path) -> None:
    """So that it comes to the same classes."""
    body = of_tasks(2, add_up, lambda: harness.tracked({}))
    options: dict[str, Any] = {"strategy": "dpor", "assume_independent": True}
    whole = harness.explore(body, **options)
    stopped = harness.explore(body, schedules=3, **options)
    assert stopped.search is not None
    file = save_search(stopped.search, tmp_path)
    resumed = harness.explore(body, resume=file, **options)

    assert (resumed.verdict, resumed.classes) == (whole.verdict, whole.classes)
