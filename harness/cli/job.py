"""One search to be made, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import attrs

from harness.cli.engine import Expectation
from harness.cli.fix_sets import fix_sets
from harness.cli.parameters import read_parameters
from harness.cli.settings import Settings
from harness.errors import BadPlan
from harness.plans import PARAMETER, load_plan
from harness.world.faults import checked_faults

if TYPE_CHECKING:
    from harness.explore import Scenario


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
