"""`harness run --plan FILE`: one plan is judged, and what it needs is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from harness.explore import Result
from harness.plans import Plan, Restart, Space, Stop, plan_toml
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED, INCONCLUSIVE, VIOLATED, FakeEngine, made

MONDAY = Plan((Restart("funding", how="blue-green"),), name="monday")


@pytest.fixture
def planned(tmp_path: Path, command_line: CommandLine) -> CommandLine:
    """One scenario that carries plans out, and is expected to be safe with its own."""
    scenario = made(
        tmp_path / "restart.py",
        fixes=("wait", "fence", "gate"),
        expect={(): "safe"},
        params={"plan": {}},
        plans=Space(services=("funding",)),
    )
    write(tmp_path, MONDAY)
    command_line.engine = FakeEngine(scenarios=[scenario])
    return command_line


def write(folder: Path, plan: Plan) -> None:
    """Monday's plan, as an operator has it."""
    (folder / "monday.toml").write_text(plan_toml(plan), "utf-8")


def answer(text: str) -> dict[str, str]:
    """The lines about the plan, by their first words."""
    names = ("plan", "announced", "riskiest overlap", "worst cost", "smallest fixes")
    lines = [line for line in text.splitlines() if line.startswith(names)]
    return {line[:16].strip(): line[16:].strip() for line in lines}


def test_the_plan_is_what_is_searched(planned: CommandLine) -> None:
    """As the parameter that traces hold, with nothing that was said of another plan."""
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert outcome.code == 0
    assert planned.engine.searches[0]["params"] == {"plan": MONDAY.tree()}
    assert "as expected" not in outcome.out
    assert answer(outcome.out)["plan"] == "monday: restart funding, blue-green"
    assert answer(outcome.out)["smallest fixes"] == "none needed (exhausted, 20 schedules)"


def test_a_plan_that_fails_is_told_what_it_needs(planned: CommandLine) -> None:
    """The command exits with 1, whatever would mend it; the command to find it again has the plan."""
    safe: dict[tuple[str, ...], Result] = {
        ("wait", "gate"): EXHAUSTED,
        ("fence", "gate"): INCONCLUSIVE,
    }
    planned.engine.answer = lambda fixes: safe.get(fixes, VIOLATED)
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert outcome.code == 1
    assert answer(outcome.out)["worst cost"] == "0"
    assert answer(outcome.out)["riskiest overlap"] == "no single pair of steps decides"
    assert answer(outcome.out)["smallest fixes"] == (
        "wait+gate (exhausted, 20 schedules); "
        "or fence+gate (no proof: nothing found in 20 schedules)"
    )
    assert "harness run restart.py::scale_up --plan monday.toml --strategy" in outcome.out


@pytest.mark.parametrize(
    ("safe", "said"),
    [
        ((), "wait+fence does not make it safe"),
        (("wait+fence",), "wait+fence makes it safe (exhausted, 20 schedules)"),
        (("", "wait+fence"), "wait+fence is not needed: without it nothing was found either"),
        (
            ("wait", "wait+fence"),
            "wait+fence makes it safe (exhausted, 20 schedules), and 1 would be enough",
        ),
    ],
)
def test_announced_fixes_are_held_to_what_they_do(
    planned: CommandLine, safe: tuple[str, ...], said: str
) -> None:
    """They are switched on in the search of the plan, and compared with none and with fewer."""
    write(planned.folder, Plan(MONDAY.moves, name="monday", fixes=("wait", "fence")))
    planned.engine.answer = lambda fixes: (
        EXHAUSTED if "+".join(sorted(fixes, reverse=True)) in safe else VIOLATED
    )
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert set(planned.engine.searches[0]["fixes"]) == {"wait", "fence"}
    assert answer(outcome.out)["announced"] == said


@pytest.mark.parametrize(
    ("complete", "said"),
    [
        (True, "none: whatever the order, it fails"),
        (False, "no single pair of steps decides"),
    ],
)
def test_that_every_order_fails_is_said_only_where_every_order_was_seen(
    planned: CommandLine, complete: bool, said: str
) -> None:
    """A search that ends at its first violation has seen no order that passes, and proves nothing."""
    always = attrs.evolve(VIOLATED.violations[0], seen=VIOLATED.schedules)
    planned.engine.answer = lambda _fixes: attrs.evolve(
        VIOLATED, violations=(always,), complete=complete
    )
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["riskiest overlap"] == said


def test_an_interrupt_while_fixes_are_tried_is_said(planned: CommandLine) -> None:
    """Nothing is recommended then."""
    planned.engine.answer = lambda fixes: (
        attrs.evolve(EXHAUSTED, interrupted=True) if fixes else VIOLATED
    )
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["smallest fixes"] == "interrupted before all sets were tried"
    assert outcome.code == 130


def test_programs_get_the_answer_too(planned: CommandLine) -> None:
    """Each set that was tried, and the smallest."""
    planned.engine.answer = lambda fixes: EXHAUSTED if fixes == ("gate",) else VIOLATED
    planned("run", "restart.py", "--plan", "monday.toml", "--json", "out.json")
    (run,) = json.loads((planned.folder / "out.json").read_bytes())["runs"]

    assert [found["fixes"] for found in run["advice"]["smallest"]] == [["gate"]]
    assert len(run["advice"]["tried"]) == 4
    assert run["params"]["plan"] == MONDAY.tree()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (Plan((Stop("risk"),)), "no such target"),
        (Plan((Stop("funding"), Stop("funding"))), "funding is down by then"),
        (Plan(MONDAY.moves, fixes=("prayer",)), "prayer"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused_before_anything_runs(
    planned: CommandLine, plan: Plan, said: str
) -> None:
    """In one line, as bad usage."""
    write(planned.folder, plan)
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert outcome.code == 2
    assert said in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert planned.engine.searches == []


def test_a_file_that_is_not_there_is_said(planned: CommandLine) -> None:
    """And so is one that holds no plan."""
    missing = planned("run", "restart.py", "--plan", "tuesday.toml")
    (planned.folder / "broken.toml").write_text("moves = 3", "utf-8")
    broken = planned("run", "restart.py", "--plan", "broken.toml")
    (planned.folder / "empty.toml").write_bytes(b"")
    empty = planned("run", "restart.py", "--plan", "empty.toml")

    assert (missing.code, broken.code, empty.code) == (2, 2, 2)
    assert "it has no moves" in empty.err
    assert "No such file" in missing.err
    assert "expected a list" in broken.err


def test_a_scenario_without_plans_carries_none_out(command_line: CommandLine) -> None:
    """It would say nothing about the plan."""
    write(command_line.folder, MONDAY)
    outcome = command_line("run", "restart.py", "--plan", "monday.toml")

    assert outcome.code == 2
    assert "carries no plan out" in outcome.err


@pytest.mark.parametrize(
    ("open_result", "why"),
    [
        ({"cut": 3}, "3 of 20 schedules were cut at 20000 steps"),
        (
            {"undecided": {"the plan has not ended; wait longer": 2}},
            "in 2 of 20 schedules, the plan has not ended",
        ),
    ],
)
def test_where_runs_were_not_judged_there_is_no_advice(
    planned: CommandLine, open_result: dict[str, Any], why: str
) -> None:
    """That nothing was found in them does not mean that no fix is needed, or that one is enough."""
    unjudged = attrs.evolve(INCONCLUSIVE, **open_result)
    planned.engine.answer = lambda _fixes: unjudged
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["smallest fixes"] == f"no answer: {why}"

    planned.engine.answer = lambda fixes: EXHAUSTED if fixes == ("gate",) else unjudged
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["smallest fixes"] == (
        f"gate (exhausted, 20 schedules); no answer for no fix, wait, fence: {why}"
    )


def test_an_announced_fix_whose_runs_were_not_judged_is_not_said_to_help(
    planned: CommandLine, tmp_path: Path
) -> None:
    """Nor is it said to be needless where nobody knows what would be without it."""
    write(tmp_path, Plan(MONDAY.moves, name="monday", fixes=("gate",)))
    unjudged = attrs.evolve(INCONCLUSIVE, cut=20)
    why = "20 of 20 schedules were cut at 20000 steps"
    planned.engine.answer = lambda fixes: unjudged if fixes else VIOLATED
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["announced"] == f"no answer whether gate makes it safe: {why}"

    planned.engine.answer = lambda fixes: EXHAUSTED if fixes else unjudged
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert answer(outcome.out)["announced"] == (
        f"safe with gate (exhausted, 20 schedules); no answer without it: {why}"
    )


def test_what_a_plan_is_worth_is_said_once_beside_a_scorecard(
    planned: CommandLine, tmp_path: Path
) -> None:
    """It is about the plan with what it announces, and no row of the others changes it."""
    write(tmp_path, Plan(MONDAY.moves, name="monday", fixes=("wait", "gate")))
    planned.engine.answer = lambda fixes: EXHAUSTED if len(fixes) > 1 else VIOLATED
    said = planned("run", "restart.py", "--plan", "monday.toml", "--scorecard").out.splitlines()

    assert sum(text.startswith("plan  ") for text in said) == 1
    assert "announced       wait+gate makes it safe (exhausted, 20 schedules)" in said


def test_a_proof_is_counted_as_its_verdict_counts_it(planned: CommandLine) -> None:
    """Schedules that were drawn at random besides prove nothing."""
    planned.engine.answer = lambda _fixes: attrs.evolve(EXHAUSTED, sampled=11, complete=True)
    outcome = planned("run", "restart.py", "--plan", "monday.toml")

    assert "9 schedules, 11 random ones besides" in outcome.out
    assert answer(outcome.out)["smallest fixes"] == "none needed (exhausted, 9 schedules)"
