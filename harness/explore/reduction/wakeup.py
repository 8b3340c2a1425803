"""Wakeup trees: what is still to be explored from a point of the path, as sequences of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Event


class Branch:
    """One event that is to be taken next, and what is to follow it.

    Attributes:
      who, data: which task, and which options of the choices within the step.
      event: what the step will touch; None where that is not known yet.
      foretold: whether `event` was concluded, not seen.
      open_ended: whether further choices within the step are free.
      tail: what is to follow one after the other, as long as nobody shares it.
    """

    __slots__ = ("_children", "data", "event", "foretold", "open_ended", "tail", "who")

    def __init__(
        self,
        who: int,
        data: tuple[tuple[int, int], ...],
        event: Event | None,
        *,
        foretold: bool = False,
        open_ended: bool = False,
        tail: tuple[Event | Branch, ...] = (),
    ) -> None:
        self.who = who
        self.data = data
        self.event = event
        self.foretold = foretold
        self.open_ended = open_ended
        self._children: list[Branch] | None = None
        self.tail = tail

    @classmethod
    def chain(cls, steps: Sequence[Event | Branch]) -> Branch:
        """The first of them, with the others one after the other."""
        first, *tail = steps
        if isinstance(first, Branch):
            first.tail = tuple(tail)
            return first
        return cls(first.who, first.data, first, tail=tuple(tail))

    @property
    def children(self) -> list[Branch]:
        """What may follow. A tail that nobody shares is kept as a tuple until somebody asks."""
        if self._children is None:
            self._children = [Branch.chain(self.tail)] if self.tail else []
            self.tail = ()
        return self._children

    @property
    def is_leaf(self) -> bool:
        """Whether anything may follow."""
        return not self.tail and not self._children
