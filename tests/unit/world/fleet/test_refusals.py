"""What cannot be is refused in one line: declarations, fleets, plans, traces."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

import harness
from harness.errors import (
    BadPlan,
    BadScenario,
    FleetMisused,
    HarnessError,
    PlanImpossible,
    PlanUnexpected,
    ReplayDiverged,
    UnknownInPlan,
)
from harness.plans import Pause, Plan, Restart, Start, Stop
from harness.traces import load_trace, save_trace
from scenarios.paradex_maintenance import flush_during_load
from tests.unit.world.fleet.stage import SPACE, Stage, carried
from tests.unit.world.stage import once

ROOT = Path(__file__).parents[4]


# ---- what a scenario declares -----------------------------------------------------------------------


async def anything(world: harness.World) -> None:
    """A body that is never run."""


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"plans": ["a"]}, BadScenario, "bad plans ['a'] for a scenario"),
        ({"plan": Plan()}, PlanUnexpected, "anything carries no plan out: say with `plans="),
        ({"plans": SPACE, "plan": "monday.toml"}, BadPlan, "no plan in the plan: expected a table"),
        ({"plans": SPACE, "plan": Plan((Stop("c"),))}, UnknownInPlan, "it has a, b"),
        ({"plans": SPACE, "plan": Plan((Start("a"),))}, PlanImpossible, "a is up then"),
        ({"plans": SPACE, "params": {"plan": 1}}, BadScenario, "bad parameter 'plan'"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    options: dict[str, Any], error: type[HarnessError], told: str
) -> None:
    """When the file is imported, in one line."""
    with pytest.raises(error) as refused:
        harness.scenario(**options)(anything)

    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plan_for_a_scenario_that_carries_none_out_is_refused() -> None:
    """It would be ignored otherwise, and the verdict be about something else."""
    plain = harness.scenario()(anything)

    with pytest.raises(PlanUnexpected, match="anything carries no plan out: leave the plan out"):
        harness.explore(plain, params={"plan": Plan()})


def test_a_scenario_without_plans_has_no_fleet() -> None:
    """And says what to declare."""

    async def body(world: harness.World) -> None:
        world.fleet()

    with pytest.raises(PlanUnexpected, match=r"declare `plans=harness\.plans\.Space"):
        once(harness.scenario()(body))


@pytest.mark.parametrize(
    "given", [Plan((Pause(3),)), Plan((Pause(3),)).tree(), {"moves": [{"do": "pause", "for_s": 3}]}]
)
def test_a_plan_is_given_as_a_parameter(given: object) -> None:
    """As a value or as what a file holds; the default plan gives way to it."""

    async def after(stage: Stage) -> None:
        assert stage.world.plan == Plan((Pause(3),))
        assert stage.world.now == 3

    result = once(carried(Restart("a"), after=after), params={"plan": given})
    assert result.verdict != "violated"


# ---- what a fleet is told ---------------------------------------------------------------------------


def misuses(use: Callable[[Stage], object]) -> str:
    """What is said to this use of a fleet, even if the scenario swallows the exception."""

    async def body(world: harness.World) -> None:
        try:
            use(Stage(world))
        except FleetMisused:
            await trio.sleep(1)

    with pytest.raises(FleetMisused) as refused:
        once(harness.scenario(plans=SPACE)(body))
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def main() -> None:
    """A service or a job that is never asked for anything."""


def twice(stage: Stage) -> None:
    """The same service again."""
    stage.fleet.service("a", main)
    stage.fleet.service("a", main)


@pytest.mark.parametrize(
    ("use", "told"),
    [
        (lambda s: s.fleet.service("c", main), "no service 'c'; its `plans=` has a, b: add it"),
        (lambda s: s.fleet.node("a", s.markets), "no node 'a'; its `plans=` has markets"),
        (lambda s: s.fleet.job("markets", main), "no job 'markets'; its `plans=` has warm up"),
        (twice, "the service 'a' is in the fleet already"),
        (lambda s: s.fleet.service("a", main, instances=0), "a has 0 instances; say 1 or more"),
        (lambda s: s.fleet.service("a", main, instances=True), "a has True instances"),
        (lambda s: s.fleet.node("markets", "markets"), "the node markets is no database"),
        (lambda s: s.fleet.job("warm up", None), "the job warm up is no function"),
    ],
    ids=["service", "node", "job", "twice", "none", "truth", "no database", "no function"],
)
def test_a_fleet_that_cannot_be_is_refused(use: Callable[[Stage], object], told: str) -> None:
    """Where it is declared, not in the middle of a plan."""
    assert told in misuses(use)


def test_a_fleet_is_complete_before_a_plan_is_carried_out() -> None:
    """Even if the plan of this run does not need what is missing: the next one may."""

    async def body(world: harness.World) -> None:
        await world.fleet().carry_out()

    with pytest.raises(FleetMisused, match=r"the fleet has no a; declare it with `fleet\.service`"):
        once(harness.scenario(plans=SPACE)(body))


@pytest.mark.parametrize(
    ("plan", "error", "told"),
    [
        (Plan((Stop("c"),)), UnknownInPlan, "move 1 of the plan, stop c"),
        (Plan((Restart("a"), Start("a"))), PlanImpossible, "move 2, start a: a is up then"),
        ("monday.toml", BadPlan, "no plan in the plan: expected a table"),
        (Plan((Stop("a"), Stop("a"))), PlanImpossible, "move 2, stop a: a is down by then"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(
    plan: Any, error: type[HarnessError], told: str
) -> None:
    """Before its first move is made, and however the scenario takes it."""

    async def after(stage: Stage) -> None:
        try:
            await stage.fleet.carry_out(plan)
        except HarnessError:
            stage.add("swallowed")

    with pytest.raises(error) as refused:
        once(carried(after=after))
    assert told in str(refused.value)


def test_one_plan_at_a_time() -> None:
    """Two would move the same services at the same time; overlap says what may."""

    async def after(stage: Stage) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stage.fleet.carry_out)
            nursery.start_soon(stage.fleet.carry_out)

    with pytest.raises(FleetMisused, match="a plan is being carried out already; make one plan"):
        once(carried(Restart("a"), after=after))


# ---- traces -------------------------------------------------------------------------------------------

#: Nobody's default: it fails, as the old instance saves its rows while the new one loads.
MONDAY = Plan((Restart("funding", how="blue-green", ready="started"),), name="monday")


@pytest.fixture(name="trace")
def recorded(monkeypatch: pytest.MonkeyPatch) -> harness.Trace:
    """A failing run of a plan that was given."""
    monkeypatch.chdir(ROOT)
    result = harness.explore(
        flush_during_load, params={"plan": MONDAY}, stop_at_first=True, shrink=False
    )
    trace: harness.Trace = result.violations[0].trace
    return trace


def test_a_plan_is_part_of_the_trace(trace: harness.Trace, tmp_path: Path) -> None:
    """It is in the file, and a replay carries it out: byte for byte, in any interpreter."""
    file = save_trace(trace, tmp_path / "monday.trace.json")

    assert harness.plans.plan_of(load_trace(file).params["plan"]) == MONDAY
    assert harness.replay(file).digest == trace.digest
    done = subprocess.run(
        [sys.executable, "-m", "harness", "replay", str(file)],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "move 1 begins: restart funding, blue-green" in done.stdout


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        ({"moves": [{"do": "rm -rf"}]}, BadPlan),
        ({"moves": [{"do": "stop", "service": "\x1b[31m"}]}, UnknownInPlan),
        ({"moves": [{"do": "start", "service": "funding"}]}, PlanImpossible),
        ({}, ReplayDiverged),
    ],
)
def test_a_trace_with_another_plan_is_refused(
    trace: harness.Trace, plan: object, error: type[HarnessError]
) -> None:
    """In one line if it is none, as a divergence if it is another."""
    changed = msgspec.structs.replace(trace, params={**trace.params, "plan": plan})

    with pytest.raises(error) as refused:
        harness.replay(changed)
    assert "\x1b" not in str(refused.value)
