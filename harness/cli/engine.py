"""The one door between the command line and the rooms below it.

The command line parses, chooses, judges and reports; everything else happens behind `Engine`. Its
one implementation imports a room when a command first needs it, and tests put another in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import attrs

if TYPE_CHECKING:
    from harness.explore import Progress, Replay, Result, Scenario

Expectation: TypeAlias = Literal["violated", "safe"]


class Engine(Protocol):
    """Everything the command line asks of the rooms below it.

    Whatever it raises for a person to mend is a `HarnessError`; that error knows its exit code.
    """

    def discover(self, paths: Sequence[str]) -> Sequence[Scenario]:
        """The scenarios in these files, folders and `PATH::NAME`s, each once."""

    def explore(
        self,
        scenario: Scenario,
        *,
        strategy: str,
        depth: int | None,
        preemption_bound: int | None,
        delay_bound: int | None,
        fixes: Sequence[str],
        params: Mapping[str, object],
        schedules: int | None,
        time_budget_s: float | None,
        steps_max: int | None,
        seed: int,
        stop_at_first: bool,
        shrink: bool,
        progress: Callable[[Progress], None] | None,
    ) -> Result:
        """Search one scenario under one set of fixes. An interrupt comes back in the result."""

    def keep(self, result: Result, folder: Path | None) -> Result:
        """Save the traces of a result in a folder, or in `.harness`; the result then names them."""

    def replay(self, file: Path, *, announce: Callable[[str], None]) -> Replay:
        """Play a recorded run back strictly; what is imported is announced first."""


class Rooms:
    """The rooms themselves."""

    def discover(self, paths: Sequence[str]) -> Sequence[Scenario]:
        """See `Engine`."""
        from harness.explore.discover import discover

        return discover(paths)

    def explore(self, scenario: Scenario, **options: Any) -> Result:
        """See `Engine`."""
        from harness.cli.quiet import quiet
        from harness.cli.unawaited import unawaited_in_one_line
        from harness.explore import explore

        with quiet(), unawaited_in_one_line():
            return explore(scenario, **options)

    def keep(self, result: Result, folder: Path | None) -> Result:
        """See `Engine`."""
        from harness.traces import make_own_directory, save_trace

        if not result.violations:
            return result
        place = make_own_directory(".harness") if folder is None else folder
        kept = [
            attrs.evolve(violation, trace_file=save_trace(violation.trace, place))
            for violation in result.violations
        ]
        return attrs.evolve(result, violations=tuple(kept))

    def replay(self, file: Path, *, announce: Callable[[str], None]) -> Replay:
        """See `Engine`."""
        from harness.explore import replay

        return replay(file, announce=announce)
