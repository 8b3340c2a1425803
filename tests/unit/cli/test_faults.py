"""Faults on the command line: asked for, refused, printed, and asked for again."""

from __future__ import annotations

import attrs
import pytest

from harness.world.faults import FaultUse
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED, USED, VIOLATED

BOUNDS = {"steps_max": 20_000, "faults": {"kill": 1}}
STRUCK = (FaultUse("kill", 1, 3, {"funding#1": 2, "risk#1": 1}),)
NEVER = (FaultUse("kill", 1, 0, {}),)


def test_none_is_asked_for_unless_somebody_does(command_line: CommandLine) -> None:
    """Then it is as the scenario says."""
    command_line("run", "restart.py")
    assert command_line.search["faults"] is None


def test_all_can_be_switched_off(command_line: CommandLine) -> None:
    """Whatever the scenario says."""
    command_line("run", "restart.py", "--fault", "none")
    assert command_line.search["faults"] == {}


@pytest.mark.parametrize("written", ["kil=1", "kill", "kill=-1"])
def test_what_cannot_be_is_refused_before_anything_runs(
    command_line: CommandLine, written: str
) -> None:
    """With what would be."""
    outcome = command_line("run", "restart.py", "--fault", written)
    assert outcome.code == 2
    assert "kill" in outcome.err
    assert not command_line.engine.searches


def test_the_verdict_names_the_faults_and_what_they_hit(command_line: CommandLine) -> None:
    """Among its bounds, and below it."""
    command_line.engine.answer = lambda _: attrs.evolve(EXHAUSTED, bounds=BOUNDS, faults=STRUCK)
    outcome = command_line("run", "restart.py")
    assert outcome.code == 0
    assert "faults: at most 1 kill" in outcome.out
    assert "faults: kill struck 3 times (funding#1 2, risk#1 1)" in outcome.out


def test_a_fault_that_never_struck_is_no_pass(command_line: CommandLine) -> None:
    """As with a point that was never reached."""
    hollow = attrs.evolve(EXHAUSTED, verdict="inconclusive", bounds=BOUNDS, faults=NEVER)
    command_line.engine.answer = lambda _: hollow
    outcome = command_line("run", "restart.py")
    assert outcome.code == 6
    assert "kill never struck" in outcome.out


def test_the_command_that_finds_it_again_asks_for_the_same_faults(
    command_line: CommandLine,
) -> None:
    """Where they are not the scenario's own."""
    violated = attrs.evolve(VIOLATED, bounds=BOUNDS, faults=STRUCK, violations=(USED,))
    command_line.engine.answer = lambda _: violated
    outcome = command_line("run", "restart.py", "--fault", "kill=1")
    assert "--fault kill=1" in outcome.out
