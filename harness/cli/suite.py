"""Run scenarios one after the other, and say how it went."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

import attrs

from harness.cli.baseline import Baseline, Entry, write_baseline
from harness.cli.blame import placed
from harness.cli.complain import Complaints
from harness.cli.engine import Engine, Expectation
from harness.cli.exit_codes import ExitCode
from harness.cli.fix_sets import fix_sets
from harness.cli.judgement import is_failure, judge, mismatch
from harness.cli.known import entries_after, known_of, unseen, with_all_known
from harness.cli.parameters import read_parameters
from harness.cli.settings import Settings
from harness.cli.stored import Regression, Replays, stored_for
from harness.errors import BadPlan, HarnessError, InternalError
from harness.explore.advice import smallest_fixes
from harness.plans import PARAMETER, load_plan, plan_of
from harness.world.faults import checked_faults

if TYPE_CHECKING:
    from harness.explore import Progress, Result, Scenario
    from harness.explore.advice import Advice
    from harness.plans import Plan


@attrs.frozen(kw_only=True)
class Job:
    """One search to be made: a scenario, a set of fixes, the parameters that were given."""

    scenario: Scenario
    fixes: tuple[str, ...]
    params: Mapping[str, object]

    @property
    def own_plan(self) -> object:
        """The restart plan that the scenario carries out where none is given."""
        return self.scenario.params.get(PARAMETER)

    @property
    def expected(self) -> Expectation | None:
        """What the scenario says should come out, of the plan that it has by itself."""
        if self.params.get(PARAMETER, self.own_plan) != self.own_plan:
            return None
        return cast("Expectation | None", self.scenario.expectation(self.fixes))


@attrs.frozen(kw_only=True)
class Run:
    """A search that was made, with what it found.

    Attributes:
      known: fingerprints of what it might find.
      advice: which fixes the plan needs, where one was asked about.
    """

    job: Job
    result: Result
    known: tuple[str, ...] = ()
    advice: Advice | None = None

    @property
    def news(self) -> Result:
        """The result without the failures that are known, where they are no failure for that."""
        if self.job.expected == "violated":
            return self.result
        new = [found for found in self.result.violations if found.fingerprint not in self.known]
        return attrs.evolve(self.result, violations=tuple(new))

    @property
    def faults(self) -> Mapping[str, int]:
        """How often each kind of fault might strike in a schedule."""
        return cast("Mapping[str, int]", self.result.bounds.get("faults", {}))

    @property
    def surprising(self) -> bool:
        """Whether the verdict is not what it was to be."""
        return is_failure(self.news, self.job.expected)

    @property
    def failed(self) -> bool:
        """Whether anything came out that was not to."""
        return self.surprising or mismatch(self.result) is not None


class Reporter(Protocol):
    """The seam to everything that people see. Called in this order, once for each job."""

    def replayed(self, regression: Regression) -> None:
        """Before all jobs: a stored failure was played back."""

    def starting(self, job: Job) -> None:
        """A search begins."""

    def progress(self, progress: Progress) -> None:
        """It has come this far."""

    def finished(self, run: Run) -> None:
        """It ended, or was interrupted; its traces are saved."""

    def advised(self, run: Run, plan: Plan) -> None:
        """What the plan is worth that was asked about."""

    def stop(self) -> None:
        """No further search is made, for whatever reason. May be called again."""

    def summary(self, outcome: Outcome) -> None:
        """All ended."""


@attrs.frozen(kw_only=True)
class Outcome:
    """What a suite came to.

    Attributes:
      runs: the searches that were made.
      regressions: stored failures that were replayed before them.
      code: what the command will exit with.
      unseen: what is known and was not seen.
      error: why no further search was made, if one could not be.
    """

    runs: Sequence[Run]
    regressions: Sequence[Regression]
    code: ExitCode
    unseen: Sequence[Entry] = ()
    error: str = ""


Writer: TypeAlias = Callable[[Outcome], None]


def jobs(scenarios: Iterable[Scenario], settings: Settings) -> list[Job]:
    """Everything to be run, checked before anything is.

    Raises:
      UnknownFault: there is no such kind of fault.
      UnknownFix, UnknownParameter, SettingInvalid: a scenario does not know what was given.
      BadPlan, PlanUnexpected, PlanImpossible, UnknownInPlan: one cannot carry the plan out.
    """
    checked_faults(settings.fault or {})
    planned: dict[str, object] = {}
    if settings.plan is not None:
        plan = load_plan(settings.plan)
        if not plan.moves:  # a file that was cut short would be safe
            raise BadPlan(str(settings.plan), "it has no moves")
        planned = {PARAMETER: plan.tree()}
        settings = attrs.evolve(settings, fix=(*settings.fix, *plan.fixes))
    made = [
        Job(
            scenario=scenario,
            fixes=fixes,
            params=read_parameters(settings.param, scenario.params) | planned,
        )
        for scenario in scenarios
        for fixes in fix_sets(scenario, settings)
    ]
    for job in made if planned else ():
        job.scenario.checked_params(job.params)
    return made


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
                if self.settings.plan is not None and not found.interrupted:
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


def options(job: Job, settings: Settings, *, shrink: bool, known: Sequence[str]) -> dict[str, Any]:
    """What is asked of one search, as `Engine.explore` takes it."""
    return {
        "strategy": settings.strategy,
        "depth": settings.depth,
        "preemption_bound": settings.preemption_bound,
        "delay_bound": settings.delay_bound,
        "fixes": job.fixes,
        "params": job.params,
        "faults": settings.fault,
        "schedules": settings.schedules,
        "time_budget_s": settings.budget_s,
        "steps_max": settings.steps_max,
        "seed": settings.seed,
        "stop_at_first": settings.stop_at_first,
        "known": known,
        "shrink": shrink,
        "audit": settings.audit and (settings.swaps or True),
        "resume": settings.resume,
        "folder": settings.artifacts,
    }
