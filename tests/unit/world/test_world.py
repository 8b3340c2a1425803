"""What a scenario is told about its run: fixes, parameters, choices, time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio

import harness
from harness.errors import (
    ChoiceUnordered,
    HarnessError,
    NothingToChoose,
    UnknownFix,
    UnknownParameter,
)
from tests.unit.world.stage import every, holds, holds_always, once

# ---- fixes and parameters --------------------------------------------------------------------------


@harness.scenario(fixes=["lock", "fence"], params={"markets": 2})
async def declared(world: harness.World) -> None:
    """Notes what is switched on, by raising it."""
    raise RuntimeError(f"{world.fixes} {world.fix('lock')} {world.param('markets')}")


def test_a_scenario_is_told_its_fixes_and_parameters() -> None:
    """Those of this run: the defaults, and what the caller says."""
    (plain,) = once(declared).violations
    assert "() False 2" in plain.message
    (fixed,) = once(declared, fixes=["lock", "fence"], params={"markets": 5}).violations
    assert "('fence', 'lock') True 5" in fixed.message


@pytest.mark.parametrize(
    ("ask", "error", "listed"),
    [
        (lambda world: world.fix("lcok"), UnknownFix, "fence, lock"),
        (lambda world: world.param("market"), UnknownParameter, "markets"),
    ],
)
def test_an_unknown_name_is_refused_even_if_the_refusal_is_swallowed(
    ask: Callable[[harness.World], object], error: type[HarnessError], listed: str
) -> None:
    """A typing slip must not switch a fix off; the error lists what there is."""

    @harness.scenario(fixes=["lock", "fence"], params={"markets": 2})
    async def asks(world: harness.World) -> None:
        with pytest.raises(error):
            ask(world)

    with pytest.raises(error, match=listed):
        once(asks)


def test_a_plain_function_may_ask_for_any_fix() -> None:
    """It declares none, so all are off."""

    async def scenario(world: harness.World) -> None:
        assert not world.fix("lock")

    holds(scenario)


# ---- choices ---------------------------------------------------------------------------------------


def test_every_option_is_tried_the_first_one_first() -> None:
    """A choice of the world is searched like one of the scheduler."""
    seen: list[str] = []

    async def scenario(world: harness.World) -> None:
        seen.append(world.choose("weather", ["sun", "rain", "snow"]))

    assert holds_always(scenario) == 3
    assert seen[0] == "sun"
    assert set(seen) == {"sun", "rain", "snow"}


def test_options_with_equal_texts_are_told_apart_in_a_replay() -> None:
    """1 and "1" read the same; two objects differ in nothing but their addresses."""

    class Server:
        """No `__repr__` of its own."""

    async def scenario(world: harness.World) -> None:
        number = world.choose("number", [1, "1", 1.0])
        servers = [Server(), Server()]
        server = world.choose("server", servers)
        if (type(number), server) == (str, servers[1]):
            raise LookupError("found")

    (violation,) = every(scenario).violations
    harness.replay(violation.trace, scenario=scenario)
    picked = [choice.pick for choice in violation.trace.choices]
    assert picked[0] == "1~"
    assert picked[1].endswith("~")
    assert "0x" not in picked[1]


@pytest.mark.parametrize(
    ("options", "error"),
    [([], NothingToChoose), ((), NothingToChoose), ({"a", "b"}, ChoiceUnordered)],
)
def test_options_must_be_some_and_in_order(options: Any, error: type[HarnessError]) -> None:
    """The order of a set is another one in every interpreter."""

    async def scenario(world: harness.World) -> None:
        world.choose("server", options)

    with pytest.raises(error, match="server"):
        once(scenario)


def test_one_option_is_no_choice() -> None:
    """It is taken, and nothing is recorded."""

    async def scenario(world: harness.World) -> None:
        assert world.choose("server", ["a"]) == "a"

    assert holds_always(scenario) == 1


# ---- time ------------------------------------------------------------------------------------------


def test_time_is_virtual_and_begins_at_nought() -> None:
    """It passes while everything waits, and takes no time."""

    async def scenario(world: harness.World) -> None:
        assert world.now == world.clock.now == trio.current_time() == 0
        await trio.sleep(86_400)
        assert world.now == world.clock.now == 86_400

    holds(scenario)


def test_the_clock_knows_when_the_search_began() -> None:
    """The healthy start may have taken time."""

    async def scenario(world: harness.World) -> None:
        await trio.sleep(5)
        assert world.clock.explored_s == 5
        await world.settle()
        assert world.clock.explored_s == 0
        await trio.sleep(2)
        assert world.clock.explored_s == 2

    holds(scenario)


def test_a_world_is_gone_with_its_run() -> None:
    """What one run made is not there in the next: names can be taken again."""
    worlds: list[harness.World] = []

    async def service() -> None:
        await trio.sleep_forever()

    async def scenario(world: harness.World) -> None:
        world.start(service)
        world.flag("ready")
        worlds.append(world)

    for _ in range(2):
        holds(scenario)
    assert len(set(map(id, worlds))) == len(worlds) >= 2
