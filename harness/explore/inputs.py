"""What a scenario is given: parameters, the plan among them, and what fuzzing may draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import BadScenario, PlanUnexpected, UnknownParameter
from harness.explore.door import checked_params
from harness.kernel import clean
from harness.plans import PARAMETER, Plan, Space, plan_of


def declared_params(
    params: Mapping[str, Any], plans: Space | None, plan: Plan | None, scenario: str
) -> dict[str, Any]:
    """The parameters that a scenario declares, with its plan if it carries one out.

    Raises:
      BadScenario: one of them cannot be.
      HarnessError: the plan cannot be carried out.
    """
    declared = checked_params(params)
    if PARAMETER in declared:
        raise BadScenario("parameter", repr(PARAMETER), "declare `plans=` and a `plan=` instead")
    if plans is None:
        if plan is not None:
            instead = "say with `plans=harness.plans.Space(...)` what plans may do"
            raise PlanUnexpected(scenario, instead)
        return declared
    if not isinstance(plans, Space):
        raise BadScenario("plans", clean(plans), "say what plans may do: harness.plans.Space(...)")
    return declared | {PARAMETER: _checked(plans, Plan() if plan is None else plan)}


def with_plan(plans: Space | None, scenario: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters that are given, the plan among them as plain values.

    Raises:
      BadScenario: one of them cannot be.
      HarnessError: the plan cannot be carried out, or the scenario carries none out.
    """
    if not isinstance(params, Mapping) or PARAMETER not in params:
        return checked_params(params)
    if plans is None:
        raise PlanUnexpected(scenario, "leave the plan out, or declare `plans=` in the scenario")
    return checked_params({**params, PARAMETER: _checked(plans, params[PARAMETER])})


def checked_workload(workload: object, params: Mapping[str, Any]) -> dict[str, Any]:
    """Strategies for declared parameters. Whether they are strategies is seen when one is drawn.

    Raises:
      BadScenario: they are not by name.
      UnknownParameter: the scenario declares no such parameter.
    """
    if not isinstance(workload, Mapping):
        instead = 'give strategies by parameter: {"orders": st.integers(1, 5)}'
        raise BadScenario("workload", clean(workload), instead)
    for name in workload:
        if name not in params:
            raise UnknownParameter(str(name), list(params))
    return dict(workload)


def _checked(plans: Space, plan: object) -> dict[str, Any]:
    made = plan_of(plan)
    plans.check(made)
    return made.tree()
