"""Whether some order of the operations explains what each of them returned.

Herlihy and Wing ("Linearizability: a correctness condition for concurrent objects", TOPLAS 1990): every
operation seems to take effect at one instant between its invocation and its answer. So there is an
order of all answered operations, and of some that were never answered, in which one that was answered
before another was invoked comes first, and in which each returns what the sequential specification
says.

The search is that of Wing and Gong ("Testing and verifying concurrent objects", JPDC 1993): take next any
operation before which nothing must come, apply it, and go on while results agree. Two ways that took
the same operations to the same state have the same future; only one is followed (Lowe, "Testing for
linearizability", Concurrency and Computation 2017). The problem is NP-complete (Gibbons and Korach
1997), so the number of applications is limited: a check that runs out of them has no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from harness.properties.histories.specification import (
    agrees,
    apply,
    failed,
    initial_of,
    key_of,
)
from harness.properties.validity import FROM_OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from harness.properties.histories.operation import Operation
    from harness.properties.histories.specification import Specification


class OutOfBudget(Exception):
    """There is no answer yet, and no budget left."""


class Budget:
    """How often specifications may still be applied."""

    __slots__ = ("left",)

    def __init__(self, applications: int) -> None:
        self.left = applications

    def spend(self) -> None:
        """One application. Raises `OutOfBudget` when there is none left."""
        if not self.left:
            raise OutOfBudget
        self.left -= 1


class _Entry(NamedTuple):
    """An operation in the search: its bit, those that must come before it, whether it must come."""

    bit: int
    before: int
    operation: Operation
    must: bool


def parts(
    specification: Specification, operations: Sequence[Operation]
) -> dict[Hashable, list[Operation]]:
    """The operations on each part of the state, in order."""
    found: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        found.setdefault(key_of(specification, operation), []).append(operation)
    return found


def explanation(
    specification: Specification,
    operations: Sequence[Operation],
    budget: Budget,
    *,
    free: Collection[Operation] = (),
) -> list[Operation] | None:
    """An order that explains the operations; None if there is none.

    Args:
      specification: what they do one by one.
      operations: as they were recorded.
      budget: it is spent from.
      free: further operations that may have taken effect at any time, or never, with any result.

    Raises:
      OutOfBudget: nobody knows.
      SpecificationFailed: the specification is wrong.
    """
    entries = _entries(operations, free)
    wanted = sum(entry.bit for entry in entries if entry.must)
    start = (0, initial_of(specification))
    #: Each configuration, by the operations taken and the state, with the one that led to it.
    came: dict[tuple[int, Any], tuple[tuple[int, Any], Operation] | None] = {start: None}
    open_ = [start]
    while open_:
        here = open_.pop()
        taken, state = here
        if not wanted & ~taken:
            return _way(came, here)
        for bit, before, operation, must in entries:
            if taken & bit or before & ~taken:
                continue
            budget.spend()
            after, result = apply(specification, state, operation)
            there = (taken | bit, after)
            try:
                if must and not agrees(result, operation.result):
                    continue
                if there in came or not (must or after != state):
                    continue  # who need not come and changes nothing had better not come
            except FROM_OUTSIDE:
                raise
            except BaseException as error:
                raise failed(specification, operation, error) from error
            came[there] = here, operation
            open_.append(there)
    return None


def _entries(operations: Sequence[Operation], free: Collection[Operation]) -> list[_Entry]:
    """Last choice first, as the search takes the last that it has found.

    It is likeliest that operations took effect in the order in which they were answered.
    """
    numbered = list(enumerate(operations))
    entries = []
    for number, operation in numbered:
        before = sum(
            1 << other
            for other, earlier in numbered
            if earlier.returned is not None and earlier.returned < operation.invoked
        )
        entries.append(_Entry(1 << number, before, operation, operation.returned is not None))
    entries.sort(key=_answered, reverse=True)
    more = [_Entry(1 << n, 0, o, False) for n, o in enumerate(free, start=len(operations))]
    return [*more, *entries]


def _answered(entry: _Entry) -> tuple[bool, int]:
    returned = entry.operation.returned
    return returned is None, entry.operation.invoked if returned is None else returned


def _way(came: dict[Any, Any], to: Any) -> list[Operation]:
    way: list[Operation] = []
    while came[to] is not None:
        to, operation = came[to]
        way.append(operation)
    return way[::-1]
