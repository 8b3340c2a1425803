"""The plainest reporter: a line for each search, and for a failure how to see it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import attrs

from harness.cli.exit_codes import ExitCode
from harness.cli.selection import label, shorten
from harness.cli.settings import Settings
from harness.cli.suite import Plan, Run
from harness.errors import visible

if TYPE_CHECKING:
    from harness.explore import Progress


@attrs.frozen(kw_only=True)
class PlainReporter:
    """Writes lines to `out`, as they become known."""

    out: TextIO
    settings: Settings
    folder: Path

    def starting(self, plan: Plan) -> None:
        """Nothing yet: one line is enough for a search."""

    def progress(self, progress: Progress) -> None:
        """Nothing: lines that overwrite themselves are for terminals."""

    def finished(self, run: Run) -> None:
        """The verdict, what was violated, and how to see it again."""
        name = label(run.plan.scenario, self.folder)
        self._line(f"{name}  {fixes(run.plan)}  {verdict(run)}")
        for violation in run.result.violations:
            self._line(f"  {violation.message} (first in schedule {violation.first_seen})")
            if violation.trace_file is not None:
                file = shorten(violation.trace_file, self.folder)
                self._line(f"  replay it: {shlex.join(['harness', 'replay', file])}")
        if run.failed and run.result.violations:
            self._line(f"  search again: {again(run, self.settings, self.folder)}")

    def summary(self, runs: Sequence[Run], code: ExitCode) -> None:
        """What it came to, and the seed."""
        failed = sum(run.failed for run in runs)
        meaning = code.name.lower().replace("_", " ")
        self._line(f"{len(runs)} run, {failed} failed: {meaning} (seed {self.settings.seed})")

    def _line(self, text: str) -> None:
        self.out.write(f"{visible(text)}\n")
        self.out.flush()


def fixes(plan: Plan) -> str:
    """The fixes of a search, as they are written on the command line."""
    return "+".join(plan.fixes) or "no fix"


def verdict(run: Run) -> str:
    """The verdict, how much it rests on, and whether it was to be."""
    expected = run.plan.expected
    words = [f"{run.result.schedules} schedules"]
    words += ["interrupted"] if run.result.interrupted else []
    words += [f"expected: {expected}"] if run.failed and expected is not None else []
    words += ["as expected"] if not run.failed and expected == "violated" else []
    return f"{run.result.verdict} ({', '.join(words)})"


def again(run: Run, settings: Settings, folder: Path) -> str:
    """The command that finds the first violation again: the same search, no longer than needed."""
    words = ["harness", "run", label(run.plan.scenario, folder)]
    words += [word for name in run.plan.fixes for word in ("--fix", name)]
    words += [word for n, v in run.plan.params.items() for word in ("-p", f"{n}={v}")]
    words += ["--strategy", run.result.strategy, "--seed", str(settings.seed)]
    if settings.steps_max is not None:
        words += ["--max-steps", str(settings.steps_max)]
    words += ["--schedules", str(run.result.violations[0].first_seen), "-x"]
    return shlex.join(words)
