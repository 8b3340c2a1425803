"""The referees: try every order there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations, permutations
from typing import Any

from harness.histories import ListAppend, Operation, ReadWriteRegister, Specification
from harness.properties.histories.specification import agrees
from harness.properties.histories.transaction import Deed, Transaction


def some_of(members: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Every subset."""
    return chain.from_iterable(combinations(members, size) for size in range(len(members) + 1))


# ---- linearizability -----------------------------------------------------------------------------


def is_linearizable(
    specification: Specification,
    operations: Sequence[Operation],
    free: Sequence[Operation] = (),
) -> bool:
    """Whether any order of the answered operations and some others explains all results.

    Those that are `free` stand in no order, and may have had any result.
    """
    answered = [operation for operation in operations if operation.returned is not None]
    others = [operation for operation in operations if operation.returned is None]
    return any(
        _explains(specification, order, [id(one) for one in (*others, *free)], list(map(id, free)))
        for some in some_of((*others, *free))
        for order in permutations((*answered, *some))
    )


def _explains(
    specification: Specification,
    order: Sequence[Operation],
    unanswered: Sequence[int],
    free: Sequence[int],
) -> bool:
    state = specification.initial
    invoked = 0  # the latest invocation so far: nobody may have been answered before it
    for operation in order:
        state, result = specification.apply(state, operation)
        if id(operation) not in free:
            returned = operation.returned
            if returned is not None and returned < invoked:
                return False
            invoked = max(invoked, operation.invoked)
        if id(operation) not in unanswered and not agrees(result, operation.result):
            return False
    return True


# ---- transactions --------------------------------------------------------------------------------


def is_serializable(
    workload: ListAppend | ReadWriteRegister, transactions: Sequence[Transaction]
) -> bool:
    """Whether any order of the committed transactions and some unknown ones explains all reads."""
    committed = [one for one in transactions if one.committed]
    unknown = [one for one in transactions if one.committed is None]
    return any(
        _runs(workload, order)
        for some in some_of(unknown)
        for order in permutations((*committed, *some))
    )


def _runs(workload: ListAppend | ReadWriteRegister, order: Sequence[Transaction]) -> bool:
    rows: dict[Any, Any] = dict(getattr(workload, "initial", {}))
    return all(_does(rows, deed) for transaction in order for deed in transaction.deeds)


def _does(rows: dict[Any, Any], deed: Deed) -> bool:
    if deed.verb == "read":
        return bool((rows.get(deed.key) or None) == (deed.value or None))
    held = rows.get(deed.key) or ()
    rows[deed.key] = (*held, deed.value) if deed.verb == "append" else deed.value
    return True


# ---- circles -------------------------------------------------------------------------------------


def all_circles(edges: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Every circle that passes through nobody twice, from each of its edges."""
    found: list[tuple[Any, ...]] = []

    def go(way: tuple[Any, ...]) -> None:
        if way[-1].second == way[0].first:
            found.append(way)
            return
        been = {edge.first for edge in way}
        for edge in edges:
            if edge.first == way[-1].second and edge.second not in been - {way[0].first}:
                go((*way, edge))

    for edge in edges:
        go((edge,))
    return found
