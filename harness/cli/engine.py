"""What the command line assumes of the engine, written down as protocols.

The command line parses, chooses, judges and reports; everything else happens behind `Engine`. Its
one implementation imports the rooms when a command first needs them, so that `harness --help` does
not wait for Trio. Assumptions, beside the signatures:

* `discover` imports scenario files, so it may raise whatever `HarnessError` tells that one cannot
  be imported. Folders are searched, files are taken as they are; the order is the same every time.
* `explore` ends within `time_budget_s` plus one schedule. An interrupt does not escape it: what was
  found so far comes back with `interrupted` set. An unknown strategy, fix or parameter raises a
  `HarnessError`. `progress` is called between schedules with what a progress line needs.
* `replay` is strict: it raises an error whose `exit_code` is 4 when a step differs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

import attrs

if TYPE_CHECKING:
    from harness.cli.suite import Run

Verdict: TypeAlias = Literal["violated", "exhausted", "inconclusive"]
Expectation: TypeAlias = Literal["violated", "safe"]


@attrs.frozen(kw_only=True)
class Progress:
    """How far a search has come. `schedules` counts executions; `elapsed_s` is wall time."""

    schedules: int
    elapsed_s: float
    violations: int


class Scenario(Protocol):
    """A scenario that was found in a file."""

    @property
    def name(self) -> str:
        """The name of its function, unique in its file."""

    @property
    def path(self) -> Path:
        """Its file."""

    @property
    def summary(self) -> str:
        """The first line of its docstring, or nothing."""

    @property
    def fixes(self) -> Sequence[str]:
        """The fixes it declares, in its own order."""

    @property
    def fix_sets(self) -> Sequence[Sequence[str]]:
        """The combinations it wants on its scorecard."""

    @property
    def params(self) -> Mapping[str, object]:
        """The default of each parameter; its type is the parameter's type."""

    def expected(self, fixes: Sequence[str]) -> Expectation | None:
        """What it says should come out under exactly these fixes, if it says anything."""


class Violation(Protocol):
    """One property that did not hold, with the schedule that shows it."""

    @property
    def first_seen(self) -> int:
        """The schedule that showed it, counted from 1."""

    @property
    def fingerprint(self) -> str:
        """The same for the same bug."""

    @property  # the last one: in the lines below it the name is taken
    def property(self) -> str:
        """The property's name and what happened, in one line."""


class Result(Protocol):
    """What a search found."""

    @property
    def verdict(self) -> Verdict:
        """One of three; a search that was cut short never says exhausted."""

    @property
    def schedules(self) -> int:
        """Executions run."""

    @property
    def violations(self) -> Sequence[Violation]:
        """Each different violation once, in the order they were found."""

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped it."""


class Engine(Protocol):
    """Everything the command line asks of the rooms below it."""

    def discover(self, paths: Sequence[Path]) -> Sequence[Scenario]:
        """The scenarios in these files and folders."""

    def explore(
        self,
        scenario: Scenario,
        *,
        strategy: str,
        fixes: Sequence[str],
        params: Mapping[str, object],
        schedules: int | None,
        time_budget_s: float | None,
        steps_max: int | None,
        seed: int,
        stop_at_first: bool,
        progress: Callable[[Progress], None] | None,
    ) -> Result:
        """Search one scenario under one set of fixes."""

    def replay(self, file: Path, *, roots: Sequence[Path], say: Callable[[str], None]) -> Result:
        """Play a recorded run back strictly; `say` announces what is imported."""

    def write_json(self, file: Path, runs: Sequence[Run], *, seed: int) -> None:
        """Write the machine-readable report."""


class Rooms:
    """The engine itself: each call goes to the room that does it."""

    def discover(self, paths: Sequence[Path]) -> Sequence[Scenario]:
        """See `Engine`."""
        return cast("Sequence[Scenario]", _call("explore", "discover", paths))

    def explore(self, scenario: Scenario, **options: Any) -> Result:
        """See `Engine`."""
        return cast("Result", _call("explore", "explore", scenario, **options))

    def replay(self, file: Path, **options: Any) -> Result:
        """See `Engine`."""
        return cast("Result", _call("traces", "replay_file", file, **options))

    def write_json(self, file: Path, runs: Sequence[Run], *, seed: int) -> None:
        """See `Engine`."""
        _call("reports", "write_json", file, runs, seed=seed)


def _call(room: str, function: str, *arguments: Any, **options: Any) -> Any:
    return getattr(importlib.import_module(f"harness.{room}"), function)(*arguments, **options)
