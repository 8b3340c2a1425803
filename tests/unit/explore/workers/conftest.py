"""Starting an interpreter costs more than most of these searches: workers serve several tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import harness
from harness.explore.asked import Asked
from harness.explore.workers import Workers

#: Makes a search, by so many workers or by nobody but this process.
Make = Callable[..., harness.Result]


@pytest.fixture(scope="package")
def two() -> Iterator[Workers]:
    """Two worker processes."""
    with Workers(2) as team:
        yield team


@pytest.fixture(scope="package")
def alone() -> Iterator[Workers]:
    """No other process."""
    with Workers(1) as team:
        yield team


def made(team: Workers, scenario: harness.Scenario, **options: Any) -> harness.Result:
    """One search."""
    names = ("schedules", "time_budget_s", "stop_at_first", "known", "shrink")
    limits = {name: options.pop(name) for name in names if name in options}
    search = team.search(scenario, Asked(**options), **limits)
    return next(team.results([search]))


def seen(result: harness.Result) -> dict[str, Any]:
    """Everything that a search found, but for the time it took."""
    return {
        "verdict": result.verdict,
        "counts": (result.schedules, result.sampled, result.steps, result.cut, result.cut_where),
        "classes": (result.classes, result.redundant, result.blocked),
        "complete": result.complete,
        "undecided": result.undecided,
        "unreached": result.unreached,
        "faults": result.faults,
        "scorecard": result.scorecard,
        "unseen": result.unseen,
        "assumptions": result.assumptions,
        "bound": result.bound_reached,
        "violations": [
            (v.property, v.message, v.first_seen, v.seen, v.fingerprint, v.trace, v.decided_by)
            for v in result.violations
        ],
    }
