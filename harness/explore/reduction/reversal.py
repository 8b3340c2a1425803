"""One race, and the sequence of steps that has its second event come before its first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.explore.reduction.wakeup import Node, Step

if TYPE_CHECKING:
    from harness.explore.reduction.history import History
    from harness.explore.reduction.wakeup import Steps
    from harness.kernel import Event


class Reversal:
    """A race and the sequence that reverses it, from the point before its first event.

    Attributes:
      first: the number of the first event.
      event: the second one, as it was. `second` is its number; None if it was missed.
      rest: the events after the first that do not depend on it, as a mask; shrinks.
      needed: those of them without which the second cannot be: of its task, or what woke that.
      has_second: whether the second is still part of the sequence.
      foretold: the second as it will be, where somebody wanted to know.
    """

    __slots__ = (
        "_history",
        "_second",
        "_touched",
        "all_of_rest",
        "event",
        "first",
        "foretold",
        "has_second",
        "needed",
        "rest",
        "was_missed",
    )

    def __init__(
        self,
        history: History,
        first: int,
        rest: int,
        event: Event,
        needed: int,
        *,
        second: int | None = None,
    ) -> None:
        self._history = history
        self._second = second
        self._touched: tuple[int, int, int] | None = None
        self.first = first
        self.rest = self.all_of_rest = rest
        self.event = event
        self.needed = needed
        self.was_missed = second is None
        self.has_second = True
        self.foretold: Event | None = None

    def touched(self) -> tuple[int, int, int]:
        """What the rest reads, writes, and writes parts of."""
        if self._touched is None:
            writes = reads = parts = 0
            events, rest = self._history.events, self.rest
            while rest:
                number = rest.bit_length() - 1
                rest ^= 1 << number
                event = events[number]
                reads |= event.reads
                writes |= event.writes
                parts |= event.parts
            self._touched = reads, writes, parts
        return self._touched

    def conflicts(self, event: Event) -> bool:
        """Whether an event conflicts with any of the rest."""
        if event is self.event and self._second is not None:  # it is among those before or after it
            history, second = self._history, self._second
            if not (history.before[second] | history.later(second)) & self.rest:
                return False
        return event.meets(*self.touched())

    def leave(self, rest: int) -> None:
        """Take away the other events of the sequence; they came first."""
        if rest != self.rest:
            self.rest = rest
            self.needed &= rest
            self._touched = None

    def as_node(self, seen: Steps) -> Node:
        """The sequence as a wakeup tree of its own."""
        steps = [seen.of(event) for event in self._history.chosen(self.rest)]
        if self.has_second:
            data = () if self.foretold is None else self.foretold.data
            steps.append(Step(self.event.who, data, self.foretold, foretold=True, open_ended=True))
        return Node(tuple(steps))
