"""The function `fuzz`, and many hunts within one budget."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Any

from harness.errors import NothingToDraw
from harness.explore.scenario import Body, Scenario, as_scenario
from harness.fuzz.hunt import Hunt, Limits
from harness.fuzz.inputs import inputs
from harness.fuzz.search import SCHEDULES_EACH, Asked, check_limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hypothesis.strategies import SearchStrategy

    from harness.fuzz.result import FuzzResult
    from harness.plans import Plan

#: Without any limit given, fuzzing ends after so many wall-clock seconds.
DEFAULT_TIME_BUDGET_S = 60.0
#: Less than this is not worth another turn, in seconds.
TURN_LEAST_S = 0.2


def fuzz(
    target: Scenario | Body,
    *,
    schedules_each: int = SCHEDULES_EACH,
    time_budget_s: float | None = None,
    inputs_max: int | None = None,
    schedules_max: int | None = None,
    seed: int = 0,
    strategy: str = "random",
    fixes: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    faults: Mapping[str, int] | None = None,
    steps_max: int | None = None,
    stop_at_first: bool = False,
    shrink: bool = True,
    plans: SearchStrategy[Plan] | None = None,
    workload: Mapping[str, SearchStrategy[Any]] | None = None,
    fault_budgets: SearchStrategy[dict[str, int]] | None = None,
) -> FuzzResult:
    """Draw what a scenario can be given, and search the interleavings of each.

    Args:
      target: a scenario that declares plans, a workload or faults; or any, with strategies below.
      schedules_each: of each input, so many executions.
      time_budget_s: wall-clock seconds; what makes failures small is on top. 60 without any limit.
      inputs_max, schedules_max: at most so many different inputs, and executions, in all.
      seed: of everything random; equal seeds draw the same inputs in the same order.
      strategy: of the search of each input.
      fixes: names of the fixes that are switched on.
      params: parameters that are settled, and not drawn.
      faults: budgets instead of the scenario's; drawn are budgets up to these.
      steps_max: cut a schedule after so many steps.
      stop_at_first: end at the first failure.
      shrink: make inputs and schedules that fail small.
      plans, workload, fault_budgets: your own Hypothesis strategies, in place of the scenario's.

    Returns:
      What was drawn, and the failures. Ctrl-C ends it and keeps what was found.

    Raises:
      NothingToDraw: the scenario declares nothing that could be.
      HarnessError: the scenario, or what was asked, cannot be.
    """
    limits = {"inputs": inputs_max, "schedules": schedules_max}
    if time_budget_s is None and not any(limits.values()):
        time_budget_s = DEFAULT_TIME_BUDGET_S
    check_limits(**limits, time_budget_s=time_budget_s)
    hunt = hunt_for(
        Asked(
            scenario=as_scenario(target),
            fixes=as_scenario(target).checked_fixes(fixes),
            params=params or {},
            faults=faults,
            strategy=strategy,
            schedules_each=schedules_each,
            seed=seed,
            steps_max=steps_max,
            shrink=shrink,
        ),
        limits=Limits(inputs=inputs_max, schedules=schedules_max),
        plans=plans,
        workload=workload,
        fault_budgets=fault_budgets,
    )
    hunt.go_on(inf if time_budget_s is None else time_budget_s, first=stop_at_first)
    return hunt.result()


def hunt_for(asked: Asked, *, limits: Limits, **strategies: Any) -> Hunt:
    """A hunt that has not begun.

    Raises:
      NothingToDraw: the scenario declares nothing that could be.
    """
    drawn = inputs(asked.scenario, params=asked.params, faults=asked.faults, **strategies)
    if drawn is None:
        raise NothingToDraw(asked.scenario.name)
    return Hunt(asked=asked, inputs=drawn, limits=limits)


class Turns:
    """Hunts that go on in turn, within one budget of time.

    First each has an equal share, up to its first failure; what is left over is shared once more by
    those that could go on, and again. Without a budget each goes on to its limits. With `first` none
    goes on after its first failure.
    """

    def __init__(
        self, hunts: Sequence[Hunt], time_budget_s: float | None, *, first: bool = False
    ) -> None:
        self._waiting = deque(hunts)
        self._again: list[Hunt] = []
        self._first_only = first
        self._first = first or time_budget_s is not None
        self._left_s = inf if time_budget_s is None else time_budget_s
        self._share_s = self._left_s / max(1, len(hunts))

    @property
    def left(self) -> bool:
        """Whether there is another turn."""
        return bool(self._waiting) and self._left_s > TURN_LEAST_S

    @property
    def next(self) -> Hunt:
        """Whose turn it is."""
        return self._waiting[0]

    def take(self) -> Hunt:
        """Let that one go on, and say which it was."""
        hunt = self._waiting.popleft()
        self._left_s -= hunt.go_on(self._share_s, first=self._first)
        if hunt.ended == "time" or (hunt.ended == "first failure" and not self._first_only):
            self._again.append(hunt)
        if not self._waiting:
            self._waiting, self._again, self._first = deque(self._again), [], self._first_only
            self._share_s = self._left_s / max(1, len(self._waiting))
        return hunt
