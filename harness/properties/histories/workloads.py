"""Two kinds of transactions whose reads tell in which order versions were written, as in Elle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from harness.errors import HistoryMisused
from harness.properties.histories.operation import FrozenMap, frozen_map

if TYPE_CHECKING:
    from harness.properties.histories.transaction import Verb

#: How strict an isolation is asked for; "repeatable read" is snapshot isolation, as in PostgreSQL.
Isolation = Literal["read committed", "repeatable read", "serializable"]

_BY_LEVEL = {
    "read committed": (),
    "repeatable read": ("G-single",),
    "serializable": ("G-single", "G2-item"),
}

#: What no isolation of these allows.
_NEVER = (
    *("unwritten value", "internal inconsistency", "duplicate", "contradictory order"),
    *("G0", "G1a", "G1b", "G1c"),
)


def _checked(instance: object, _: object, level: str) -> None:
    if level not in _BY_LEVEL:
        what = f"isolation={level!r}: say one of {', '.join(_BY_LEVEL)}"
        raise HistoryMisused(type(instance).__name__, what)


@attrs.frozen
class ListAppend:
    """Keys hold lists, to which transactions append values of their own; reads return whole lists.

    A read shows all versions up to the one it saw, so nothing about their order is left open.

    Attributes:
      isolation: what is promised: "serializable", "repeatable read" (snapshot isolation, as in
        PostgreSQL) or "read committed".
    """

    isolation: Isolation = attrs.field(default="serializable", validator=_checked)

    @property
    def writes(self) -> Verb:
        """How it writes."""
        return "append"

    def is_initial(self, key: Any, value: Any) -> bool:
        """Whether a value of `key` is what stood there before."""
        return False


@attrs.frozen
class ReadWriteRegister:
    """Keys hold values, which transactions replace by values that are written once for each key.

    The order of versions is known as far as transactions read a key before they write it.

    Attributes:
      initial: the values before the first transaction; None for other keys.
      isolation: what is promised: "serializable", "repeatable read" (snapshot isolation, as in
        PostgreSQL) or "read committed".
    """

    initial: FrozenMap = attrs.field(factory=FrozenMap, converter=frozen_map)
    isolation: Isolation = attrs.field(default="serializable", validator=_checked)

    @property
    def writes(self) -> Verb:
        """How it writes."""
        return "write"

    def is_initial(self, key: Any, value: Any) -> bool:
        """Whether a value of `key` is what stood there before."""
        return bool(self.initial.get(key) == value)


Workload = ListAppend | ReadWriteRegister


def forbidden(workload: Workload) -> tuple[str, ...]:
    """The names of the anomalies that must not be."""
    return (*_NEVER, *_BY_LEVEL[workload.isolation])
