"""Reports of real runs: written whatever becomes of the run, with places that the project has."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from harness.cli import main
from tests.engine import test_command_line
from tests.engine.test_stored_failures import commit, edit, stored

folder = test_command_line.folder

RUN = ("run", "bank.py", "--strategy", "dfs")
REPORTS = ("--junitxml", "out/junit.xml", "--sarif", "out/harness.sarif")


def sarif(folder: Path) -> dict[str, Any]:
    """The one run of the document."""
    (run,) = json.loads((folder / "out" / "harness.sarif").read_text())["runs"]
    assert isinstance(run, dict)
    return run


def cases(folder: Path) -> list[ET.Element]:
    """The cases of the JUnit document."""
    return ET.parse(folder / "out" / "junit.xml").getroot().findall(".//testcase")


@pytest.fixture
def github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job of GitHub's, whose workspace is the folder above; the file of its summary."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    return folder / "summary.md"


def test_a_failure_is_at_its_line_in_every_report(
    folder: Path, github: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line is that of the race, and files are named from the workspace."""
    assert main([*RUN, *REPORTS]) == 1
    line = test_command_line.LOST_UPDATE.splitlines().index(
        "            await balance.write(await balance.read() + 1)"
    )
    file = f"{folder.name}/bank.py"
    physical = sarif(folder)["results"][0]["locations"][0]["physicalLocation"]

    assert physical["artifactLocation"]["uri"] == file
    assert physical["region"]["startLine"] == line + 1
    assert f"::error file={file},line={line + 1},title=lost_update (no fix)::" in (
        capsys.readouterr().out
    )
    assert [case.get("classname") for case in cases(folder)] == [file]
    assert "❌" in github.read_text()
    assert "harness replay" in github.read_text()


def test_a_run_that_passes_says_nothing_but_that(
    folder: Path, github: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No annotation, no result."""
    assert main([*RUN, *REPORTS, "--fix", "one_step"]) == 0
    assert "::error" not in capsys.readouterr().out
    assert sarif(folder)["results"] == []
    assert [len(case.findall("failure")) for case in cases(folder)] == [0]
    assert "✅" in github.read_text()


def test_outside_of_github_nothing_is_said_to_it(
    folder: Path, github: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a job of its own is told."""
    monkeypatch.setenv("GITHUB_ACTIONS", "false")

    assert main([*RUN]) == 1
    assert "::error" not in capsys.readouterr().out
    assert not github.exists()


def test_a_stored_failure_is_a_case_of_its_own(folder: Path) -> None:
    """Named by its file; one that is stale passes."""
    file = commit(stored(folder))
    assert main([*RUN, *REPORTS, "-x"]) == 1
    (case,) = cases(folder)
    assert case.get("name") == f"lost_update ({file.relative_to(folder)})"
    assert len(sarif(folder)["results"]) == 1

    edit(folder, "async def lost_update", "async def renamed")
    assert main([*RUN, *REPORTS, "--fix", "one_step"]) == 0
    assert [len(case.findall("failure")) for case in cases(folder)] == [0, 0]


def test_known_failures_are_reported_as_such(folder: Path) -> None:
    """SARIF keeps them, or code scanning would take them for mended; JUnit passes."""
    known = ("--no-regressions", "--baseline", "known.json")
    assert main([*RUN, *known, "--write-baseline"]) == 0
    assert main([*RUN, *known, *REPORTS]) == 0
    (result,) = sarif(folder)["results"]

    assert (result["level"], result["baselineState"]) == ("note", "unchanged")
    assert [len(case.findall("failure")) for case in cases(folder)] == [0]


def test_reports_are_written_when_a_run_is_interrupted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found so far is in them."""
    raise_signal = signal.raise_signal
    module = type(sys)("interrupting")
    monkeypatch.setattr(module, "interrupt", lambda: raise_signal(signal.SIGINT), raising=False)
    monkeypatch.setitem(sys.modules, "interrupting", module)
    edit(folder, "import trio", "import trio\nfrom interrupting import interrupt")
    edit(folder, 'if world.fix("one_step"):', 'if world.fix("one_step"):\n            interrupt()')

    assert main([*RUN, *REPORTS, "--scorecard"]) == 130
    assert [next(kind.tag for kind in case) for case in cases(folder)] == ["failure", "skipped"]
    assert len(sarif(folder)["results"]) == 1


def test_reports_are_written_when_a_scenario_cannot_be_run(folder: Path) -> None:
    """What is wrong with it is in them: in a CI system nobody reads standard error."""
    edit(folder, "balance = ", 'world.fix("gone"); balance = ')

    assert main([*RUN, *REPORTS]) == 2
    (case,) = cases(folder)
    assert "'gone'" in str(case.find("error").get("message"))  # type: ignore[union-attr]
    invocation = sarif(folder)["invocations"][0]
    assert not invocation["executionSuccessful"]


@pytest.mark.parametrize("flag", ["--junitxml", "--sarif", "--json"])
def test_a_place_that_cannot_be_written_to_is_refused_before_the_search(
    folder: Path, capsys: pytest.CaptureFixture[str], flag: str
) -> None:
    """Not after an hour."""
    (folder / "file").write_text("")

    assert main([*RUN, flag, "file/report"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_a_summary_that_cannot_be_written_is_one_line_and_hides_nothing(
    folder: Path,
    github: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A violation is still 1; a pass is not, as nobody would see it."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))

    assert main([*RUN]) == 1
    assert "cannot write" in capsys.readouterr().err
    assert main([*RUN, "--fix", "one_step"]) == 2


def test_no_report_holds_a_secret(
    folder: Path, github: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What looks like one is not in any of them."""
    edit(folder, '"a deposit was lost"', '"password=hunter2 of ::error::hunter"')

    assert main([*RUN, *REPORTS]) == 1
    files = [github, folder / "out" / "junit.xml", folder / "out" / "harness.sarif"]
    written = capsys.readouterr().out + "".join(file.read_text() for file in files)
    assert "hunter2" not in written
    assert "[redacted]" in written
    assert not [line for line in written.splitlines() if line.startswith("::error::hunter")]
