"""From a history to what is said of it: it holds, it does not, or nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties.histories.linearizable import Budget, OutOfBudget, explanation, parts
from harness.properties.histories.shown import table
from harness.properties.histories.smallest import smallest
from harness.world.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.histories.operation import Operation
    from harness.properties.histories.specification import Specification


@attrs.frozen
class Verdict:
    """What was found out about one history.

    Attributes:
      failures: what is wrong with it.
      undecided: what could not be found out, in words; such a run is no pass.
    """

    failures: tuple[Failure, ...] = ()
    undecided: str = ""


def judge(
    name: str,
    specification: Specification,
    operations: Sequence[Operation],
    applications: int,
    *,
    shrink: bool = True,
) -> Verdict:
    """Whether a history is linearizable.

    Args:
      name: of the history.
      specification: what its operations do one by one.
      operations: those that may have taken effect.
      applications: so often the specification may be applied to each part.
      shrink: whether somebody is going to read which operations contradict each other.
    """
    property_ = f"{name} is linearizable"
    undecided = ""
    for part in parts(specification, operations).values():
        try:
            explained = explanation(specification, part, Budget(applications)) is not None
        except OutOfBudget:
            explained = True
            undecided = f"{property_}: not decided within {applications:,} applications"
        if not explained:
            text = _contradiction(specification, part, applications) if shrink else ""
            return Verdict((Failure(property_, f"{property_}: no order explains it{text}"),))
    return Verdict(undecided=undecided)


def _contradiction(
    specification: Specification, operations: Sequence[Operation], applications: int
) -> str:
    found = smallest(specification, operations, applications)
    lines = table(found)
    left_out = len(operations) - len(found.operations)
    if not found.minimal:
        lines.append("(fewer operations may do: the budget ended the search for them)")
    if left_out:
        more = "one more operation" if left_out == 1 else f"{left_out} more operations"
        lines.append(f"left out: {more}, of which nothing depends here")
    kind = type(specification).__name__
    return "\n".join([f", as of a {kind}:", *(f"  {line}" for line in lines)])
