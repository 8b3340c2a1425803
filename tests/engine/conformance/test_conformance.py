"""Trio's own tests pass on the kernel, but for a list that cannot rot."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conformance.selection import EXCLUDED, MODULES

ROOT = Path(__file__).parents[3]
SEEDS = 3


def conform(
    *arguments: str, python: str = sys.executable, timeout_s: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run Trio's tests in a process of their own: their warnings, signals and plugins stay there."""
    return subprocess.run(
        [python, "-m", "tests.engine.conformance", *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def summary_of(file: Path, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
    """Run everything; the tally, if nothing failed that is not excluded."""
    done = conform("--seeds", str(SEEDS), "--summary", str(file), *arguments, python=python)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    summary: dict[str, Any] = json.loads(file.read_text())
    return summary


def assert_enough(summary: dict[str, Any]) -> None:
    """At least 340 tests on the kernel, under every seed."""
    assert summary["on_kernel"] >= 340
    assert len(summary["seeds"]) == SEEDS
    for counts in summary["seeds"].values():
        assert counts["passed"] >= 340
        assert counts["excluded"] <= 12
        assert "failed" not in counts


def test_trio_s_own_tests_pass_on_the_kernel(tmp_path: Path) -> None:
    """What Trio promises its users, this loop keeps, under several random schedules."""
    assert_enough(summary_of(tmp_path / "summary.json"))


def test_the_list_of_exclusions_is_short_and_gives_reasons() -> None:
    """Each names a test of a selected module, once, and says why it cannot pass."""
    assert len(EXCLUDED) <= 12
    assert len({exclusion.test for exclusion in EXCLUDED}) == len(EXCLUDED)
    for exclusion in EXCLUDED:
        assert exclusion.test.partition("::")[0] in MODULES
        assert len(exclusion.reason) > 15


@pytest.mark.parametrize("test", ["test_runvar_smoketest", "test_that_is_gone"])
def test_an_exclusion_that_is_not_needed_fails_the_run(test: str) -> None:
    """A test that passes after all, or that Trio no longer has, must be taken off the list."""
    module = "trio._core._tests.test_local"
    done = conform(module, "--also-exclude", f"{module}::{test}")

    assert done.returncode == 1
    assert f"{test} is excluded, but passes (or is gone)" in done.stdout


def test_a_schedule_that_trio_would_never_take_is_noticed() -> None:
    """The tests bite: without Trio's batches, those that count on them fail."""
    done = conform("trio._tests.test_sync", "--fairness", "none", "-k", "fifo_fairness")

    assert done.returncode == 1
    assert "test_generic_lock_fifo_fairness" in done.stdout


@pytest.mark.soak
@pytest.mark.parametrize("version", ["==0.31.*", ">=0.31,<0.36"], ids=["oldest", "newest"])
def test_on_the_oldest_and_the_newest_trio(tmp_path: Path, version: str) -> None:
    """Everything that pyproject allows behaves alike, from one end to the other."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*install, str(ROOT), f"trio{version}", "pytest>=9"], check=True)

    assert_enough(summary_of(tmp_path / "summary.json", python=python))
