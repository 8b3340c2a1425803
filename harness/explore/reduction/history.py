"""The path of events that a search is on: what happened before what, and which orders were a race.

Happens-before is the smallest transitive order that contains the order of each task's own events,
`Event.after`, and the order of each two events that conflict. Two events race if they conflict, and
nothing else keeps the later one from having come first.

Everything is a mask of numbers of events, so that "is there one in between?" is one operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.kernel import Event

#: Of one thing: who wrote it last, and who has since read it, or written parts of it; masks.
_Access = tuple[int, int, int]
_UNTOUCHED: _Access = (0, 0, 0)


class History:
    """Events with their order, kept as a stack: a search goes back and takes another way.

    Attributes:
      events: what happened.
      before: for each event, the events that happened before it, and itself.
      races: for each event, the earlier ones with which it races.
      of_task: for each task, its events.
      without_conflicts: for each event, what it could not have been without, whatever it touched.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.before: list[int] = []
        self.races: list[list[int]] = []
        self.of_task: dict[int, int] = {}
        self.without_conflicts: list[int] = []
        self._last: list[int] = []  # for each event, the number of the last one of its task, or -1
        self._last_of: dict[int, int] = {}
        #: By thing, what it came to with each event that touched it; and what each event touched.
        self._accesses: dict[int, list[_Access]] = {}
        self._touched: list[int] = []
        self._barriers: list[int] = []
        #: For each event its nearest predecessors; and once asked for, those that depend on it.
        self._nearest: list[int] = []
        self._later: list[int] = []

    def __len__(self) -> int:
        return len(self.events)

    def cut(self, length: int) -> None:
        """Go back to the first `length` events."""
        while len(self.events) > length:
            event = self.events.pop()
            number = len(self.events)
            self.before.pop()
            self._nearest.pop()
            self.races.pop()
            self.without_conflicts.pop()
            self.of_task[event.who] &= ~(1 << number)
            self._last_of[event.who] = self._last.pop()
            touched = self._touched.pop()
            while touched:
                thing = touched & -touched
                touched ^= thing
                self._accesses[thing].pop()
            if self._barriers and self._barriers[-1] == number:
                self._barriers.pop()
        self._later.clear()

    def add(self, event: Event) -> None:
        """The next event."""
        number = len(self.events)
        needed = event.after
        last = self._last_of.get(event.who, -1)
        if last >= 0:
            needed |= 1 << last
        conflicts, mutex = self._conflicts(event, number)
        self._order(event, number, needed, conflicts, mutex)
        self.events.append(event)
        self._later.clear()
        self._last.append(last)
        self._last_of[event.who] = number
        self.of_task[event.who] = self.of_task.get(event.who, 0) | 1 << number

    def later(self, first: int) -> int:
        """The events that happened after one, that is, depend on it."""
        if not self._later:
            self._later = self._find_later()
        return self._later[first]

    def _find_later(self) -> list[int]:
        """From the last event to the first: what depends on a predecessor depends through these."""
        nearest = self._nearest
        later = [0] * len(nearest)
        for number in range(len(nearest) - 1, -1, -1):
            found = later[number] | 1 << number
            todo = nearest[number]
            while todo:
                last = todo.bit_length() - 1
                todo ^= 1 << last
                later[last] |= found
        return later

    def independent_of(self, first: int) -> int:
        """The events after one that do not depend on it."""
        return (1 << len(self.events)) - (2 << first) & ~self.later(first)

    def chosen(self, numbers: int) -> list[Event]:
        """Some events, in order."""
        found = []
        while numbers:
            low = numbers & -numbers
            found.append(self.events[low.bit_length() - 1])
            numbers ^= low
        return found

    def _order(self, event: Event, number: int, needed: int, conflicts: int, mutex: int) -> None:
        """Fill in what comes before, and races: the nearest predecessors come first."""
        given_back = self.closed(event.freed)
        # Without the mutex being given back it could not have come: so nothing before that can race.
        covered, nearest, races = self._nearest_of(event, needed, conflicts & ~given_back)
        if mutex >= 0:
            if not covered >> mutex & 1 and self._reversible(event, mutex):
                races.append(mutex)
            covered |= self.before[mutex]
            nearest |= 1 << mutex
        self.without_conflicts.append(self.closed(needed))
        covered |= given_back | 1 << number
        self.before.append(covered)
        self._nearest.append(nearest | event.freed)
        self.races.append(races)

    def _nearest_of(self, event: Event, needed: int, conflicts: int) -> tuple[int, int, list[int]]:
        """All up to these predecessors, those not before others, and those the event races with."""
        before = self.before
        covered = found = 0
        races: list[int] = []
        candidates = needed | conflicts
        while candidates:
            nearest = candidates.bit_length() - 1
            bit = 1 << nearest
            candidates ^= bit
            if covered & bit:
                continue
            found |= bit
            whole = self.events[nearest].glued
            if whole is not None:
                covered |= bit
                candidates |= 1 << whole
                needed |= (needed & bit) and 1 << whole
                continue
            covered |= before[nearest]
            if not needed & bit and self._reversible(event, nearest):
                races.append(nearest)
        return covered, found, races

    def closed(self, events: int) -> int:
        """The events, and all that happened before them."""
        found = 0
        while events:
            low = events & -events
            found |= self.before[low.bit_length() - 1]
            events ^= low
        return found

    def _reversible(self, event: Event, other: int) -> bool:
        earlier = self.events[other]
        return not (event.fixed or event.idle or earlier.fixed) and earlier.who != event.who

    # ---- conflicts -----------------------------------------------------------------------------

    def _conflicts(self, event: Event, number: int) -> tuple[int, int]:
        """The nearest earlier events that conflict, and the last one that acquired the same mutex."""
        found = 0
        mutex = -1
        if self._barriers:
            found |= 1 << self._barriers[-1]
        writes = event.writes | event.reads & event.parts & ~1
        if writes & 1:
            found |= (1 << number) - 1
            self._barriers.append(number)
            writes ^= 1
        reads = event.reads & ~writes & ~1
        parts = event.parts & ~writes
        touched = writes | reads | parts
        self._touched.append(touched)
        accesses, mark = self._accesses, 1 << number
        while touched:
            thing = touched & -touched
            touched ^= thing
            entries = accesses.get(thing)
            if entries is None:
                entries = accesses[thing] = [_UNTOUCHED]
            write, readers, partners = entries[-1]
            if thing == event.acquires:
                mutex = write.bit_length() - 1
            elif thing & writes:
                found |= write | readers | partners
            else:
                found |= write | (partners if thing & reads else readers)
            if thing & writes:
                entries.append((mark, 0, 0))
            elif thing & reads:
                entries.append((write, readers | mark, partners))
            else:
                entries.append((write, readers, partners | mark))
        if event.acquires:
            found &= ~self._held_by(event, mutex)
        return found, mutex

    def _held_by(self, event: Event, mutex: int) -> int:
        """Who took and gave back the mutex conflicts with who takes it next, but not as a race."""
        return event.freed | (1 << mutex if mutex >= 0 else 0)
