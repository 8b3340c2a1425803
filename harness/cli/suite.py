"""Run scenarios one after the other, and say how it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from harness.cli.blame import placed
from harness.cli.complain import complain
from harness.cli.engine import Engine, Expectation
from harness.cli.exit_codes import ExitCode
from harness.cli.fix_sets import fix_sets
from harness.cli.judgement import is_failure, judge, mismatch
from harness.cli.parameters import read_parameters
from harness.cli.results import write_results
from harness.cli.settings import Settings
from harness.errors import HarnessError, PlaceUnwritable, TraceUnwritable
from harness.world.faults import checked_faults

if TYPE_CHECKING:
    from harness.explore import Progress, Result, Scenario


@attrs.frozen(kw_only=True)
class Job:
    """One search to be made: a scenario, a set of fixes, the parameters that were given."""

    scenario: Scenario
    fixes: tuple[str, ...]
    params: Mapping[str, object]

    @property
    def expected(self) -> Expectation | None:
        """What the scenario says should come out."""
        return cast("Expectation | None", self.scenario.expectation(self.fixes))


@attrs.frozen(kw_only=True)
class Run:
    """A search that was made, with what it found."""

    job: Job
    result: Result

    @property
    def faults(self) -> Mapping[str, int]:
        """How often each kind of fault might strike in a schedule."""
        return cast("Mapping[str, int]", self.result.bounds.get("faults", {}))

    @property
    def surprising(self) -> bool:
        """Whether the verdict is not what it was to be."""
        return is_failure(self.result, self.job.expected)

    @property
    def failed(self) -> bool:
        """Whether anything came out that was not to."""
        return self.surprising or mismatch(self.result) is not None


class Reporter(Protocol):
    """The seam to everything that people see. Called in this order, once for each job."""

    def starting(self, job: Job) -> None:
        """A search begins."""

    def progress(self, progress: Progress) -> None:
        """It has come this far."""

    def finished(self, run: Run) -> None:
        """It ended, or was interrupted; its traces are saved."""

    def stop(self) -> None:
        """No further search is made, for whatever reason. May be called again."""

    def summary(self, runs: Sequence[Run], code: ExitCode) -> None:
        """All ended; `code` is what the command will exit with."""


def jobs(scenarios: Iterable[Scenario], settings: Settings) -> list[Job]:
    """Everything to be run, checked before anything is.

    Raises:
      UnknownFault: there is no such kind of fault.
      UnknownFix, UnknownParameter, SettingInvalid: a scenario does not know what was given.
    """
    checked_faults(settings.fault or {})
    return [
        Job(scenario=made, fixes=fixes, params=read_parameters(settings.param, made.params))
        for made in scenarios
        for fixes in fix_sets(made, settings)
    ]


def run_suite(
    todo: Sequence[Job],
    settings: Settings,
    *,
    engine: Engine,
    reporter: Reporter,
    broken: Sequence[HarnessError] = (),
) -> ExitCode:
    """Make the searches in order; stop after an interrupt, or with `-x` after a failure.

    What cannot be written, or could not be read (`broken`), is said last, and is an error unless there
    is worse; what was found is shown.

    Raises:
      HarnessError: a scenario cannot be run. The searches before it are shown and written first.
    """
    suite = _Suite(settings=settings, engine=engine, reporter=reporter)
    suite.complaints.update(dict.fromkeys(map(placed, broken)))
    try:
        suite.search(todo)
    except HarnessError as error:
        if suite.runs:
            suite.close(ExitCode(error.exit_code))
        raise
    finally:
        reporter.stop()
    return suite.close()


@attrs.frozen(kw_only=True)
class _Suite:
    """The searches that were made, and what could not be: files to be read or written."""

    settings: Settings
    engine: Engine
    reporter: Reporter
    runs: list[Run] = attrs.field(factory=list)
    complaints: dict[str, None] = attrs.field(factory=dict)

    def search(self, todo: Sequence[Job]) -> None:
        """Make the searches, and show each."""
        for job in todo:
            self.reporter.starting(job)
            # Shrinking costs more than finding. What was expected is explained once a scenario.
            explained = any(run.job.scenario is job.scenario for run in self.runs)
            shrink = self.settings.shrink and not (explained and job.expected == "violated")
            found = explore(job, self.settings, self.engine, self.reporter, shrink=shrink)
            run = Run(job=job, result=self._kept(found))
            self.runs.append(run)
            self.reporter.finished(run)
            if found.interrupted or (self.settings.stop_at_first and run.failed):
                break

    def _kept(self, found: Result) -> Result:
        try:
            return self.engine.keep(found, self.settings.artifacts)
        except TraceUnwritable as error:
            self.complaints[str(error)] = None
            return found

    def close(self, broken: ExitCode | None = None) -> ExitCode:
        """Write the results, and show what all came to; `broken`: a search could not be made."""
        results = [(run.result, run.job.expected) for run in self.runs]
        code = broken or judge(results, self.settings.require)
        if self.settings.json is not None:
            try:
                write_results(self.settings.json, results, self.settings)
            except PlaceUnwritable as error:
                self.complaints[str(error)] = None
        if (self.complaints or self.engine.forgotten) and code is ExitCode.EXPECTED:
            code = ExitCode.USAGE
        self.reporter.summary(self.runs, code)
        for text in self.complaints:
            complain(text)
        return code


def explore(
    job: Job, settings: Settings, engine: Engine, reporter: Reporter, *, shrink: bool
) -> Result:
    """Make one search."""
    return engine.explore(
        job.scenario,
        strategy=settings.strategy,
        depth=settings.depth,
        preemption_bound=settings.preemption_bound,
        delay_bound=settings.delay_bound,
        fixes=job.fixes,
        params=job.params,
        faults=settings.fault,
        schedules=settings.schedules,
        time_budget_s=settings.budget_s,
        steps_max=settings.steps_max,
        seed=settings.seed,
        stop_at_first=settings.stop_at_first,
        shrink=shrink,
        audit=settings.audit and (settings.swaps or True),
        resume=settings.resume,
        folder=settings.artifacts,
        progress=reporter.progress,
    )
