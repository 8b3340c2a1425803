"""The smallest part of a history that shows why no order explains it.

Just to leave operations out would mislead: without the write, each read of what it wrote seems wrong.
So an operation is *let go* instead: it may have taken effect at any time, or never, and with any
result. What is left after that is the *core*: the history fails whenever and however the others took
effect, and letting go of any one more would explain it. Of the others only those are *needed* without
which the core would be smaller: they say where a value came from. The rest is left out.

Letting go explains more, never less, so one pass over the operations makes the core 1-minimal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties.histories.linearizable import Budget, OutOfBudget, explanation
from harness.properties.histories.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.histories.specification import Specification

#: Of what the check itself may spend, so many times as much may be spent on making it smaller.
_TIMES = 10


@attrs.frozen
class Smallest:
    """Part of a history.

    Attributes:
      core: operations that cannot all be explained, whatever became of the others.
      needed: of the others, those without which the core would be smaller.
      minimal: whether it could be made as small as it gets within the budget.
    """

    core: tuple[Operation, ...]
    needed: tuple[Operation, ...] = ()
    minimal: bool = True

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Both, in the order of their invocations."""
        return tuple(sorted((*self.core, *self.needed), key=lambda o: o.invoked))


def smallest(
    specification: Specification, operations: Sequence[Operation], applications: int
) -> Smallest:
    """The smallest part of a history that no order explains."""
    return _Shrinking(specification, applications).of(operations)


class _Shrinking:
    def __init__(self, specification: Specification, applications: int) -> None:
        self._specification = specification
        self._applications = applications
        self._left = _TIMES * applications

    def of(self, operations: Sequence[Operation]) -> Smallest:
        core: list[Operation] = list(operations)
        free: list[Operation] = []
        try:
            for operation in reversed(operations):  # what came late is seldom the cause
                fewer = [other for other in core if other is not operation]
                if self._fails(fewer, [*free, operation]):
                    core = fewer
                    free.append(operation)
            for operation in tuple(free):
                fewer = [other for other in free if other is not operation]
                if self._is_minimal(core, fewer):
                    free = fewer
        except OutOfBudget:
            return Smallest(tuple(core), tuple(free), minimal=False)
        return Smallest(tuple(core), tuple(free))

    def _is_minimal(self, core: list[Operation], free: list[Operation]) -> bool:
        return not any(
            self._fails([other for other in core if other is not operation], [*free, operation])
            for operation in core
        )

    def _fails(self, core: list[Operation], free: list[Operation]) -> bool:
        budget = Budget(min(self._left, self._applications))
        before = budget.left
        try:
            return explanation(self._specification, core, budget, free=free) is None
        finally:
            self._left -= before - budget.left
