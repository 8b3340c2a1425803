"""Run scenarios one after the other, and say how it went."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import attrs

from harness.cli.baseline import Baseline, write_baseline
from harness.cli.blame import placed
from harness.cli.complain import Complaints
from harness.cli.engine import Engine
from harness.cli.exit_codes import ExitCode
from harness.cli.job import Job, options
from harness.cli.judgement import judge
from harness.cli.known import entries_after, known_of, unseen, with_all_known
from harness.cli.outcome import Outcome, Reporter, Run, Writer
from harness.cli.settings import Settings
from harness.cli.stored import Regression, Replays, stored_for
from harness.errors import HarnessError, InternalError
from harness.explore.advice import smallest_fixes
from harness.plans import PARAMETER, plan_of

if TYPE_CHECKING:
    from harness.explore import Result, Scenario


def run_suite(
    todo: Sequence[Job],
    settings: Settings,
    *,
    engine: Engine,
    reporter: Reporter,
    broken: Sequence[HarnessError] = (),
    baseline: Baseline | None = None,
    writers: Sequence[Writer] = (),
) -> ExitCode:
    """Replay what was stored, then make the searches; stop after an interrupt, or with `-x` a failure.

    What cannot be written, or could not be read (`broken`), is said last, and is an error unless there
    is worse; what was found is shown.

    Raises:
      HarnessError: a scenario cannot be run. The searches before it are shown and written first.
    """
    suite = _Suite(
        settings=settings,
        engine=engine,
        reporter=reporter,
        baseline=baseline or Baseline(),
        writers=writers,
    )
    suite.complaints.note(*map(placed, broken))
    try:
        if suite.replay_stored(todo):
            suite.search(todo)
    except (HarnessError, InternalError) as error:
        suite.close(ExitCode(error.exit_code), placed(error))
        raise
    except KeyboardInterrupt:
        suite.close(ExitCode.INTERRUPTED)
        raise
    finally:
        reporter.stop()
    return suite.close()


@attrs.define(kw_only=True)
class _Suite:
    """The searches that were made, and what could not be: files to be read or written."""

    settings: Settings
    engine: Engine
    reporter: Reporter
    baseline: Baseline
    writers: Sequence[Writer]
    runs: list[Run] = attrs.field(factory=list)
    regressions: list[Regression] = attrs.field(factory=list)
    complaints: Complaints = attrs.field(factory=Complaints)

    def replay_stored(self, todo: Sequence[Job]) -> bool:
        """Play stored failures back, and show each. Whether to go on to the searches."""
        stored, broken = stored_for(todo, self.settings, self.engine)
        self.complaints.note(*map(str, broken))
        replays = Replays(self.settings, self.engine, self.complaints)
        for one in stored:
            found = replays.play(one)
            known = found.violation is not None and self.baseline.knows(found.violation)
            regression = Regression(found=found, known=known)
            self.regressions.append(regression)
            if found.interrupted:
                return False
            self.reporter.replayed(regression)
            # One of the database is found again by the search, which may have been asked for just that.
            if self.settings.stop_at_first and regression.failed and one.committed:
                return False
        return True

    def search(self, todo: Sequence[Job]) -> None:
        """Make the searches, and show each."""
        with closing(self._results(todo)) as results:
            for job in todo:
                self.reporter.starting(job)
                found = next(results)
                known = known_of(job, self.baseline)
                run = Run(job=job, result=self._kept(found), known=known)
                self.runs.append(run)
                self.reporter.finished(run)
                if self._is_asked_about(job, todo) and not found.interrupted:
                    run = self.runs[-1] = self._advised(run)
                if found.interrupted or (self.settings.stop_at_first and run.failed):
                    break

    def _results(self, todo: Sequence[Job]) -> Generator[Result]:
        """The result of each, made when it is asked for; or, by several workers, before."""
        explained: list[Scenario] = []
        asked: list[tuple[Scenario, dict[str, Any]]] = []
        for job in todo:
            # Shrinking costs more than finding. What was expected is explained once a scenario.
            again = any(made is job.scenario for made in explained)
            shrink = self.settings.shrink and not (again and job.expected == "violated")
            known = known_of(job, self.baseline)
            given = options(job, self.settings, shrink=shrink, known=known)
            asked.append((job.scenario, given))
            explained.append(job.scenario)
        yield from self._made(asked)

    def _made(self, asked: Sequence[tuple[Scenario, Mapping[str, Any]]]) -> Generator[Result]:
        progress = self.reporter.progress
        if self.settings.workers is not None:
            count = self.settings.workers
            yield from self.engine.explore_all(asked, workers=count, progress=progress)
            return
        for scenario, given in asked:
            yield self.engine.explore(scenario, **given, progress=progress)

    def _is_asked_about(self, job: Job, todo: Sequence[Job]) -> bool:
        """Whether it is the one search of its scenario that the advice goes with: that of the plan as it is."""
        if self.settings.plan is None:
            return False
        announced = plan_of(job.params[PARAMETER]).fixes
        as_it_is = job.scenario.checked_fixes([*self.settings.fix, *announced])
        same = [other for other in todo if other.scenario is job.scenario]
        return job is next((other for other in same if other.fixes == as_it_is), same[0])

    def _advised(self, run: Run) -> Run:
        """Which fixes the plan needs, and what it is worth."""

        def search(fixes: tuple[str, ...]) -> Result:
            job = attrs.evolve(run.job, fixes=fixes)
            self.reporter.starting(job)
            settings = attrs.evolve(self.settings, stop_at_first=True, resume=False, audit=False)
            given = options(job, settings, shrink=False, known=())
            with closing(self._made([(job.scenario, given)])) as results:
                return next(results)

        advice = smallest_fixes(run.job.scenario.fixes, search)
        made = attrs.evolve(run, advice=advice)
        self.reporter.advised(made, plan_of(run.job.params[PARAMETER]))
        return made

    def _kept(self, found: Result) -> Result:
        with self.complaints:
            return self.engine.keep(found, self.settings.artifacts)
        return found

    def close(self, broken: ExitCode | None = None, error: str = "") -> ExitCode:
        """Write the results, and show what all came to; `broken`: a search could not be made."""
        code = broken or self._judged()
        whole = broken is None and code is not ExitCode.INTERRUPTED
        if self.settings.write_baseline:
            self._write_baseline(whole=whole)
            code = broken or self._judged()
        outcome = Outcome(
            runs=self.runs,
            regressions=self.regressions,
            code=code,
            unseen=unseen(self.baseline, self.runs, self.regressions) if whole else (),
            error=error,
        )
        for write in self.writers:
            with self.complaints:
                write(outcome)
        if (self.complaints or self.engine.forgotten) and code is ExitCode.EXPECTED:
            code = ExitCode.USAGE
        if self.runs or self.regressions or not error:
            self.reporter.summary(attrs.evolve(outcome, code=code))
        self.complaints.say()
        return code

    def _judged(self) -> ExitCode:
        code = judge([(run.news, run.job.expected) for run in self.runs], self.settings.require)
        advised = [run.advice for run in self.runs if run.advice is not None]
        if any(one.found.interrupted for one in self.regressions) or any(
            advice.interrupted for advice in advised
        ):
            return ExitCode.INTERRUPTED
        surprised = any(one.failed for one in self.regressions)
        mild = code in (ExitCode.EXPECTED, ExitCode.INCONCLUSIVE)
        return ExitCode.VIOLATION if surprised and mild else code

    def _write_baseline(self, *, whole: bool) -> None:
        """What fails is known from now on, if that can be written."""
        assert self.settings.baseline is not None
        entries = entries_after(self.baseline, self.runs, self.regressions, whole=whole)
        with self.complaints:
            write_baseline(self.settings.baseline, entries)
            self.baseline = Baseline(tuple(entries))
            self.runs, self.regressions = with_all_known(self.runs, self.regressions)
