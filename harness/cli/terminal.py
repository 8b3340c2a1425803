"""What a person sees: the verdict, the failing interleaving, the scorecard, the commands.

Scenario by scenario: a line for its first search and for each that says something new, the failures, and
last the scorecard, whose rows say the rest. A run that violates several properties is shown once. Of
each search so many interleavings are shown, and of each scenario; of others there is a line with the
command that shows them. Nothing here depends on how fast the machine is, so that two runs with the same
seed and number of schedules print the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.cli.again import again, audited_again, fixes, onwards
from harness.cli.job import Job
from harness.cli.lines import Lines, still_failing
from harness.cli.merged import USED, Shown, merged, named
from harness.cli.outcome import Outcome, Run
from harness.cli.selection import label
from harness.cli.settings import Settings
from harness.cli.verdict import verdict_words, word
from harness.reports import audit, plan as plan_report, scorecard
from harness.reports.estimates import remaining_words, unseen_words

if TYPE_CHECKING:
    from pathlib import Path

    from harness.explore import Progress, Violation
    from harness.plans import Plan

#: Interleavings shown of one search, and of one scenario under all sets of fixes.
SHOWN_MAX = 2
SHOWN_MAX_OF_SCENARIO = 4
#: Further ones of a search that have a line with the command that shows them.
NAMED_MAX = 4


@attrs.define(kw_only=True)
class TerminalReporter(Lines):
    """The lines of `harness run`."""

    _runs: list[Run] = attrs.field(factory=list, init=False)
    _shown: int = attrs.field(default=0, init=False)

    def starting(self, job: Job) -> None:
        """A search begins; with a new scenario, what there is to say of the one before is said."""
        if self._runs and self._runs[0].job.scenario is not job.scenario:
            self._scorecard()
        self._live.start(f"{job.scenario.name}  {fixes(job)}")

    def progress(self, progress: Progress) -> None:
        """It has come this far."""
        self._live.update(progress)

    def finished(self, run: Run) -> None:
        """Its verdict and failures, unless the scorecard says as much."""
        self._live.stop()
        self._runs.append(run)
        result = run.result
        first = len(self._runs) == 1
        hollow = result.unreached or result.never_struck or result.undecided
        if first or run.failed or hollow or result.cut or result.interrupted:
            name = label(run.job.scenario, self.folder)
            self._line(f"{name}  {fixes(run.job)}  {verdict_words(run)}")
            for left in _left(run, self.settings):
                self._line(f"  {left}")
            if result.search_file is not None and (_is_open(run) or result.interrupted):
                self._line(f"  go on with it: {onwards(run, self.settings, self.folder)}")
            for unreached in result.unreached:
                self._line(f"  never reached: {unreached}")
            if result.faults:
                self._line(f"  faults: {'; '.join(use.in_words() for use in result.faults)}")
            for undecided, schedules in result.undecided.items():
                self._line(
                    f"  undecided in {schedules} of {result.schedules} schedules: {undecided}"
                )
            if result.cut:
                self._cut(run)
            self._audit(run)
        if result.violations and (run.failed or not self._shown):
            self._failures(run)

    def advised(self, run: Run, plan: Plan) -> None:
        """What the plan is worth that was asked about."""
        self._live.stop()
        assert run.advice is not None
        for text in plan_report.as_text(plan, run.result, run.advice):
            self._line(text)
        self._line("")

    def _audit(self, run: Run) -> None:
        """Whether steps that are said to commute do, if that was asked for."""
        found = run.result.audit
        if found is None:
            return
        for text in audit.as_text(found):
            self._line(f"  {text}")
        if not found.is_clean:
            self._line(f"  find it again  {audited_again(run, self.settings, self.folder)}")

    def _cut(self, run: Run) -> None:
        self._line(
            f"  {run.result.cut} schedules were cut at {run.result.bounds['steps_max']} steps: "
            "they prove nothing (a livelock? raise --max-steps, or state a horizon)"
        )
        self._line(f"  busiest: {run.result.cut_where}")

    def _failures(self, run: Run) -> None:
        """The interleavings of a search: the first ones in full, of others where to see them."""
        found = merged(run.news.violations)
        count = max(0, min(SHOWN_MAX, SHOWN_MAX_OF_SCENARIO - self._shown))
        self._shown += min(count, len(found))
        for shown in found[:count]:
            self._block(run, shown)
        rest = found[count:]
        self._known_of(run)
        for shown in rest[:NAMED_MAX]:
            file = shown.lead.trace_file
            see = "" if file is None else f"; see it: {self._replay(file)}"
            self._line(f"  violated by another interleaving: {_properties(shown)}{see}")
        if len(rest) > NAMED_MAX:
            more = f"  {len(rest) - NAMED_MAX} more interleavings violate something"
            file = rest[0].lead.trace_file
            place = "" if file is None else f": replay the traces in {self._short(file.parent)}"
            self._line(f"{more}{place}, or see --json")
        if rest:
            self._line("")

    def _known_of(self, run: Run) -> None:
        """Failures that are known: where to see them."""
        for violation in run.result.violations:
            if not any(violation is new for new in run.news.violations):
                file = violation.trace_file
                see = "" if file is None else f"; see it: {self._replay(file)}"
                self._line(f"  known: {named(violation)}{see}")

    def _block(self, run: Run, shown: Shown) -> None:
        """One interleaving: what it violates, what decided it, under which model, how to replay."""
        lead = shown.lead
        self._line("")
        self._line(
            f"{run.job.scenario.name}  VIOLATED at schedule {lead.first_seen}: {_properties(shown)}"
        )
        self._interleaving(shown)
        self._violates(shown)
        self._decided(lead)
        self._line(f"holds under    {_model(run, lead)}")
        self._replay_it(lead)
        search = again(run, lead, self.settings, self.folder)
        self._line(f"find it again  {search}{' --no-regressions' if self._first else ''}")
        self._line("")

    def _scorecard(self) -> None:
        """What became of the scenario under each set of fixes, if there was more than one."""
        runs, self._runs, self._shown = self._runs, [], 0
        if len(runs) < 2:
            return
        self._line(f"scorecard of {label(runs[0].job.scenario, self.folder)}")
        for text in scorecard.as_text([_row(run) for run in runs]):
            self._line(f"  {text}")
        self._line("")

    def stop(self) -> None:
        """No search goes on: the progress goes."""
        self._live.stop()

    def summary(self, outcome: Outcome) -> None:
        """The last scorecard, what it all came to, and the command that replays the first failure."""
        self._live.stop()
        self._scorecard()
        runs = outcome.runs
        for run in runs:
            self._surprise(run)
        file = _first_failure(outcome)
        if file is not None:
            self._line(f"replay the first failure: {self._replay(file)}")
        self._known(outcome)
        failed = sum(run.failed for run in runs)
        stored = still_failing(outcome.regressions)
        self._line(
            f"{len(runs)} run, {failed} failed{stored}: {outcome.code.meaning} (seed {self.settings.seed})"
        )

    def _surprise(self, run: Run) -> None:
        """That a verdict is not what the scenario says it should be."""
        expected, verdict = run.job.expected, run.result.verdict
        if run.surprising and expected is not None:
            # Where the verdict is the expected one, it would be no surprise otherwise.
            found = "raised an error itself" if expected == verdict else f"is {verdict}"
            self._line(
                f"surprise: {label(run.job.scenario, self.folder)} with {fixes(run.job)} was "
                f"expected to be {expected}, and {found}"
            )

    def _known(self, outcome: Outcome) -> None:
        """What the baseline has to do with it."""
        if self.settings.baseline is None:
            return
        file = self._short(self.settings.baseline)
        if self.settings.write_baseline:
            self._line(f"what fails now is known from now on: {file}")
        for entry in outcome.unseen:
            with_fixes = "+".join(entry.fixes) or "no fix"
            self._line(
                f"known, and not seen this time: {entry.scenario} with {with_fixes}: "
                f"{entry.what or entry.fingerprint} (in {file})"
            )


def _first_failure(outcome: Outcome) -> Path | None:
    """The trace of what failed first: a stored failure, else a search, one that fails the run if any does."""
    again = [one.violation for one in outcome.regressions if one.failed]
    if again and again[0] is not None:
        return again[0].trace_file
    broken = [run for run in outcome.runs if run.news.violations]
    shown = next((run for run in broken if run.failed), broken[0] if broken else None)
    return None if shown is None else merged(shown.news.violations)[0].lead.trace_file


def _properties(shown: Shown) -> str:
    more = len(shown.violations) - 1
    return f"{named(shown.lead)}, and {more} more" if more else named(shown.lead)


def _is_open(run: Run) -> bool:
    return run.result.verdict == "inconclusive"


def _left(run: Run, settings: Settings) -> list[str]:
    """What an inconclusive search leaves open, and what the numbers rest on.

    How long it takes is said only where the machine's speed decided how far the search came.
    """
    result = run.result
    if not _is_open(run):
        return []
    lines = []
    if result.remaining is not None:
        added = result.schedules - result.resumed_from
        rate = None if added == settings.schedules else result.rate_per_s
        left = remaining_words(result.remaining, rate)
        lines.append(f"{left}, if they are like those before")
    if result.unseen is not None:
        lines.append(f"{unseen_words(result.unseen)}, if it is drawn as those before")
    return lines


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
    others = [named(v) for v in result.violations if not v.property.endswith(USED)]
    return scorecard.Row(
        fixes=run.job.fixes,
        verdict=word(result),
        schedules=result.schedules,
        complete=result.schedules - result.sampled
        if result.complete and not result.within
        else None,
        classes=result.classes is not None,
        scorecard=result.scorecard,
        others=tuple(dict.fromkeys(others)),
        surprise="" if not run.surprising or run.job.expected is None else str(run.job.expected),
    )
