"""Files with scenarios as tests: one for each set of fixes that a scenario says what to expect of.

A scenario that says nothing is one test, without any fix, which fails if it is violated.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from os.path import relpath
from typing import Any

import pytest

from harness.cli.blame import placed
from harness.cli.judgement import is_failure
from harness.cli.quiet import quiet
from harness.errors import HarnessError
from harness.explore import Result, Scenario, explore, replay
from harness.explore.assertion import account, check_evidence, violated
from harness.explore.discover import load_module, scenarios_in
from harness.pytest_plugin.naming import folder_of_traces
from harness.pytest_plugin.replaying import recorded
from harness.pytest_plugin.settings import said, without_places
from harness.pytest_plugin.tally import Tally
from harness.pytest_plugin.told import as_text
from harness.testing.asked import Asked
from harness.testing.failure import NotSafe
from harness.traces import save_trace


class ScenarioFile(pytest.File):
    """A Python file that declares scenarios."""

    def collect(self) -> Iterator[pytest.Item]:
        """Each scenario under each set of fixes.

        Raises:
          pytest.Collector.CollectError: it cannot be imported.
        """
        try:
            found = scenarios_in(load_module(self.path))
        except HarnessError as error:
            raise self.CollectError(placed(error)) from None
        for scenario in found:
            for fixes in scenario.expect or [()]:
                name = f"{scenario.name}[{'+'.join(fixes) or 'no fix'}]"
                yield ScenarioItem.from_parent(self, name=name, scenario=scenario, fixes=fixes)


class ScenarioItem(pytest.Item):
    """A scenario under one set of fixes."""

    def __init__(self, *, scenario: Scenario, fixes: tuple[str, ...], **rest: Any) -> None:
        super().__init__(**rest)
        self.harness_scenario = scenario
        self.fixes = fixes

    def runtest(self) -> None:
        """Search, or replay.

        Raises:
          AssertionError: what came out is not what the scenario says.
        """
        trace = recorded(self.config)
        if trace is not None:
            again = replay(trace, scenario=self.harness_scenario)
            if again.violation is not None:
                what, message = again.violation.property, again.violation.message
                told = account(self.name, what, message, again.trace)
                raise NotSafe("\n".join([*told, "  replayed to the end, exactly as recorded"]))
            return
        tally = Tally()
        try:
            self._judge(self._search(tally))
        finally:
            tally.report(self)

    def _search(self, tally: Tally) -> Result:
        asks = said(self.config)
        options = Asked().resolved(
            without_places(asks.over), without_places(asks.under), is_example=False
        )
        self._require = options.pop("require", None)
        with quiet():
            options["stop_at_first"] = True
            result = explore(self.harness_scenario, fixes=self.fixes, **options)
        tally.add(result)
        if result.interrupted:
            raise KeyboardInterrupt
        return result

    def _judge(self, result: Result) -> None:
        expected: Any = self.harness_scenario.expectation(self.fixes)
        if is_failure(result, expected):
            if not result.violations:
                raise NotSafe(
                    f"{self.name} is expected to be violated, and is {result.verdict} after "
                    f"{result.schedules} schedules"
                )
            raise NotSafe(violated(result, result.violations[0], self._again(result)))
        if not result.violations:
            try:
                check_evidence(result, self._require)
            except AssertionError as error:
                raise NotSafe(str(error)) from None

    def _again(self, result: Result) -> list[str]:
        file = save_trace(result.violations[0].trace, folder_of_traces(self.config))
        short = relpath(file, self.config.invocation_params.dir)
        return [f"replay it  {shlex.join(['harness', 'replay', short])}"]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong is a text; there is no traceback that leads to it."""
        return as_text(excinfo, self.harness_scenario.name) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        """Where it stands."""
        code = getattr(self.harness_scenario.body, "__code__", None)
        line = None if code is None else code.co_firstlineno - 1
        return self.path, line, self.name
