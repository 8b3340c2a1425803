"""The search for an order agrees with trying every order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from harness.histories import Operation, Register
from harness.properties.histories.linearizable import Budget, explanation, parts
from harness.properties.histories.operation import UNTOLD
from harness.properties.histories.smallest import smallest
from harness.properties.histories.specification import agrees
from tests.unit.properties.histories.brute import is_linearizable
from tests.unit.properties.histories.drawn import History, histories

#: More than any of these needs.
PLENTY = 1_000_000


def explained(history: History) -> bool:
    """What the checker says."""
    return all(
        explanation(history.specification, part, Budget(PLENTY)) is not None
        for part in parts(history.specification, history.operations).values()
    )


def agree(history: History) -> None:
    """The checker and brute force; and the order that is found, if any, is one."""
    expected = is_linearizable(history.specification, history.operations)

    assert explained(history) == expected
    order = explanation(history.specification, history.operations, Budget(PLENTY))
    assert (order is not None) == expected
    if order is not None:
        _check_order(history, order)


def _check_order(history: History, order: list[Operation]) -> None:
    state = history.specification.initial
    for operation in order:
        state, result = history.specification.apply(state, operation)
        assert operation.returned is None or agrees(result, operation.result)
    for first, second in pairwise(order):
        assert second.returned is None or second.returned > first.invoked
    missing = [operation for operation in history.operations if operation not in order]
    assert all(operation.returned is None for operation in missing)


@given(histories(st.integers(0, 4)))
@settings(max_examples=150)
def test_the_checker_agrees_with_brute_force(history: History) -> None:
    """Over every specification there is."""
    agree(history)


@pytest.mark.soak
@given(histories(st.integers(0, 6)))
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
def test_it_does_so_for_ten_thousand_histories(history: History) -> None:
    """With up to six operations."""
    agree(history)


def shrinks(history: History) -> None:
    """What is shown of a history fails by itself, whatever became of the rest; and it is minimal."""
    spec, operations = history.specification, history.operations
    if is_linearizable(spec, operations):
        return
    found = smallest(spec, operations, PLENTY)
    core, needed = list(found.core), list(found.needed)
    rest = [operation for operation in operations if operation not in core]

    assert found.minimal
    assert not is_linearizable(spec, core, rest)
    for operation in core:
        fewer = [other for other in core if other is not operation]
        assert is_linearizable(spec, fewer, [*rest, operation])
        assert is_linearizable(spec, fewer, [*needed, operation])
    for operation in needed:
        less = [other for other in needed if other is not operation]
        assert not all(
            is_linearizable(spec, [o for o in core if o is not one], [*less, one]) for one in core
        )


@given(histories(st.integers(1, 4)))
@settings(max_examples=100)
def test_the_smallest_part_is_one_by_brute_force(history: History) -> None:
    """Letting go of any one operation of it would explain it."""
    shrinks(history)


def recorded(*calls: str) -> list[Operation]:
    """Operations written as "1-4 write 5" and "2-3 read -> 5"; "1- write 5" was never answered."""
    return [_recorded(*call.partition(" -> ")) for call in calls]


def _recorded(call: str, _: str, result: str) -> Operation:
    span, name, *arguments = call.split()
    invoked, _, returned = span.partition("-")
    return Operation(
        client=call,
        name=name,
        arguments=tuple(map(int, arguments)),
        invoked=int(invoked),
        returned=int(returned) if returned else None,
        result=int(result) if result else UNTOLD,
    )


@pytest.mark.parametrize(
    ("calls", "core", "needed"),
    [
        # A stale read. What others read does not matter.
        (["1-2 write 5", "3-4 read -> 5", "5-6 read -> 0"], [0, 2], []),
        # Whenever the write took effect, the second read is older than the first.
        (["1-9 write 5", "2-3 read -> 5", "4-5 read -> 0"], [1, 2], [0]),
        # The same where nobody knows what became of the write; the other one has no part in it.
        (["1- write 5", "2-3 read -> 5", "4-5 read -> 0", "6-7 write 6"], [1, 2], [0]),
        # A value from the future, and one from nowhere.
        (["1-2 read -> 5", "3-4 write 5"], [0, 1], []),
        (["1-2 read -> 5", "3-4 write 6"], [0], []),
    ],
)
def test_the_smallest_part_says_enough(
    calls: list[str], core: list[int], needed: list[int]
) -> None:
    """To contradict itself, and where the values come from."""
    operations = recorded(*calls)
    found = smallest(Register(0), operations, PLENTY)

    assert found.core == tuple(operations[place] for place in core)
    assert found.needed == tuple(operations[place] for place in needed)


def test_a_search_for_the_smallest_part_ends() -> None:
    """With what it has when the budget is gone."""
    operations = recorded(*(f"1-20 write {n}" for n in range(8)), "30-31 read -> 9")
    found = smallest(Register(0), operations, 10)

    assert not found.minimal
    assert not is_linearizable(Register(0), found.core[-1:], ())


@pytest.mark.soak
@given(histories(st.integers(1, 5)))
@settings(max_examples=3_000, suppress_health_check=list(HealthCheck))
def test_so_it_is_for_thousands(history: History) -> None:
    """With up to five operations."""
    shrinks(history)
