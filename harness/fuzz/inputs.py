"""What one fuzzed exploration is given: a plan, a workload, budgets of faults. A value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import strategies as st

from harness.errors import UnknownParameter
from harness.fuzz import plans as drawn
from harness.kernel import clean
from harness.plans import PARAMETER, Plan
from harness.world.faults import in_words

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from harness.explore import Scenario


@attrs.frozen(kw_only=True)
class Input:
    """What was drawn for a scenario. Equal inputs have equal outcomes.

    Attributes:
      plan: the restart plan; None: none was drawn.
      workload: values of parameters, by name.
      faults: how often each kind of fault may strike in a run; None: as the scenario says.
    """

    plan: Plan | None = None
    workload: Mapping[str, Any] = attrs.field(factory=dict)
    faults: Mapping[str, int] | None = None

    @property
    def params(self) -> dict[str, Any]:
        """As `explore` takes them."""
        given = dict(self.workload)
        return given if self.plan is None else given | {PARAMETER: self.plan}

    @property
    def key(self) -> str:
        """Equal for equal inputs, on every machine."""
        tree = {"plan": self.plan and self.plan.tree(), "workload": self.workload}
        faults = None if self.faults is None else dict(self.faults)
        return json.dumps({**tree, "faults": faults}, sort_keys=True, default=clean)

    def seed(self, base: int) -> int:
        """The seed of its search: a function of itself, so that it always comes to the same."""
        digest = blake2b(f"{base}\0{self.key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) >> 1  # what fits into a trace

    def __str__(self) -> str:
        """In words: "restart funding, blue-green; faults: kill 1"."""
        words = [] if self.plan is None else [str(self.plan)]
        words += [f"{name} = {value!r}" for name, value in self.workload.items()]
        if self.faults is not None:
            words += [f"faults: {in_words(self.faults)}" if self.faults else "no faults"]
        return "; ".join(words)


def inputs(
    scenario: Scenario,
    *,
    params: Mapping[str, Any] | None = None,
    faults: Mapping[str, int] | None = None,
    plans: SearchStrategy[Plan] | None = None,
    workload: Mapping[str, SearchStrategy[Any]] | None = None,
    fault_budgets: SearchStrategy[dict[str, int]] | None = None,
) -> SearchStrategy[Input] | None:
    """What a scenario can be given: plans of its space, its workload, faults up to its budgets.

    Args:
      scenario: what it declares is drawn, where nothing else is said.
      params: parameters that are settled, and not drawn; a plan may be among them.
      faults: budgets instead of the scenario's, drawn up to them.
      plans, fault_budgets: your own strategies instead.
      workload: of parameters, your own strategies, besides those that the scenario declares.

    Returns:
      A strategy; None if there is nothing to draw.

    Raises:
      UnknownParameter: the workload draws one that the scenario does not declare.
    """
    settled = params or {}
    if plans is None and scenario.plans is not None and PARAMETER not in settled:
        plans = drawn.plans(scenario.plans)
    loads = {**scenario.workload, **(workload or {})}
    for name in loads:
        if name not in scenario.params:
            raise UnknownParameter(name, list(scenario.params))
    loads = {name: load for name, load in loads.items() if name not in settled}
    budgets = scenario.faults if faults is None else faults
    if fault_budgets is None and any(budgets.values()):
        fault_budgets = drawn.faults(budgets)
    if plans is None and fault_budgets is None and not loads:
        return None
    return st.builds(
        Input,
        plan=st.none() if plans is None else plans,
        workload=st.fixed_dictionaries(loads),
        faults=st.none() if fault_budgets is None else fault_budgets,
    )
