"""`harness fuzz`, from its arguments to its exit code, with the engine behind it."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.plans import Plan, Restart, Run, load_plan
from tests.unit.fuzz import small

#: A few schedules of a few inputs.
QUICK = ("--inputs", "12", "--schedules", "10")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small scenarios in it."""
    shutil.copy(small.__file__, tmp_path / "small_suite.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fuzzed(folder: Path, name: str, *flags: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what is written for programs."""
    code = main(["fuzz", f"small_suite.py{name}", *QUICK, "--json", "out.json", *flags])
    return code, json.loads((folder / "out.json").read_text())


def line(text: str, start: str) -> list[str]:
    """The command in the line that begins so."""
    found = next(line for line in text.splitlines() if line.startswith(start))
    return shlex.split(found.removeprefix(start))[1:]


def test_a_failure_is_told_with_its_plan_and_every_command_shows_it_again(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Replayed, found again, and asked about as a plan that somebody wrote."""
    code, document = fuzzed(folder, "::migration", "-x")
    said = capsys.readouterr().out
    (failure,) = document["fuzzed"][0]["failures"]
    plan = load_plan(failure["plan_file"])

    assert code == 1
    assert plan == Plan((Run("migrate", overlap=True), Restart("api")))
    assert failure["input"]["plan"] == json.loads(json.dumps(plan.tree()))
    assert f"with           {plan}" in said
    assert f"nothing less   proved for {failure['minimality']['proved']}" in said
    assert main(line(said, "replay it ")) == 1
    assert main([*line(said, "what mends it "), "--schedules", "30"]) == 1
    assert main([*line(said, "find it again "), "--json", "again.json"]) == 1
    again = json.loads((folder / "again.json").read_text())["fuzzed"][0]["failures"][0]
    assert again["input"] == failure["input"]
    assert again["violations"][0]["fingerprint"] == failure["violations"][0]["fingerprint"]


def test_a_stored_failure_is_replayed_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It still fails, and with `-x`, too, drawing goes on: it may be what is to be found again."""
    fuzzed(folder, "::halves")
    capsys.readouterr()
    code, document = fuzzed(folder, "::halves", "-x")
    said = capsys.readouterr().out

    assert code == 1
    assert [one["status"] for one in document["regressions"]] == ["still fails"]
    assert document["fuzzed"][0]["drawn"] > 0
    assert "still fails: .harness/halves-" in said
    assert "1 fuzzed, 1 failed; of 1 stored 1 still fail: violation (seed 0)" in said
    assert "--no-regressions" not in said
    assert fuzzed(folder, "::halves", "--no-regressions")[1]["regressions"] == []


def test_a_committed_failure_ends_it_with_x(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it does `harness run`: nothing is drawn. So the command to find another says to leave it out."""
    fuzzed(folder, "::halves")
    (folder / ".harness").rename(folder / "regressions")
    code, document = fuzzed(folder, "::halves", "-x")
    said = capsys.readouterr().out.splitlines()

    assert (code, document["fuzzed"][0]["drawn"]) == (1, 0)
    assert said[-1] == "1 fuzzed, 0 failed; of 1 stored 1 still fail: violation (seed 0)"

    fuzzed(folder, "::halves")
    again = line(capsys.readouterr().out, "find it again ")
    assert "--no-regressions" in again
    assert main(again) == 1


def test_what_has_nothing_to_draw_is_named_and_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No failure; but where it is all that was selected, nothing was."""
    code, document = fuzzed(folder, "", "-k", "settled or careful")
    assert code == 0
    assert document["skipped"] == ["settled"]
    assert [one["scenario"] for one in document["fuzzed"]] == ["careful_migration"]
    assert "nothing to draw (no plans=, workload= or faults= declared): settled" in (
        capsys.readouterr().out
    )

    assert fuzzed(folder, "::settled")[0] == 5


def test_a_parameter_that_is_settled_is_not_drawn_and_limits_are_refused(folder: Path) -> None:
    """`--fault none` leaves nothing to draw, and a bad number is a usage error."""
    assert fuzzed(folder, "::halves", "--fault", "none")[0] == 5
    assert main(["fuzz", "small_suite.py", "--inputs", "0"]) == 2
    assert main(["fuzz", "small_suite.py", "--strategy", "nonesuch"]) == 2
