"""A pytest session of its own for each test, with the plugin in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

# A session within this one forgets what it imported: what stands here is imported once for all of them.
import harness.pytest_plugin.explored
import harness.pytest_plugin.scenario_files  # noqa: F401

Session: TypeAlias = Callable[..., pytest.RunResult]

#: What the sessions share: a function that loses an update if it is interrupted.
LOSING = """
import harness, pytest, trio
from harness.testing import explored

async def visited(count=2):
    cell = harness.Cell(0)

    async def visit():
        await cell.write(await cell.read() + 1)

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(visit)
    return cell.get()
"""

#: The plugin itself is found by pytest.
PLUGINS = ("-p", "no:detangle", "-p", "no:cacheprovider")


@pytest.fixture
def session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Runs a test file with these arguments: `session("async def test_a(): ...", "-v")`."""
    for name in ("HARNESS_TIME_BUDGET", "HARNESS_PROFILE", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=LOSING + source)
        return pytester.runpytest_inprocess(*PLUGINS, *arguments)

    return run
