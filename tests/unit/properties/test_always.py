"""`always`: asked exactly when something it read was written."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import trio

from harness.errors import (
    NameTaken,
    PredicateNotBoolean,
    PredicateRaised,
    PredicateReadsNothing,
    PredicateTouchedWorld,
)
from harness.model import Cell
from tests.unit.properties.stage import Shelf, play, play_all

if TYPE_CHECKING:
    from harness.world import World


def test_a_property_that_holds_is_silent() -> None:
    """Nothing to report, and the run goes to its end."""

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("x is small", lambda: x.peek() < 10)
        await x.write(5)

    played = play(scenario)
    assert played.failed == []
    assert played.run.ending == "idle"


def test_the_first_step_that_breaks_it_ends_the_run() -> None:
    """What would have mended it a step later comes too late."""
    after: list[str] = []

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("x is small", lambda: x.peek() < 10)
        await x.write(50)
        await x.write(0)
        after.append("mended")

    played = play(scenario)
    assert played.failed == ["x is small"]
    assert played.properties.failures[0].message == "x is small: does not hold after a step of main"
    assert played.run.ending == "stopped"
    assert after == []


def test_what_is_mended_within_the_step_never_was() -> None:
    """A step is atomic, for a property too."""

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("x is small", lambda: x.peek() < 10)
        await trio.lowlevel.checkpoint()
        x.set(50)
        x.set(0)

    assert play(scenario).failed == []


def test_it_must_hold_when_it_is_declared() -> None:
    """Now is a point in time like any other."""

    async def scenario(world: World) -> None:
        x = Cell(50)
        world.always("x is small", lambda: x.peek() < 10)

    assert play(scenario).failed == ["x is small"]


def test_it_is_asked_only_after_writes_to_what_it_read() -> None:
    """Its footprint is what it read last: `y` matters only while `x` is zero."""
    asked: list[tuple[int, int]] = []

    async def scenario(world: World) -> None:
        x, y, z = Cell(0), Cell(0), Cell(0)

        def predicate() -> bool:
            asked.append((x.peek(), y.peek() if x.peek() == 0 else -1))
            return True

        world.always("watched", predicate)
        await z.write(1)  # never read by it
        await y.write(1)  # read by it
        await x.write(1)  # from now on it does not look at y
        await y.write(2)
        await x.write(0)  # from now on it does

    play(scenario)
    assert asked == [(0, 0), (0, 1), (1, -1), (0, 2)]


def test_one_step_asks_once() -> None:
    """However many of its objects a step wrote."""
    asked: list[int] = []

    async def scenario(world: World) -> None:
        x, y = Cell(0), Cell(0)

        def predicate() -> bool:
            asked.append(x.peek() + y.peek())
            return True

        world.always("watched", predicate)
        await trio.lowlevel.checkpoint()
        x.set(1)
        y.set(1)
        y.set(2)

    play(scenario)
    assert asked == [0, 3]


def test_looking_leaves_no_trace() -> None:
    """What is peeked at while nobody asks is nobody's footprint."""

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("watched", lambda: x.peek() == 0)
        assert world._run.extensions["peeks"] is None

    play(scenario)


def test_several_properties_fail_together() -> None:
    """One step may break more than one; each is reported once."""

    async def scenario(world: World) -> None:
        x, y = Cell(0), Cell(0)
        world.always("x is zero", lambda: x.peek() == 0)
        world.always("sum is zero", lambda: x.peek() + y.peek() == 0)
        world.always("y is zero", lambda: y.peek() == 0)
        await x.write(1)

    assert play(scenario).failed == ["x is zero", "sum is zero"]


def test_a_violation_between_two_steps_is_found_in_some_order() -> None:
    """Two tasks keep x + y == 0, but not in one step each."""

    async def scenario(world: World) -> None:
        x, y = Cell(0), Cell(0)
        world.always("never both", lambda: not (x.peek() and y.peek()))

        async def blink(cell: Cell[int]) -> None:
            await cell.write(1)
            await cell.write(0)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(blink, x)
            nursery.start_soon(blink, y)

    assert {tuple(played.failed) for played in play_all(scenario)} == {(), ("never both",)}


def test_a_store_is_watched_like_a_cell() -> None:
    """By the labels that its peek and its writes have in common."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": 5})
        world.always("BTC is there", lambda: chain.peek("BTC") is not None)
        await chain.put("ETH", None)
        await chain.put("BTC", None)

    assert play(scenario).failed == ["BTC is there"]


@pytest.mark.parametrize(
    ("predicate", "error"),
    [
        (lambda cell: cell.peek() / 0 == 0, PredicateRaised),
        (lambda cell: cell.peek() or sys.exit(0), PredicateRaised),
        (lambda cell: cell.peek(), PredicateNotBoolean),
        (lambda _: True, PredicateReadsNothing),
        (lambda cell: cell.peek() == cell.get(), PredicateTouchedWorld),
        (lambda cell: cell.peek() == 0 and cell.set(1) is None, PredicateTouchedWorld),
    ],
    ids=["raises", "exits", "no boolean", "reads nothing", "reads as a task", "writes"],
)
def test_a_predicate_that_cannot_be_one_is_refused(predicate: Any, error: type[Exception]) -> None:
    """At its declaration, in words that name it, even where the scenario swallows exceptions."""
    caught: list[Exception] = []

    async def scenario(world: World) -> None:
        cell = Cell(0)
        try:
            world.always("odd", lambda: predicate(cell))
        except error as refused:
            caught.append(refused)

    played = play(scenario)
    assert str(caught[0]).startswith("always 'odd' ")
    assert played.run.broken is caught[0]


def test_a_name_is_one_property() -> None:
    """Otherwise two properties would be one in every report."""

    async def scenario(world: World) -> None:
        cell = Cell(0)
        world.always("same", lambda: cell.peek() == 0)
        world.eventually("same", lambda: cell.peek() == 0, within_s=1)

    with pytest.raises(NameTaken, match="property named 'same'"):
        play(scenario)
