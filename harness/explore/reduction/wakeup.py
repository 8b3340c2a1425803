"""Wakeup trees: what is still to be explored from a point of the path, as sequences of steps.

A search meets the same few steps again and again, and most sequences share nothing but their beginning.
So a step that was seen is kept once, and a node holds all the steps up to the next fork.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.kernel import Event

#: The options taken of the choices within a step, each with the number of options there were.
Data = tuple[tuple[int, int], ...]


def is_done(taken: list[Data]) -> bool:
    """Whether a step has been taken with all the options there are of the choices within."""
    if not taken:
        return False
    if not all(taken):  # no choice is left open in one of them
        return True
    count = taken[0][0][1]
    return all(is_done(after((option, count), taken)) for option in range(count))


def after(option: tuple[int, int], taken: list[Data]) -> list[Data]:
    """What was taken behind an option of the first choice."""
    return [data[1:] for data in taken if data[:1] == (option,)]


class Step:
    """One step that is to be taken, or that need not be.

    Attributes:
      who, data: which task, and which options of the choices within the step.
      event: what the step touches; None where that is not known yet.
      foretold: whether `event` was concluded, not seen.
      open_ended: whether further choices within the step are free.
    """

    __slots__ = ("data", "event", "foretold", "open_ended", "who")

    def __init__(
        self,
        who: int,
        data: Data,
        event: Event | None,
        *,
        foretold: bool = False,
        open_ended: bool = False,
    ) -> None:
        self.who = who
        self.data = data
        self.event = event
        self.foretold = foretold
        self.open_ended = open_ended


class Steps:
    """The steps that were seen: one of each kind, whatever the number of events that were such."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, Data, int, int, int], Step] = {}

    def of(self, event: Event) -> Step:
        """The step that an event was."""
        key = event.who, event.data, event.reads, event.writes, event.parts
        step = self._seen.get(key)
        if step is None:
            step = self._seen[key] = Step(event.who, event.data, event)
        return step


class Node:
    """Steps one after the other, and then what may follow the last of them, in this order.

    Attributes:
      steps: at least one.
      children: no two begin with the same step.
    """

    __slots__ = ("children", "steps")

    def __init__(self, steps: tuple[Step, ...], children: list[Node] | None = None) -> None:
        self.steps = steps
        self.children: list[Node] = [] if children is None else children

    def fork(self, place: int, other: Node) -> None:
        """Let another sequence part from this one after `place` steps."""
        assert 0 < place < len(self.steps)
        rest = Node(self.steps[place:], self.children)
        self.steps = self.steps[:place]
        self.children = [rest, other]
