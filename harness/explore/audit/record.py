"""What an audited run did, in a form in which two orders of the same steps can be compared.

Tasks and faults go by their numbers in `Names`, and steps by their places, so that nothing depends on
who was spawned first. What the log says is parted among the steps; time that passed because nothing
else could happen lies between two steps, and belongs to neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from harness.kernel import Event

if TYPE_CHECKING:
    from harness.kernel import ObservedEngine

#: What a step did: who took it, what it read, wrote, wrote parts of, decided, and what the log says.
Step = tuple[int, int, int, int, tuple[tuple[int, int], ...], tuple[Any, ...]]


@attrs.frozen
class Record:
    """One run.

    Attributes:
      events: of the explored part, as the engine recorded them.
      steps: what each of them did.
      options: before which steps there was a choice, and who could go on then, sorted.
      between: what the log says that belongs to no step, by the place of the step that came next.
      rest: what the log says of what was done when nothing was explored any more.
      end: how it ended, and in which state.
      strayed: at which place it could not go on as it was to, or -1.
      is_steady: whether it taught nothing about what properties look at; else footprints of it, and of
        runs before, are not to be compared.
    """

    events: list[Event]
    steps: list[Step]
    options: dict[int, tuple[int, ...]]
    between: dict[int, tuple[Any, ...]]
    rest: tuple[Any, ...]
    end: dict[str, Any]
    strayed: int
    is_steady: bool

    def __len__(self) -> int:
        return len(self.events)


def record_of(
    engine: ObservedEngine,
    log: list[Any],
    options: dict[int, tuple[int, ...]],
    end: dict[str, Any],
    *,
    strayed: int,
    is_steady: bool,
) -> Record:
    """The record of the run in the engine; `log` is what it logged up to its verdict."""
    events = engine.events[: engine.explored_events]
    steps: list[Step] = []
    between: dict[int, tuple[Any, ...]] = {}
    place = 0
    for number, event in enumerate(events):
        begin = place
        while type(log[place]) is not int and not _passes_time(event, log[place]):
            place += 1
        if place > begin:
            between[number] = tuple(log[begin:place])
        begin = place if type(log[place]) is float else place + 1
        place = _end_of_step(log, begin, event)
        did = tuple(item for item in log[begin:place] if not _has_no_value(item))
        steps.append((event.who, event.reads, event.writes, event.parts, event.data, did))
    rest = tuple(engine.labels[i] if type(i) is int else i for i in log[place:])
    return Record(events, steps, options, between, rest, end, strayed, is_steady)


def _has_no_value(item: object) -> bool:
    """An access of which there is nothing to compare: that it took place is in the footprint.

    There it stands for both of two steps, even where only the first of them logs it (as the first
    statement of a process finds out where to connect).
    """
    return type(item) is tuple and item[2] in ("None", None)


def _passes_time(event: Event, item: object) -> bool:
    """Whether this is where time passed as a step of its own that nobody picked."""
    return event.who == 0 and not event.idle and type(item) is float


def _end_of_step(log: list[Any], place: int, event: Event) -> int:
    if event.who == 0 and place < len(log) and type(log[place]) is float:
        place += 1
    while place < len(log) and type(log[place]) is not int and type(log[place]) is not float:
        place += 1
    return place
