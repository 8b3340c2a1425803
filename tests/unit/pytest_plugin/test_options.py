"""What is asked of explored tests, by whom, and what is said of all of them at the end."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.unit.pytest_plugin.conftest import PLUGINS, Session

pytest_plugins = ["pytester"]

COUNTED = """
@explored(strategy="random"{options})
async def test_it():
    await visited(1)
"""


def schedules(result: pytest.RunResult) -> int:
    """How many the line at the end says there were."""
    found = re.search(r"^harness: .*, ([\d,]+) schedules$", result.stdout.str(), re.MULTILINE)
    assert found is not None
    return int(found[1].replace(",", ""))


def test_this_run_goes_before_the_test_and_the_test_before_the_project(
    session: Session, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Command line, environment, decorator, ini file, pyproject, default: the nearest that says it."""
    bare, own = COUNTED.format(options=""), COUNTED.format(options=", schedules=5")

    assert schedules(session(bare)) == 1_000
    pytester.makepyprojecttoml("[tool.harness]\nschedules = 7\n")
    assert schedules(session(bare)) == 7
    pytester.makepyprojecttoml(
        "[tool.harness]\nschedules = 7\n[tool.pytest]\nharness_schedules = '6'\n"
    )
    assert schedules(session(bare)) == 6
    assert schedules(session(own)) == 5
    monkeypatch.setenv("HARNESS_SCHEDULES", "4")
    assert schedules(session(own)) == 4
    assert schedules(session(own, "--harness-schedules", "3")) == 3


def test_other_options_reach_the_search(session: Session, pytester: pytest.Pytester) -> None:
    """Strategy, seed, folder of traces, no shrinking, what a pass needs."""
    result = session(
        """
@explored
async def test_lost():
    assert await visited() == 2

@explored
async def test_safe():
    await visited(1)
""",
        *"--harness-strategy=pct --harness-seed=11 --harness-artifacts=kept --harness-no-shrink".split(),
        *"--harness-require=exhausted --harness-time-budget=1m --harness-schedules=50".split(),
    )

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*--harness-replay kept/test_lost-*.trace.json",
            "*found by pct, seed 11, schedule *",
            "no violation in 50 schedules of test_safe, but that is no proof*",
        ]
    )
    assert len(list(Path("kept").iterdir())) == 1


def test_what_cannot_be_is_a_usage_error(session: Session) -> None:
    """One line that says where it stands and what was wanted."""
    for argument, says in (
        ("--harness-schedules=few", "*--harness-schedules = 'few': wanted a whole number*"),
        ("--harness-replay=no.trace.json", "*cannot read trace *no.trace.json*"),
    ):
        result = session(COUNTED.format(options=""), argument)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([says])


def test_workers_of_xdist_find_what_one_process_finds(
    session: Session, pytester: pytest.Pytester
) -> None:
    """The same schedules, seeds and traces; the line at the end counts all of them."""
    source = """
from hypothesis import given, settings, strategies as st

@pytest.mark.parametrize("count", [1, 2, 3])
@explored(schedules=10)
async def test_it(count):
    assert await visited(count) == count

@given(count=st.integers(0, 2))
@settings(max_examples=3, derandomize=True, database=None)
@explored(schedules=5)
async def test_given(count, world):
    assert await visited(count) == count
"""
    alone = session(source)
    spread = pytester.runpytest_subprocess(*PLUGINS, "-n", "2", "--junitxml=junit.xml")

    spread.assert_outcomes(passed=1, failed=3)
    last = alone.outlines[-6:-1]
    assert sorted(line for line in last if line.startswith(("harness", "FAILED"))) == sorted(
        line for line in spread.outlines if line.startswith(("harness", "FAILED"))
    )
    said = [
        {
            re.sub(r"\[gw\d\]", "", line)
            for line in result.outlines
            if "replay" in line or "seed" in line
        }
        for result in (alone, spread)
    ]
    assert said[0] == said[1]
    properties = ET.parse("junit.xml").getroot().iter("property")
    assert {one.get("name") for one in properties} == {"harness_schedules", "harness_verdict"}


def test_a_project_without_explored_tests_pays_nothing(pytester: pytest.Pytester) -> None:
    """Of the harness the plugin is imported and no more; nothing is said, and async tests are whose they were."""
    pytester.makepyfile(
        test_plain="""
        import sys

        async def test_async(nursery):
            nursery.start_soon(len, [])  # no async function: pytest-trio's run says so

        def test_it():
            names = [name for name in sys.modules if name.partition(".")[0] == "harness"]
            assert sorted(names) == [
                "harness", "harness.pytest_plugin", "harness.pytest_plugin.declared",
                "harness.pytest_plugin.places",
            ]
        """
    )
    pytester.makefile(".ini", pytest="[pytest]\ntrio_mode = true\n")
    result = pytester.runpytest_subprocess(*PLUGINS, "--tb=short")

    result.assert_outcomes(passed=1, failed=1)
    assert "harness: " not in result.stdout.str()
