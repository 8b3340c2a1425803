"""One operation of a client: what was asked, what came back, and between which events of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from harness.properties.texts import brief

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answer:
    """The type of `ANY` and `UNTOLD`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


#: What a specification says of a result that it leaves open.
ANY: Final = Answer("anything")

#: The result of an operation that returned, and of which nobody said what.
UNTOLD: Final = Answer("done")

#: How operations and transactions end that nobody knows the outcome of, beside "raised ...".
KILLED, CANCELLED, PENDING = "killed", "cancelled", "no answer"


@attrs.frozen(kw_only=True)
class Operation:
    """One operation, as it was recorded.

    Attributes:
      client: who called.
      name, arguments: what was called; lists, sets and dicts as values that never change.
      invoked, returned: places among all events of the history. An operation that was never answered
        has no second one: it may take effect at any later time, or never.
      result: what came back; `UNTOLD` if nobody said.
      ending: of one that was never answered: "killed", "cancelled", "raised ...", "no answer".
      steps: in which steps of the run it was invoked and answered, for people.
    """

    client: str
    name: str
    arguments: tuple[Any, ...] = ()
    invoked: int
    returned: int | None = None
    result: Any = UNTOLD
    ending: str = ""
    steps: tuple[int, int | None] = (0, None)

    @property
    def call(self) -> str:
        """As it is written: "write(5)"."""
        return called(self.name, self.arguments)

    @property
    def outcome(self) -> str:
        """What came of it, in a word or two."""
        if self.returned is None:
            return f"unknown ({self.ending})"
        return "done" if self.result is UNTOLD else f"-> {shown(self.result)}"


def shown(value: object) -> str:
    """`value` as a short line. What a history says of a value that is not there is None."""
    return "None" if value is None else brief(value)


def called(name: str, arguments: tuple[Any, ...]) -> str:
    """A call as it is written."""
    return f"{name}({', '.join(map(shown, arguments))})"


class FrozenMap(dict[Any, Any]):
    """A dict that is a value: it is never changed, and can be a member of a set."""

    def __hash__(self) -> int:  # type: ignore[override]  # dict has none
        return hash(frozenset(self.items()))


def frozen_map(rows: Mapping[Any, Any]) -> FrozenMap:
    """`rows` as a value."""
    return FrozenMap((frozen(key), frozen(held)) for key, held in rows.items())


def frozen(value: Any) -> Any:
    """`value` as one that nobody changes later, and that can be compared and hashed.

    Raises:
      TypeError: something in it cannot.
    """
    kind = type(value)
    if kind in (int, str, bool, float, bytes, type(None)):
        return value
    if kind in (list, tuple):
        return tuple(map(frozen, value))
    if kind in (set, frozenset):
        return frozenset(map(frozen, value))
    if kind is dict:
        return frozen_map(value)
    hash(value)
    return value
