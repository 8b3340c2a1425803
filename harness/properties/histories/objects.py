"""Specifications that are often wanted: register, counter, queue, set, key-value.

Operations that only change something may return anything. All values must be hashable, or be lists, sets
or dicts of such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import SpecificationFailed
from harness.properties.histories.operation import ANY, FrozenMap, frozen, frozen_map

if TYPE_CHECKING:
    from collections.abc import Hashable

    from harness.properties.histories.operation import Operation

#: The state after an operation, and what it returns.
After = tuple[Any, Any]


def _unknown(specification: object, operation: Operation, known: str) -> SpecificationFailed:
    return SpecificationFailed(type(specification).__name__, operation.call, f"it knows {known}")


@attrs.frozen
class Register:
    """One value: `read()`, `write(value)`, `compare_exchange(old, new)`, which tells whether it did."""

    initial: Any = attrs.field(default=None, converter=frozen)

    def apply(self, state: Any, operation: Operation) -> After:
        """See the class."""
        match operation.name, operation.arguments:
            case "read", ():
                return state, state
            case "write", (value,):
                return value, ANY
            case "compare_exchange", (old, new):
                return (new, True) if state == old else (state, False)
        raise _unknown(self, operation, "read(), write(value), compare_exchange(old, new)")


@attrs.frozen
class Counter:
    """A number: `read()`; `increment(n=1)` and `decrement(n=1)`; `add(n)`, which returns the sum."""

    initial: int = 0

    def apply(self, state: int, operation: Operation) -> After:
        """See the class."""
        match operation.name, operation.arguments:
            case "read", ():
                return state, state
            case "increment", ():
                return state + 1, ANY
            case "increment", (amount,):
                return state + amount, ANY
            case "decrement", ():
                return state - 1, ANY
            case "decrement", (amount,):
                return state - amount, ANY
            case "add", (amount,):
                return state + amount, state + amount
        raise _unknown(self, operation, "read(), increment(n), decrement(n), add(n)")


@attrs.frozen
class Queue:
    """First in, first out: `enqueue(value)`; `dequeue()`, which returns None if there is nothing."""

    initial: tuple[Any, ...] = attrs.field(default=(), converter=frozen)

    def apply(self, state: tuple[Any, ...], operation: Operation) -> After:
        """See the class."""
        match operation.name, operation.arguments:
            case "enqueue", (value,):
                return (*state, value), ANY
            case "dequeue", ():
                return (state[1:], state[0]) if state else (state, None)
        raise _unknown(self, operation, "enqueue(value), dequeue()")


@attrs.frozen
class Set:
    """Members: `add(member)`, `remove(member)`, `contains(member)`, `read()`, which returns all."""

    initial: frozenset[Any] = attrs.field(default=frozenset(), converter=frozenset)

    def apply(self, state: frozenset[Any], operation: Operation) -> After:
        """See the class."""
        match operation.name, operation.arguments:
            case "add", (member,):
                return state | {member}, ANY
            case "remove", (member,):
                return state - {member}, ANY
            case "contains", (member,):
                return state, member in state
            case "read", ():
                return state, state
        raise _unknown(self, operation, "add(member), remove(member), contains(member), read()")


@attrs.frozen
class KeyValue:
    """Values by key: `get(key)`, `put(key, value)`, `delete(key)`, `compare_exchange(key, old, new)`.

    A key without a value reads None. Each key is checked by itself.
    """

    initial: FrozenMap = attrs.field(factory=FrozenMap, converter=frozen_map)

    def key(self, operation: Operation) -> Hashable:
        """The key that it is about."""
        if not operation.arguments:
            raise _unknown(self, operation, "operations whose first argument is a key")
        key: Hashable = operation.arguments[0]
        return key

    def apply(self, state: FrozenMap, operation: Operation) -> After:
        """See the class."""
        match operation.name, operation.arguments:
            case "get", (key,):
                return state, state.get(key)
            case "put", (key, value):
                return FrozenMap({**state, key: value}), ANY
            case "delete", (key,):
                return FrozenMap((k, v) for k, v in state.items() if k != key), ANY
            case "compare_exchange", (key, old, new):
                swaps = state.get(key) == old
                return (FrozenMap({**state, key: new}) if swaps else state), swaps
        raise _unknown(
            self,
            operation,
            "get(key), put(key, value), delete(key), compare_exchange(key, old, new)",
        )
