"""A stage for the world: one run by default choices, and every run there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import harness
from harness.kernel import current_run

Scenario = Callable[[harness.World], Awaitable[object]]


class Record:
    """What happened, written down by whoever it happens to: it belongs to the run, not to a process."""

    def __init__(self) -> None:
        self.run = current_run()
        self.lines: list[str] = []

    def add(self, line: object) -> None:
        """One more line, unless the run is over and only being cleared away."""
        if not self.run.closing:
            self.lines.append(str(line))


def once(body: Scenario, **options: Any) -> harness.Result:
    """One run, by default choices."""
    return harness.explore(body, strategy="dfs", schedules=1, shrink=False, **options)


def every(body: Scenario, **options: Any) -> harness.Result:
    """Every run there is."""
    return harness.explore(body, strategy="dfs", shrink=False, **options)


def failed(result: harness.Result) -> list[str]:
    """The properties that did not hold, each once, in the order in which they were found out."""
    return [violation.property for violation in result.violations]


def holds(body: Scenario, **options: Any) -> None:
    """Every assertion in the scenario holds, in the run by default choices."""
    result = once(body, **options)
    assert not result.violations, result.violations[0].message


def holds_always(body: Scenario, **options: Any) -> int:
    """Every assertion in the scenario holds, in every run; returns how many there are."""
    result = every(body, **options)
    assert not result.violations, result.violations[0].message
    assert result.verdict == "exhausted"
    return result.schedules
