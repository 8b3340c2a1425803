"""`eventually`: judged once faults have stopped, with everything scheduled fairly."""

from __future__ import annotations

from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest
import trio

from harness.errors import BadDeadline
from harness.model import Cell
from tests.unit.properties.stage import Killer, Played, play, play_all

if TYPE_CHECKING:
    from harness.world import World


def _ready_after(delay_s: float, *, within_s: float, **model: Any) -> Played:
    """A service gets ready `delay_s` seconds after the explored part, which lasts 10 seconds."""

    async def scenario(world: World) -> None:
        ready = Cell(False)

        async def service() -> None:
            await trio.sleep(10 + delay_s)
            await ready.write(True)

        world.start(service)
        world.eventually("service is ready", ready.peek, within_s=within_s)

    return play(scenario, horizon_s=10, **model)


@pytest.mark.parametrize("delay_s", [-5, 0, 3, 5])
def test_what_comes_true_in_time_is_no_violation(delay_s: float) -> None:
    """During the explored part, or within the time it has after it."""
    assert _ready_after(delay_s, within_s=5).failed == []


def test_what_comes_true_too_late_is_a_violation() -> None:
    """The message says how long it had."""
    played = _ready_after(5.1, within_s=5)

    assert played.failed == ["service is ready"]
    assert "did not come true within 5 s" in played.properties.failures[0].message


def test_time_stops_when_everything_has_come_true() -> None:
    """Nothing is left to wait for, so services that tick for ever cost no further steps."""

    async def scenario(world: World) -> None:
        ticks = Cell(0)

        async def service() -> None:
            while True:
                await trio.sleep(1)
                await ticks.add(1)

        world.start(service)
        world.eventually("twelve ticks", lambda: ticks.peek() >= 12, within_s=1000)

    played = play(scenario, horizon_s=10)
    assert played.failed == []
    assert played.run.now == 12


def test_to_come_true_once_is_enough() -> None:
    """A mode that was OK for a second has been OK."""

    async def scenario(world: World) -> None:
        ok = Cell(False)

        async def service() -> None:
            await trio.sleep(12)
            await ok.write(True)
            await trio.sleep(1)
            await ok.write(False)

        world.start(service)
        world.eventually("mode was OK", ok.peek, within_s=60)

    assert play(scenario, horizon_s=10).failed == []


def test_each_property_has_its_own_time() -> None:
    """The shorter deadline is missed, the longer one is met by the same event."""

    async def scenario(world: World) -> None:
        ready = Cell(False)

        async def service() -> None:
            await trio.sleep(15)
            await ready.write(True)

        world.start(service)
        world.eventually("in 60", ready.peek, within_s=60)
        world.eventually("in 4", ready.peek, within_s=4)
        world.eventually("in 5", ready.peek, within_s=5)
        world.eventually("at once", ready.peek, within_s=0)

    assert play(scenario, horizon_s=10).failed == ["at once", "in 4"]


def test_what_has_come_true_is_not_asked_again() -> None:
    """Whatever becomes of it while other properties still have time."""
    asked: list[int] = []

    async def scenario(world: World) -> None:
        ticks = Cell(0)

        def predicate() -> bool:
            asked.append(ticks.peek())
            return ticks.peek() >= 2

        async def service() -> None:
            for _ in range(5):
                await trio.sleep(1)
                await ticks.add(1)

        world.start(service)
        world.eventually("two ticks", predicate, within_s=60)
        world.eventually("five ticks", lambda: ticks.peek() == 5, within_s=60)

    assert play(scenario, horizon_s=0).failed == []
    assert asked == [0, 1, 2]


def test_it_is_not_asked_while_the_search_makes_trouble() -> None:
    """Only at the end of the explored part, and from then on."""
    asked: list[int] = []

    async def scenario(world: World) -> None:
        x = Cell(0)

        def predicate() -> bool:
            asked.append(x.peek())
            return x.peek() == 3

        world.eventually("x is 3", predicate, within_s=1)
        for value in (1, 2, 3):
            await x.write(value)

    play(scenario)
    assert asked == [3]


def test_no_fault_strikes_while_it_is_judged() -> None:
    """A fault that may strike at any time would starve everything for ever."""

    async def scenario(world: World) -> None:
        ready = Cell(False)
        run = world._run

        async def service() -> None:
            await trio.sleep(11)
            run.add_action("kill", lambda: run.write("fault", "struck"))
            await trio.sleep(1)
            await ready.write(True)

        world.start(service)
        world.eventually("service is ready", ready.peek, within_s=5)

    played = play(scenario, chooser=Killer(), horizon_s=10)
    assert played.failed == []
    assert ("fault", 1, "'struck'") not in played.run.log


def test_a_run_that_was_stopped_is_not_judged() -> None:
    """It is a violation already; what would have come after it nobody knows."""

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("x is zero", lambda: x.peek() == 0)
        world.eventually("x is 2", lambda: x.peek() == 2, within_s=1)
        await x.write(1)

    assert play(scenario).failed == ["x is zero"]


def test_a_violation_of_safety_while_judging_liveness_counts() -> None:
    """What follows the explored part is a run like any other."""

    async def scenario(world: World) -> None:
        x = Cell(0)
        world.always("x is zero", lambda: x.peek() == 0)
        world.eventually("x is 2", lambda: x.peek() == 2, within_s=5)

        async def service() -> None:
            await trio.sleep(12)
            await x.write(1)

        world.start(service)

    assert play(scenario, horizon_s=10).failed == ["x is zero"]


def test_a_stuck_service_is_found_in_the_orders_in_which_it_gets_stuck() -> None:
    """Whoever asks first waits for an answer that nobody gives."""

    async def scenario(world: World) -> None:
        loaded, served = Cell(False), Cell(False)

        async def load() -> None:
            await loaded.write(True)

        async def serve() -> None:
            if not await loaded.read():
                await trio.sleep_forever()
            await served.write(True)

        world.start(load)
        world.start(serve)
        world.eventually("served", served.peek, within_s=10)

    assert {tuple(p.failed) for p in play_all(scenario)} == {(), ("served",)}


@pytest.mark.parametrize("within_s", [-1, inf, nan, None, "5", True])
def test_a_deadline_is_a_number_of_seconds(within_s: Any) -> None:
    """Anything else is refused where it is written."""

    async def scenario(world: World) -> None:
        world.eventually("soon", Cell(True).peek, within_s=within_s)

    with pytest.raises(BadDeadline, match="'soon'"):
        play(scenario)
