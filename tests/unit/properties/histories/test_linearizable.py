"""The search for an order agrees with trying every order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from harness.histories import Operation
from harness.properties.histories.linearizable import Budget, explanation, parts
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


@pytest.mark.soak
@given(histories(st.integers(1, 5)))
@settings(max_examples=3_000, suppress_health_check=list(HealthCheck))
def test_so_it_is_for_thousands(history: History) -> None:
    """With up to five operations."""
    shrinks(history)
