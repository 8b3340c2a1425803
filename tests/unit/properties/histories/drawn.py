"""Histories that Hypothesis draws: many that can be explained, and many that cannot.

They are made by doing the operations one after another, each at some instant between its invocation
and its answer; then perhaps somebody is told something else.
"""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import strategies as st

from harness.histories import (
    ANY,
    Counter,
    KeyValue,
    Operation,
    Queue,
    Register,
    Set,
    Specification,
)
from harness.properties.histories.operation import UNTOLD

Call = tuple[Any, ...]

#: What is called of each specification. Few values, so that they meet again.
CALLS: dict[Specification, list[Call]] = {
    Register(0): [
        ("read",),
        ("read",),
        ("write", 1),
        ("write", 2),
        ("compare_exchange", 0, 1),
        ("compare_exchange", 1, 2),
    ],
    Counter(): [("read",), ("read",), ("increment",), ("decrement", 2), ("add", 1), ("add", 1)],
    Queue(): [("enqueue", 1), ("enqueue", 2), ("enqueue", 3), ("dequeue",), ("dequeue",)],
    Set(): [("add", 1), ("add", 2), ("remove", 1), ("contains", 1), ("contains", 2), ("read",)],
    KeyValue({"x": 0}): [
        ("get", "x"),
        ("get", "y"),
        ("put", "x", 1),
        ("put", "y", 1),
        ("delete", "x"),
        ("compare_exchange", "x", 0, 2),
    ],
}

#: What somebody may be told instead.
LIES: dict[type, list[Any]] = {
    Register: [0, 1, 2, True, False],
    Counter: [-2, -1, 0, 1, 2],
    Queue: [None, 1, 2, 3],
    Set: [True, False, frozenset(), frozenset({1}), frozenset({1, 2})],
    KeyValue: [None, 0, 1, 2, True, False],
}


@attrs.frozen
class History:
    """What was drawn."""

    specification: Specification
    operations: tuple[Operation, ...]


@st.composite
def histories(draw: st.DrawFn, sizes: st.SearchStrategy[int]) -> History:
    """A history of one of the specifications."""
    specification = draw(st.sampled_from(list(CALLS)))
    size = draw(sizes)
    instants = draw(st.permutations(range(3 * size)))
    spans = [sorted(instants[3 * n : 3 * n + 3]) for n in range(size)]
    calls = [draw(st.sampled_from(CALLS[specification])) for _ in range(size)]
    results: dict[int, Any] = {}
    state = specification.initial
    for _, number in sorted((span[1], number) for number, span in enumerate(spans)):
        operation = _operation(number, calls[number], spans[number])
        if not _is_lost(draw):
            state, results[number] = specification.apply(state, operation)
    return History(
        specification,
        tuple(
            _answered(draw, specification, _operation(n, calls[n], spans[n]), results)
            for n in sorted(range(size), key=lambda n: spans[n][0])
        ),
    )


def _operation(number: int, call: Call, span: list[int]) -> Operation:
    return Operation(
        client=f"client {number}",
        name=call[0],
        arguments=tuple(call[1:]),
        invoked=span[0],
        returned=span[2],
    )


def _is_lost(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 7)) == 7


def _answered(
    draw: st.DrawFn, specification: Specification, operation: Operation, results: dict[int, Any]
) -> Operation:
    number = int(operation.client.split()[1])
    if number not in results or draw(st.integers(0, 7)) == 7:
        return attrs.evolve(operation, returned=None, ending="killed")
    result = results[number]
    if draw(st.booleans()):
        result = draw(st.sampled_from([UNTOLD, *LIES[type(specification)]]))
    return attrs.evolve(operation, result=UNTOLD if result is ANY else result)
