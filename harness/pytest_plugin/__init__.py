"""The pytest plugin: runs tests under `@harness.testing.explored`, and collects scenario files.

pytest loads it at every start, in projects that never heard of the harness too. So only hooks stand here,
and a room is imported when there is something for it to do.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.pytest_plugin.declared import declare_options

if TYPE_CHECKING:
    from harness.testing.asked import Asked


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--harness-*`, and the ini options of the same names."""
    declare_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """A replay is one run: pytest-xdist makes no workers for it, of which each would have to refuse it."""
    if config.getoption("harness_replay") and hasattr(config.option, "numprocesses"):
        config.option.numprocesses = 0
    return (yield)


def asked_by(item: object) -> Asked | None:
    """What the `@explored` over an item asks for; None if there is none.

    Whoever uses that has imported it: nothing is looked for in other projects.
    """
    room = sys.modules.get("harness.testing.asked")
    asked = None if room is None else getattr(getattr(item, "obj", None), "harness_explored", None)
    return asked if room is not None and isinstance(asked, room.Asked) else None


@pytest.fixture
def world(request: pytest.FixtureRequest) -> object:
    """In tests under `@harness.testing.explored`: the `harness.World` of each schedule."""
    pytest.fail(f"{request.node.name} asks for a world, and is not @explored", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> object | None:
    """Fixtures that each schedule makes for itself are not set up now, but stood for."""
    asked = asked_by(getattr(request, "_pyfuncitem", None))
    if asked is None:
        return None
    from harness.pytest_plugin.fixtures import stand_in

    return stand_in(fixturedef, request, asked)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """An explored test is told what it is part of."""
    asked = asked_by(item)
    if asked is None:
        return (yield)
    from harness.pytest_plugin.explored import exploring

    assert isinstance(item, pytest.Function)
    with exploring(item, asked):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """A replay hands in what Hypothesis drew then; Hypothesis itself is left out."""
    if not pyfuncitem.config.getoption("harness_replay") or asked_by(pyfuncitem) is None:
        return None
    from harness.pytest_plugin.replaying import call_as_recorded

    return call_as_recorded(pyfuncitem)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """How an explored test fails is a text; there is no traceback that leads to it."""
    report = yield
    if call.excinfo is not None and report.failed and asked_by(item) is not None:
        from harness.pytest_plugin.naming import test_name
        from harness.pytest_plugin.told import as_text

        report.longrepr = as_text(call.excinfo, test_name(item)) or report.longrepr
    return report


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files with scenarios become tests."""
    if file_path.suffix != ".py":
        return None
    from harness.pytest_plugin.places import may_hold_scenarios

    if not may_hold_scenarios(file_path, parent):
        return None
    from harness.pytest_plugin.scenario_files import ScenarioFile

    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is asked is looked at before anything runs. A replay runs the test that was recorded, only."""
    if any(asked_by(item) is not None for item in items):
        from harness.pytest_plugin.settings import said

        said(config)
    if config.getoption("harness_replay"):
        from harness.pytest_plugin.replaying import select_recorded

        select_recorded(config, items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line about all that was explored, on whichever worker."""
    from harness.pytest_plugin.summary import summary_line

    line = summary_line(terminalreporter)
    if line is not None:
        terminalreporter.write_line(line)
