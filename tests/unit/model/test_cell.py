"""A cell is one shared variable: every access is where it says it is, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import trio
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import NoRun

#: One access of a cell: its name, and what it takes.
Access = tuple[str, int]

ACCESSES: st.SearchStrategy[Access] = st.one_of(
    st.just(("read", 0)),
    st.tuples(st.sampled_from(["write", "add", "exchange"]), st.integers(0, 2)),
)


#: The last value, and the answers to each task.
Outcome = tuple[int, tuple[tuple[object, ...], ...]]


def outcomes(tasks: list[list[Access]]) -> Iterator[Outcome]:
    """The oracle: every interleaving of the accesses, run one after the other on an integer."""

    def go_on(
        value: int, places: tuple[int, ...], answers: tuple[tuple[object, ...], ...]
    ) -> Iterator[Outcome]:
        done = True
        for who, place in enumerate(places):
            if place == len(tasks[who]):
                continue
            done = False
            after, answer = access(value, tasks[who][place])
            theirs = [*answers]
            theirs[who] = (*answers[who], answer)
            further = [*places]
            further[who] += 1
            yield from go_on(after, tuple(further), tuple(theirs))
        if done:
            yield value, answers

    yield from go_on(0, (0,) * len(tasks), ((),) * len(tasks))


def access(value: int, what: Access) -> tuple[int, object]:
    """What one access makes of the value, and what it answers."""
    verb, given = what
    if verb == "read":
        return value, value
    if verb == "write":
        return given, None
    if verb == "add":
        return value + given, value + given
    return (9, True) if value == given else (value, False)


async def perform(cell: harness.Cell[int], what: Access) -> object:
    """The same on a real cell."""
    verb, given = what
    if verb == "read":
        return await cell.read()
    if verb == "write":
        await cell.write(given)
        return None
    if verb == "add":
        return await cell.add(given)
    return await cell.compare_exchange(given, 9)


@settings(max_examples=15)
@given(st.lists(st.lists(ACCESSES, min_size=1, max_size=2), min_size=1, max_size=3))
def test_a_cell_shows_the_outcomes_of_every_order_of_accesses_and_no_other(
    tasks: list[list[Access]],
) -> None:
    """Each access is one step: no order is missed, and none is torn."""
    seen: list[object] = []

    async def model() -> None:
        cell = harness.Cell(0)
        answers: list[list[object]] = [[] for _ in tasks]

        async def run(who: int) -> None:
            for what in tasks[who]:
                answers[who].append(await perform(cell, what))

        async with trio.open_nursery() as nursery:
            for who in range(len(tasks)):
                nursery.start_soon(run, who)
        seen.append((cell.get(), tuple(map(tuple, answers))))

    result = harness.explore(model, strategy="dfs")
    assert result.verdict == "exhausted"
    assert set(seen) == set(outcomes(tasks))


def test_get_and_set_belong_to_the_step_they_stand_in() -> None:
    """No schedule point lies between them: an increment made of the two cannot be lost."""

    async def model() -> None:
        cell = harness.Cell(0)

        async def increment() -> None:
            await trio.lowlevel.checkpoint()
            cell.set(cell.get() + 1)

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(increment)
        assert cell.get() == 3

    assert harness.explore(model, strategy="dfs").verdict == "exhausted"


def test_a_failed_exchange_is_only_a_read() -> None:
    """It writes nothing, so it conflicts with no other read."""

    async def model() -> None:
        cell = harness.Cell(0, name="shared")
        await cell.compare_exchange(7, 8)
        await cell.compare_exchange(0, 1)
        raise LookupError

    (violation,) = harness.explore(model, strategy="dfs").violations
    accesses = [(step.reads, step.writes) for step in violation.trace.steps]
    assert accesses == [
        ((), ()),
        (("main:shared",), ()),
        ((), (("main:shared", "1"),)),
    ]


def test_a_peek_is_no_step_and_leaves_no_trace() -> None:
    """It is for properties, which look without being seen."""

    async def model() -> None:
        cell = harness.Cell(5)
        assert cell.peek() == 5
        raise LookupError

    (violation,) = harness.explore(model, strategy="dfs").violations
    assert all(not step.reads and not step.writes for step in violation.trace.steps)


def test_a_property_is_asked_again_when_the_cell_it_looks_at_is_written() -> None:
    """A cell is part of the world."""

    async def model(world: harness.World) -> None:
        cell = harness.Cell(0)
        world.always("small", lambda: cell.peek() < 2)
        for _ in range(3):
            await cell.add(1)

    (violation,) = harness.explore(model, strategy="dfs").violations
    assert violation.property == "small"


def test_cells_have_labels_that_are_the_same_in_every_interleaving() -> None:
    """Named after who made them, and after which one it was."""

    async def model() -> None:
        assert repr(harness.Cell(0)) == "<Cell main:cell = 0>"
        assert repr(harness.Cell(1)) == "<Cell main:cell~2 = 1>"
        assert repr(harness.Cell(2, name="BTC")) == "<Cell main:BTC = 2>"

    assert harness.explore(model, strategy="dfs").verdict == "exhausted"


@pytest.mark.parametrize("make", [lambda: harness.Cell(0), harness.Mutex])
def test_there_are_none_outside_a_run(make: type) -> None:
    """And the error says what to do."""
    with pytest.raises(NoRun, match=r"harness\.explore"):
        make()
