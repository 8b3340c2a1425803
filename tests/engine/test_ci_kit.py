"""The CI kit: a script for any system, an action around it, and a workflow with few rights."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.test_command_line import LOST_UPDATE

ROOT = Path(__file__).parents[2]
KIT = ROOT / ".github" / "actions" / "harness"
SCRIPT = KIT / "ci.sh"
ACTION: dict[str, Any] = yaml.safe_load((KIT / "action.yml").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

#: A `harness` that says what it was asked for, and ends as it is told to.
FAKE = """#!/bin/sh
printf '%s\\n' "$@" "seed ${HARNESS_SEED:-none}" "baseline ${HARNESS_BASELINE:-none}"
exit "${FAKE_CODE:-0}"
"""


def environment(folder: Path, **given: str) -> dict[str, str]:
    """That of a job: `harness` is on the path, be it the fake one of this folder or the real one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARNESS_")}
    path = f"{folder / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return kept | {"PATH": path, "PYTHONPATH": str(ROOT)} | given


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a race in it."""
    (tmp_path / "bank.py").write_text(LOST_UPDATE)
    return tmp_path


@pytest.fixture
def faked(project: Path) -> Path:
    """The same, with a fake `harness`."""
    (project / "bin").mkdir()
    (project / "bin" / "harness").write_text(FAKE)
    (project / "bin" / "harness").chmod(0o755)
    return project


def script(folder: Path, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a job would, with a shell that knows no more than it must."""
    return subprocess.run(
        ["sh", str(SCRIPT), *arguments], cwd=folder, env=environment(folder, **given),
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(("mode", "profile"), [("pull-request", "ci"), ("nightly", "nightly")])
def test_a_mode_is_a_profile_and_the_rest_is_passed_on(
    faked: Path, mode: str, profile: str
) -> None:
    """Words with blanks stay words; the exit code is that of the run."""
    done = script(faked, mode, "a b.py", "--require", "exhausted", FAKE_CODE="6")
    words = done.stdout.splitlines()

    assert done.returncode == 6
    assert words[:3] == ["run", "--profile", profile]
    assert words[-5:-2] == ["a b.py", "--require", "exhausted"]
    assert [word for word in words if "/" in word] == [
        f"harness-report/{name}"
        for name in ("traces", "results.json", "junit.xml", "harness.sarif")
    ]


def test_every_night_has_a_seed_of_its_own_unless_one_is_given(faked: Path) -> None:
    """The day; a pull request has the same seed as the one before, so that it can be compared."""
    nightly = script(faked, "nightly").stdout
    assert re.search(r"^seed 20\d{6}$", nightly, re.MULTILINE)
    assert "seed 7\n" in script(faked, "nightly", HARNESS_SEED="7").stdout
    assert "seed none\n" in script(faked, "pull-request").stdout


@pytest.mark.parametrize("arguments", [(), ("weekly",), ("--profile", "ci"), ("",)])
def test_a_mode_that_there_is_not_is_refused(faked: Path, arguments: tuple[str, ...]) -> None:
    """Before anything is run."""
    done = script(faked, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: ci.sh" in done.stderr


def test_a_real_run_leaves_every_report_and_its_failures(project: Path) -> None:
    """And the next one replays what this one left, first."""
    once = script(project, "pull-request", "bank.py")
    report = project / "harness-report"
    assert once.returncode == 1, once.stderr
    assert sorted(path.name for path in report.iterdir()) == [
        "harness.sarif", "junit.xml", "results.json", "traces",
    ]  # fmt: skip

    again = script(project, "nightly", "bank.py", "--strategy", "dfs", "--schedules", "1")
    assert again.returncode == 1, again.stderr
    assert again.stdout.startswith("still fails: harness-report/traces/lost_update-")
    (found,) = json.loads((report / "results.json").read_text())["regressions"]
    assert found["status"] == "still fails"


def steps_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All steps of an action or a workflow."""
    yield from document.get("runs", {}).get("steps", [])
    for job in document.get("jobs", {}).values():
        yield from job["steps"]


@pytest.mark.parametrize("file", [KIT / "action.yml", *WORKFLOWS], ids=lambda file: file.name)
def test_nothing_foreign_is_trusted(file: Path) -> None:
    """Actions are pinned by commit; no expression is pasted into code; no secret is asked for."""
    text = file.read_text()
    assert "secrets." not in text
    assert "pull_request_target" not in text
    for step in steps_of(yaml.safe_load(text)):
        assert "${{" not in step.get("run", "")
        uses = step.get("uses", "./")
        assert uses.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", uses)
        if "actions/checkout" in uses:
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_job_has_the_rights_that_it_needs_and_no_others(file: Path) -> None:
    """What runs the project's code may only read, and a pull request writes no failure database."""
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        uses = [step.get("uses", "") for step in job["steps"]]
        runs_code = any(use.startswith(("./", "actions/checkout")) for use in uses)
        rights = job["permissions"]
        assert rights == ({"contents": "read"} if runs_code else {"security-events": "write"})
        assert job["timeout-minutes"] > 0
        if any("actions/cache" in use for use in uses):
            assert "pull_request'" not in job["if"]
            assert "schedule" in job["if"]


def composite(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's one step, as a runner would run it."""
    (step,) = ACTION["runs"]["steps"]
    known = {name: given["default"] for name, given in ACTION["inputs"].items()}
    assert inputs.keys() <= {name.replace("-", "_") for name in known}
    known |= {name.replace("_", "-"): value for name, value in inputs.items()}
    env = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: known[found[1]], value)
        for name, value in step["env"].items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder, check=False, capture_output=True, text=True, timeout=60,
        env=environment(folder, **env, GITHUB_ACTION_PATH=str(KIT)),
    )  # fmt: skip


def test_the_action_passes_its_inputs_on(faked: Path) -> None:
    """Paths a line each, and what is empty is not set."""
    done = composite(faked, mode="nightly", paths="a b.py\n\n--require\n9\n", baseline="known.json")
    words = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert words[-5:-2] == ["a b.py", "--require", "9"]
    assert words[-1] == "baseline known.json"
    assert composite(faked).stdout.splitlines()[-1] == "baseline none"


@pytest.mark.parametrize("name", ["mode", "paths", "baseline", "time-budget", "require", "reports"])
def test_an_input_is_text_and_never_code(faked: Path, name: str) -> None:
    """Whatever stands in it."""
    hostile = "\"; touch pwned; `touch pwned` $(touch pwned) '\n--help"
    composite(faked, **{name.replace("-", "_"): hostile})

    assert not (faked / "pwned").exists()
