"""A reduction between two runs as JSON values: what a search that goes on elsewhere has to know.

Masks are written in hexadecimal, as they may be longer than any number that JSON has for sure. Trees are
written as a list of nodes, each before its children, since nesting has a limit in files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.explore.reduction.wakeup import Data, Node, Step, Steps
from harness.kernel import Event, Mask

if TYPE_CHECKING:
    from collections.abc import Sequence

_Natural = Annotated[int, msgspec.Meta(ge=0)]


_MASKS = ("reads", "writes", "parts", "queues", "after", "any_of", "freed", "acquires")


class StoredEvent(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An event of the path."""

    who: _Natural
    data: Data
    masks: tuple[Mask, Mask, Mask, Mask, Mask, Mask, Mask, Mask]
    flags: tuple[bool, bool, bool, bool, bool]
    glued: _Natural | None

    @classmethod
    def of(cls, event: Event) -> StoredEvent:
        """An event as data."""
        masks: Any = tuple(f"{getattr(event, name):x}" for name in _MASKS)
        flags = event.declared, event.known, event.fixed, event.idle, event.reaches
        return cls(event.who, event.data, masks, flags, event.glued)

    def event(self) -> Event:
        """The event again."""
        event = Event(self.who, data=self.data)
        for name, mask in zip(_MASKS, self.masks, strict=True):
            setattr(event, name, int(mask, 16))
        event.declared, event.known, event.fixed, event.idle, event.reaches = self.flags
        event.glued = self.glued
        return event


class StoredStep(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A step that is to be taken, or sleeps; without masks where nobody knows what it touches."""

    who: _Natural
    data: Data
    touches: tuple[Mask, Mask, Mask] | None
    foretold: bool
    open_ended: bool

    @classmethod
    def of(cls, step: Step) -> StoredStep:
        """A step as data."""
        event, touches = step.event, None
        if event is not None:
            touches = f"{event.reads:x}", f"{event.writes:x}", f"{event.parts:x}"
        return cls(step.who, step.data, touches, step.foretold, step.open_ended)

    def step(self, seen: Steps) -> Step:
        """The step again."""
        event = None
        if self.touches is not None:
            reads, writes, parts = (int(mask, 16) for mask in self.touches)
            event = Event(self.who, reads, writes, parts, data=self.data)
            if not (self.foretold or self.open_ended):
                return seen.of(event)
        return Step(self.who, self.data, event, foretold=self.foretold, open_ended=self.open_ended)


class StoredNode(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Steps by their number in the table, and how many children follow in the list of nodes."""

    steps: Annotated[tuple[_Natural, ...], msgspec.Meta(min_length=1)]
    children: _Natural


class StoredPath(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a search stands.

    Attributes:
      steps: a table, to which numbers of steps refer.
      events: what is kept of the path; `forced` is what comes after that in the next run.
      asleep: for each depth up to the last of those events, the steps that sleep.
      trees: for each depth up to the last forced step, how many of `nodes` begin a tree.
      nodes: each before its children.
    """

    steps: tuple[StoredStep, ...]
    events: tuple[StoredEvent, ...]
    forced: tuple[_Natural, ...]
    asleep: tuple[tuple[_Natural, ...], ...]
    trees: tuple[_Natural, ...]
    nodes: tuple[StoredNode, ...]

    @classmethod
    def of(
        cls,
        events: Sequence[Event],
        forced: Sequence[Step],
        asleep: Sequence[Sequence[Step]],
        trees: Sequence[Sequence[Node]],
    ) -> StoredPath:
        """The same as data."""
        writer = Writer()
        nodes = writer.nodes([node for tree in trees for node in tree])
        numbers = tuple(map(writer.number, forced))
        sleepers = tuple(tuple(map(writer.number, steps)) for steps in asleep)
        return cls(
            steps=tuple(writer.steps),
            events=tuple(map(StoredEvent.of, events)),
            forced=numbers,
            asleep=sleepers,
            trees=tuple(map(len, trees)),
            nodes=tuple(nodes),
        )

    def checked_events(self) -> list[Event]:
        """The events, where the parts are of one search.

        Raises:
          ValueError: they are not.
        """
        depth = len(self.events)
        if len(self.asleep) != depth + 1 or len(self.trees) != depth + len(self.forced) + 1:
            raise ValueError("its parts do not fit together")
        events = [stored.event() for stored in self.events]
        for number, event in enumerate(events):
            if (event.after | event.any_of | event.freed) >> number or (event.glued or 0) > max(
                number - 1, 0
            ):
                raise ValueError(f"event {number} comes after a later one")
        return events


class Writer:
    """Turns steps and trees into tables.

    Attributes:
      steps: each step once.
    """

    def __init__(self) -> None:
        self.steps: list[StoredStep] = []
        self._numbers: dict[int, tuple[int, Step]] = {}  # a step that is kept keeps its id

    def number(self, step: Step) -> int:
        """The place of a step in the table."""
        found = self._numbers.get(id(step))
        if found is None:
            found = self._numbers[id(step)] = len(self.steps), step
            self.steps.append(StoredStep.of(step))
        return found[0]

    def nodes(self, trees: Sequence[Node]) -> list[StoredNode]:
        """Trees, each node before its children."""
        found = []
        todo = list(reversed(trees))
        while todo:
            node = todo.pop()
            found.append(StoredNode(tuple(map(self.number, node.steps)), len(node.children)))
            todo += reversed(node.children)
        return found


class Reader:
    """Turns tables into steps and trees.

    Raises:
      ValueError: a number in them leads nowhere.
    """

    def __init__(self, steps: Sequence[StoredStep], seen: Steps) -> None:
        self._steps = [step.step(seen) for step in steps]

    def step(self, number: int) -> Step:
        """The step at a place in the table."""
        if number >= len(self._steps):
            raise ValueError(f"there is no step {number}")
        return self._steps[number]

    def nodes(self, stored: Sequence[StoredNode]) -> list[Node]:
        """The trees that nodes stand for."""
        trees: list[Node] = []
        open_ends: list[tuple[list[Node], int]] = []
        for one in stored:
            node = Node(tuple(map(self.step, one.steps)))
            while open_ends and not open_ends[-1][1]:
                open_ends.pop()
            if open_ends:
                siblings, left = open_ends.pop()
                siblings.append(node)
                open_ends.append((siblings, left - 1))
            else:
                trees.append(node)
            open_ends.append((node.children, one.children))
        if any(left for _, left in open_ends):
            raise ValueError("a tree breaks off")
        return trees
