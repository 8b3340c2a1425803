"""Files with scenarios as tests."""

from __future__ import annotations

import shlex

import pytest

from tests.unit.pytest_plugin.conftest import PLUGINS

pytest_plugins = ["pytester"]

SCENARIO = """
import harness

@harness.scenario(fixes=["one_step", "none"], expect={"": "violated", "one_step": "safe"})
async def increments(world: harness.World) -> None:
    counter = world.database("counter", {"visitors": 0})

    async def visit() -> None:
        if world.fix("one_step"):
            await counter.update("visitors", lambda old: old + 1)
        else:
            await counter.put("visitors", await counter.get("visitors") + 1)

    world.eventually("both are counted", lambda: counter.peek("visitors") == 2, within_s=1)
    world.start(visit, name="anna")
    world.start(visit, name="bert")
"""

SEARCH = ("--harness-strategy", "dpor")


def test_a_scenario_is_a_test_for_each_set_of_fixes_it_speaks_of(pytester: pytest.Pytester) -> None:
    """A violation that is expected passes; so does a set that is expected to be safe, and is."""
    pytester.makepyfile(scenario_shop=SCENARIO)

    result = pytester.runpytest_inprocess(*PLUGINS, "-v", *SEARCH)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "scenario_shop.py::increments?no fix? PASSED*",
            "scenario_shop.py::increments?one_step? PASSED*",
            "harness: 2 explored (1 violated, 1 exhausted), * schedules",
        ]
    )


def test_a_surprise_fails_with_what_replays_it(pytester: pytest.Pytester) -> None:
    """Both ways; one that says nothing is to be safe. The trace is one that pytest replays as well."""
    wrong = SCENARIO.replace(
        '"": "violated", "one_step": "safe"', '"": "safe", "one_step": "violated"'
    )
    pytester.makepyfile(
        scenario_shop=wrong,
        shop_scenario=SCENARIO.partition(", expect")[0] + ")\n" + SCENARIO.partition("})\n")[2],
    )

    result = pytester.runpytest_inprocess(*PLUGINS, *SEARCH)

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "increments: both are counted*",
            "*counter.get visitors -> 0*",
            "increments?one_step? is expected to be violated, and is exhausted after *",
        ]
    )
    line = next(line for line in result.outlines if "replay it" in line)
    words = shlex.split(line)[2:]
    assert words[:2] == ["harness", "replay"]
    again = pytester.runpytest_inprocess(*PLUGINS, "--harness-replay", words[2])
    again.assert_outcomes(failed=1, deselected=2)
    again.stdout.fnmatch_lines(["*replayed to the end, exactly as recorded"])


def test_only_files_that_were_meant_are_imported(pytester: pytest.Pytester) -> None:
    """By pattern, by folder, by name; and none that declares nothing, whatever it is called."""
    pytester.makepyfile(
        scenario_of_another_tool="raise SystemExit('imported')",
        other=SCENARIO,
        test_own=SCENARIO,
        **{"suite/shop": SCENARIO, "suite/test_shop": SCENARIO},
    )

    def collected(*arguments: str) -> list[str]:
        result = pytester.runpytest_inprocess(*PLUGINS, "--collect-only", "-q", *arguments)
        return sorted({line.partition("::")[0] for line in result.outlines if "::" in line})

    assert collected() == []
    assert collected("other.py") == ["other.py"]
    assert collected("test_own.py") == []
    assert collected("other.py::increments[no fix]") == ["other.py"]
    assert collected("--harness-scenarios", "suite") == ["suite/shop.py"]
    assert collected("--harness-scenarios", "oth*.py") == ["other.py"]
    pytester.makefile(".ini", pytest="[pytest]\nharness_scenarios = suite/sh*.py\n")
    assert collected() == ["suite/shop.py"]


def test_a_file_that_cannot_be_imported_is_an_error(pytester: pytest.Pytester) -> None:
    """In a line that names it; other tests are run all the same, if pytest is told to."""
    pytester.makepyfile(
        scenario_broken="import harness, nowhere\n@harness.scenario()\ndef f(): ..."
    )

    result = pytester.runpytest_inprocess(*PLUGINS)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*scenario_broken.py*nowhere*"])
