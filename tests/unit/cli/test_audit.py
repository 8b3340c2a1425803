"""What the command line says of an audit."""

from __future__ import annotations

import json

import attrs

from harness.explore import Audited
from tests.unit.cli.conftest import CommandLine
from tests.unit.cli.fake_engine import EXHAUSTED
from tests.unit.cli.test_judgement import audited

CLEAN = Audited(swaps=1, pairs=1, schedules=1, runs=2, wall_s=0.1)


def test_it_is_asked_for_by_a_flag(command_line: CommandLine) -> None:
    """With a number, if the usual one is not right; a number alone asks for nothing."""
    for flags in ("", "--audit", "--audit --swaps 7", "--swaps 7"):
        command_line("run", "restart.py", *flags.split())

    assert [s["audit"] for s in command_line.engine.searches] == [False, True, 7, False]


def test_an_audit_that_finds_nothing_is_one_line(command_line: CommandLine) -> None:
    """And changes nothing."""
    command_line.engine.answer = lambda _fixes: attrs.evolve(EXHAUSTED, audit=CLEAN)
    outcome = command_line("run", "restart.py", "--audit")

    assert outcome.code == 0
    assert (
        "  audit: 1 swap of neighbouring steps in 1 schedule, each came to the same\n"
        in outcome.out
    )


def test_a_mismatch_is_shown_with_the_command_that_finds_it_again(
    command_line: CommandLine,
) -> None:
    """Whose fault it is decides the exit code."""
    command_line.engine.answer = lambda _fixes: audited(False)
    outcome = command_line("run", "restart.py", "--audit", "--swaps", "9")

    assert outcome.code == 1
    assert "MEMORY THAT NOBODY TRACKS: two steps of schedule 1 do not commute" in outcome.out
    assert "what to do   mend it\n" in outcome.out
    assert (
        "find it again  harness run restart.py::scale_up --strategy random --seed 0 "
        "--schedules 20 --audit --swaps 9\n"
    ) in outcome.out
    assert "surprise" not in outcome.out

    command_line.engine.answer = lambda _fixes: audited(True)
    outcome = command_line("run", "restart.py", "--audit")

    assert outcome.code == 3
    assert "THE HARNESS MISSES SOMETHING" in outcome.out


def test_programs_can_read_it(command_line: CommandLine) -> None:
    """All of it."""
    command_line.engine.answer = lambda _fixes: audited(True)
    command_line("run", "restart.py", "--audit", "--json", "out.json")
    (run,) = json.loads((command_line.folder / "out.json").read_text())["runs"]

    assert run["audit"]["swaps"] == 9
    assert run["audit"]["mismatches"][0]["is_ours"] is True
    assert run["audit"]["mismatches"][0]["first"]["task"] == "main"
