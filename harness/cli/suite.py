"""Run scenarios one after the other, and say how it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, cast

import attrs

from harness.cli.complain import complain
from harness.cli.engine import Engine, Expectation
from harness.cli.exit_codes import ExitCode
from harness.cli.fix_sets import fix_sets
from harness.cli.judgement import is_failure, judge
from harness.cli.parameters import read_parameters
from harness.cli.results import write_results
from harness.cli.settings import Settings
from harness.errors import PlaceUnwritable, TraceUnwritable

if TYPE_CHECKING:
    from harness.explore import Progress, Result, Scenario


@attrs.frozen(kw_only=True)
class Plan:
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

    plan: Plan
    result: Result

    @property
    def failed(self) -> bool:
        """Whether something came out that was not to."""
        return is_failure(self.result, self.plan.expected)


class Reporter(Protocol):
    """The seam to everything that people see. Called in this order, once for each plan."""

    def starting(self, plan: Plan) -> None:
        """A search begins."""

    def progress(self, progress: Progress) -> None:
        """It has come this far."""

    def finished(self, run: Run) -> None:
        """It ended, or was interrupted; its traces are saved."""

    def summary(self, runs: Sequence[Run], code: ExitCode) -> None:
        """All ended; `code` is what the command will exit with."""


def plans(scenarios: Iterable[Scenario], settings: Settings) -> list[Plan]:
    """Everything to be run, checked before anything is.

    Raises:
      UnknownFix, UnknownParameter, SettingInvalid: a scenario does not know what was given.
    """
    return [
        Plan(scenario=made, fixes=fixes, params=read_parameters(settings.param, made.params))
        for made in scenarios
        for fixes in fix_sets(made, settings)
    ]


def run_suite(
    todo: Sequence[Plan], settings: Settings, *, engine: Engine, reporter: Reporter
) -> ExitCode:
    """Make the searches in order; stop after an interrupt, or with `-x` after a failure.

    What cannot be written is said last, and is an error unless there is worse; what was found is shown.
    """
    runs: list[Run] = []
    unwritten: dict[str, None] = {}
    for plan in todo:
        reporter.starting(plan)
        # Shrinking costs more than finding. What was expected is explained once for each scenario.
        explained = any(run.plan.scenario is plan.scenario for run in runs)
        shrink = settings.shrink and not (explained and plan.expected == "violated")
        found = explore(plan, settings, engine, reporter, shrink=shrink)
        try:
            found = engine.keep(found, settings.artifacts)
        except TraceUnwritable as error:
            unwritten[str(error)] = None
        runs.append(Run(plan=plan, result=found))
        reporter.finished(runs[-1])
        if found.interrupted or (settings.stop_at_first and runs[-1].failed):
            break
    code = judge([(run.result, run.plan.expected) for run in runs], settings.require)
    if settings.json is not None:
        try:
            write_results(
                settings.json, [(run.result, run.plan.expected) for run in runs], settings
            )
        except PlaceUnwritable as error:
            unwritten[str(error)] = None
    if unwritten and code is ExitCode.EXPECTED:
        code = ExitCode.USAGE
    reporter.summary(runs, code)
    for text in unwritten:
        complain(text)
    return code


def explore(
    plan: Plan, settings: Settings, engine: Engine, reporter: Reporter, *, shrink: bool
) -> Result:
    """Make one search."""
    return engine.explore(
        plan.scenario,
        strategy=settings.strategy,
        depth=settings.depth,
        preemption_bound=settings.preemption_bound,
        delay_bound=settings.delay_bound,
        fixes=plan.fixes,
        params=plan.params,
        schedules=settings.schedules,
        time_budget_s=settings.budget_s,
        steps_max=settings.steps_max,
        seed=settings.seed,
        stop_at_first=settings.stop_at_first,
        shrink=shrink,
        resume=settings.resume,
        folder=settings.artifacts,
        progress=reporter.progress,
    )
