"""Run scenarios one after the other, and say how it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from harness.cli.engine import Engine, Expectation, Progress, Result, Scenario
from harness.cli.exit_codes import ExitCode
from harness.cli.fix_sets import fix_sets
from harness.cli.judgement import is_failure, judge
from harness.cli.parameters import read_parameters
from harness.cli.settings import Settings


@attrs.frozen(kw_only=True)
class Plan:
    """One search to be made: a scenario, its parameters, a set of fixes."""

    scenario: Scenario
    fixes: tuple[str, ...]
    params: Mapping[str, object]

    @property
    def expected(self) -> Expectation | None:
        """What the scenario says should come out."""
        return self.scenario.expected(self.fixes)


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
        """It ended, or was interrupted."""

    def summary(self, runs: Sequence[Run], code: ExitCode) -> None:
        """All ended; `code` is what the command will exit with."""


def plans(scenarios: Iterable[Scenario], settings: Settings) -> list[Plan]:
    """Everything to be run, checked before anything is.

    Raises:
      UnknownParameter, SettingInvalid: see `read_parameters`.
    """
    return [
        Plan(
            scenario=scenario,
            fixes=fixes,
            params=read_parameters(settings.param, scenario.params),
        )
        for scenario in scenarios
        for fixes in fix_sets(scenario, settings)
    ]


def run_suite(
    todo: Sequence[Plan], settings: Settings, *, engine: Engine, reporter: Reporter
) -> ExitCode:
    """Make the searches in order; stop after an interrupt, or with `-x` after a failure."""
    runs: list[Run] = []
    for plan in todo:
        reporter.starting(plan)
        runs.append(Run(plan=plan, result=explore(plan, settings, engine, reporter)))
        reporter.finished(runs[-1])
        if runs[-1].result.interrupted or (settings.stop_at_first and runs[-1].failed):
            break
    code = judge([(run.result, run.plan.expected) for run in runs], settings.require)
    reporter.summary(runs, code)
    if settings.json is not None:
        engine.write_json(settings.json, runs, seed=settings.seed)
    return code


def explore(plan: Plan, settings: Settings, engine: Engine, reporter: Reporter) -> Result:
    """Make one search."""
    return engine.explore(
        plan.scenario,
        strategy=settings.strategy,
        fixes=plan.fixes,
        params=plan.params,
        schedules=settings.schedules,
        time_budget_s=settings.budget_s,
        steps_max=settings.steps_max,
        seed=settings.seed,
        stop_at_first=settings.stop_at_first,
        progress=reporter.progress,
    )
