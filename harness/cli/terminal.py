"""What a person sees: a line for each search, the failing interleaving, the scorecard, the commands.

The block of a failure is shown for the first violated search of each scenario, and for every surprise;
the rows of the scorecard say the rest. Nothing here depends on how fast the machine is, so that two
runs with the same seed and number of schedules print the same.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import attrs

from harness.cli.exit_codes import ExitCode
from harness.cli.live import Live
from harness.cli.plain import again, fixes
from harness.cli.selection import label, shorten
from harness.cli.settings import Settings
from harness.cli.suite import Plan, Run
from harness.errors import visible
from harness.reports import interleaving, scorecard

if TYPE_CHECKING:
    from harness.explore import Progress, Violation


@attrs.define(kw_only=True)
class TerminalReporter:
    """Writes to `out`: lines as they become known, and a progress bar where that is a terminal."""

    out: TextIO
    settings: Settings
    folder: Path
    _live: Live = attrs.field(init=False)
    _explained: dict[str, bool] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(self.out)

    def starting(self, plan: Plan) -> None:
        """A search begins."""
        self._live.start(f"{plan.scenario.name}  {fixes(plan)}")

    def progress(self, progress: Progress) -> None:
        """It has come this far."""
        self._live.update(progress)

    def finished(self, run: Run) -> None:
        """Its verdict; and, unless the scenario has been explained already, its failures."""
        self._live.stop()
        name = label(run.plan.scenario, self.folder)
        self._line(f"{name}  {fixes(run.plan)}  {_verdict(run)}")
        for unreached in run.result.unreached:
            self._line(f"  never reached: {unreached}")
        if run.result.cut:
            self._line(
                f"  {run.result.cut} schedules were cut at {run.result.bounds['steps_max']} steps: "
                "they prove nothing (a livelock? raise --max-steps, or state a horizon)"
            )
            self._line(f"  busiest: {run.result.cut_where}")
        if run.result.violations and (run.failed or name not in self._explained):
            self._explained[name] = True
            for violation in run.result.violations:
                self._block(run, violation)

    def _block(self, run: Run, violation: Violation) -> None:
        """One failure: its interleaving, what decided it, under which model it holds, how to replay."""
        self._line("")
        self._line(
            f"{run.plan.scenario.name}  VIOLATED at schedule {violation.first_seen}: "
            f"{violation.property}"
        )
        lines = interleaving.as_text(interleaving.interleaving(violation.trace))
        for text in lines:
            self._line(text)
        if not violation.property.endswith("used before its gate"):
            for text in violation.message.split("\n"):
                self._line(f"  {text}")
        if violation.decided_by is not None:
            self._line(f"decided by     {violation.decided_by.first}")
            self._line(f"  before       {violation.decided_by.second}")
        self._line(f"holds under    {_model(run, violation)}")
        if violation.trace_file is not None:
            file = shorten(violation.trace_file, self.folder)
            self._line(f"replay it      {shlex.join(['harness', 'replay', file])}")
        self._line(f"find it again  {again(run, self.settings, self.folder)}")
        self._line("")

    def summary(self, runs: Sequence[Run], code: ExitCode) -> None:
        """The scorecards, what it all came to, and the command that replays the first failure."""
        self._live.stop()
        scenarios = dict.fromkeys(label(run.plan.scenario, self.folder) for run in runs)
        for name in scenarios:
            rows = [run for run in runs if label(run.plan.scenario, self.folder) == name]
            if len(rows) > 1:
                self._line("")
                self._line(f"scorecard of {name}")
                for text in scorecard.as_text([_row(run) for run in rows]):
                    self._line(f"  {text}")
        if len(scenarios) < len(runs):
            self._line("")
        for run in runs:
            if run.failed and run.plan.expected is not None:
                self._line(
                    f"surprise: {label(run.plan.scenario, self.folder)} with {fixes(run.plan)} was "
                    f"expected to be {run.plan.expected}, and is {run.result.verdict}"
                )
        shown = next((run for run in runs if run.failed and run.result.violations), None)
        shown = shown or next((run for run in runs if run.result.violations), None)
        if shown is not None and shown.result.violations[0].trace_file is not None:
            file = shorten(shown.result.violations[0].trace_file, self.folder)
            self._line(f"replay the first failure: {shlex.join(['harness', 'replay', file])}")
        failed = sum(run.failed for run in runs)
        meaning = code.name.lower().replace("_", " ")
        self._line(f"{len(runs)} run, {failed} failed: {meaning} (seed {self.settings.seed})")

    def _line(self, text: str) -> None:
        self.out.write(f"{visible(text)}\n")
        self.out.flush()


def _verdict(run: Run) -> str:
    """The verdict, what it rests on, and whether it was to be."""
    result = run.result
    words = [f"{result.schedules} schedules"]
    if result.complete:
        words = [f"every interleaving: {result.schedules} schedules"]
    words += ["interrupted"] if result.interrupted else []
    if run.plan.expected is not None:
        words += [f"expected: {run.plan.expected}" if run.failed else "as expected"]
    return f"{result.verdict} ({', '.join(words)})"


def _model(run: Run, violation: Violation) -> str:
    """Under which time and fairness the failure was seen."""
    words = list(run.result.assumptions)
    if violation.under_trio is True:
        words.append("also under Trio's batches")
    elif violation.under_trio is False:
        words.append("not seen under Trio's batches")
    return ", ".join(words)


def _row(run: Run) -> scorecard.Row:
    result = run.result
    used = [v.property for v in result.violations if "used before its gate" not in v.property]
    return scorecard.Row(
        fixes=run.plan.fixes,
        verdict=result.verdict,
        schedules=result.schedules,
        complete=result.complete,
        scorecard=result.scorecard,
        others=tuple(dict.fromkeys(used)),
        surprise="" if not run.failed or run.plan.expected is None else str(run.plan.expected),
    )
