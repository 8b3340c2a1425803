"""What the test runner tells an explored test about the run it is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import attrs

from harness.explore import Result
from harness.traces import Trace


def _nothing(result: Result) -> None:
    """Nobody counts."""


@attrs.frozen(kw_only=True)
class Around:
    """The test that is run just now; by default, one that somebody calls as a function.

    Attributes:
      test: its name within its file, "TestRestart::test_it[3]"; empty for that of the function.
      file: its file; None for that of the function.
      over, under: options that go before those of the test, and behind them.
      passed: names of arguments that the runner hands in; under `@given`, the others are drawn.
      fixtures: names of those of them that are values of fixtures.
      itself: what `self` is, of a test in a class: its fixtures are methods of the same object.
      arranged: fixtures that each schedule makes, in the order in which they are set up.
      keep: where traces are saved; None: nowhere.
      again: from a trace file, and whether it holds the arguments that were drawn, the lines that say how
        to replay it.
      replay: a run to be made again instead of a search.
      note: told of each search that was made.
    """

    test: str = ""
    file: Path | None = None
    over: Mapping[str, Any] = attrs.field(factory=dict)
    under: Mapping[str, Any] = attrs.field(factory=dict)
    passed: frozenset[str] = frozenset()
    fixtures: frozenset[str] = frozenset()
    itself: object = None
    arranged: Sequence[object] = ()
    keep: Callable[[], Path] | None = None
    again: Callable[[Path, bool], Sequence[str]] | None = None
    replay: Trace | None = None
    note: Callable[[Result], None] = _nothing


AROUND: ContextVar[Around] = ContextVar("around an explored test", default=Around())  # noqa: B039  # frozen
