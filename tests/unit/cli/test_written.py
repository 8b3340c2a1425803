"""What a run leaves behind, whatever becomes of it."""

from __future__ import annotations

import json

from harness.explore import Result
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import VIOLATED


def test_results_are_written_when_an_interrupt_comes_between_searches(
    command_line: CommandLine,
) -> None:
    """Not every interrupt hits a schedule: one may come while a trace is saved."""

    def answer(fixes: tuple[str, ...]) -> Result:
        if fixes:
            raise KeyboardInterrupt
        return VIOLATED

    command_line.engine.answer = answer
    flags = "--scorecard --json out.json --junitxml junit.xml --sarif harness.sarif"
    outcome = command_line(*f"run restart.py {flags}".split())
    results = json.loads((command_line.folder / "out.json").read_text())

    assert outcome.code == 130
    assert [run["verdict"] for run in results["runs"]] == ["violated"]
    assert (command_line.folder / "junit.xml").exists()
    assert (command_line.folder / "harness.sarif").exists()
