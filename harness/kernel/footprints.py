"""What a step touched, as bit masks, by names that mean the same in every run of a search.

A *thing* is whatever two steps can meet in: a cell, a row, an event, a cancel scope, a process, the
memory of a process, the clock, a property. Each has one bit. Bit 0 stands for everything: all steps
read it, and a step that commutes with nothing writes it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

#: The thing that every step reads, and the time.
EVERYTHING, CLOCK = 1, 2

#: The number of the task that lets time pass.
CLOCK_TASK = 0


Mask = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,16384}$")]


class StoredNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names as JSON values: by their place in a list; masks in hexadecimal.

    Attributes:
      tasks, things: labels in the order of their numbers and bits.
      written: what a write of a thing writes, where that is more than the thing itself.
      held: the mutexes of which somebody looks whether they are held.
      looked: the things at which somebody looks, of those of which that is asked.
    """

    tasks: tuple[str, ...]
    things: tuple[str, ...]
    written: dict[str, Mask]
    held: tuple[str, ...]
    looked: tuple[str, ...] = ()


class Names:
    """Numbers for labels, the same for a whole search. Tasks count from 0, which is the clock.

    Attributes:
      kept: what the world wants to know in every run of the search.
      looked: the things, of those that matter only if anybody looks, at which somebody did.
      grown: how often a property turned out to look at something it was not known to look at. What
        was found out about independence before is then void.
      lasting: whether every label means the same in another interpreter.
      actions: the numbers that are no tasks': of faults, and of what ends them.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, int] = {"clock": CLOCK_TASK}
        self.grown = 0
        self.lasting = True
        self.actions: set[int] = set()
        self.kept: dict[str, dict[str, Any]] = {}
        self.looked: dict[str, None] = {}
        self._things: dict[str, int] = {"everything": EVERYTHING, "clock": CLOCK}
        #: What a write of a thing writes: its bit, and those of the properties that look at it.
        self._written: dict[str, int] = dict(self._things)
        self._wakings: dict[int, int] = {}
        self._held: dict[str, int] = {}

    def task(self, label: str) -> int:
        """The number of a task or a fault."""
        number = self.tasks.get(label)
        if number is None:
            number = self.tasks[label] = len(self.tasks)
        return number

    def thing(self, label: str) -> int:
        """The bit of a thing."""
        bit = self._things.get(label)
        if bit is None:
            bit = self._things[label] = self._written[label] = 1 << len(self._things)
        return bit

    def written(self, label: str) -> int:
        """The bits that a write of a thing writes."""
        bits = self._written.get(label)
        return self.thing(label) if bits is None else bits

    def outlasting(self, primitive: object) -> int:
        """The bit of something that was there before the first run. It has no label but its address."""
        self.lasting = False
        return self.thing(f"{type(primitive).__name__} {id(primitive):#x}")

    def waking(self, task: int) -> int:
        """The bit of a task's being asleep: whoever wakes it or interrupts it writes that."""
        bit = self._wakings.get(task)
        if bit is None:
            bit = self._wakings[task] = self.thing(f"waking of {task}")
        return bit

    def looks_at(self, owner: str, label: str) -> None:
        """A property looks at a thing: two steps that write anything it looks at do not commute."""
        bit = self.thing(owner)
        before = self.written(label)
        if not before & bit:
            self._written[label] = before | bit
            self.grown += 1

    def holding(self, label: str) -> int:
        """The bit of a mutex being held, if anybody ever looks at that."""
        return self._held.get(label, 0)

    def looks_itself(self, label: str) -> None:
        """Somebody looks at a thing that mattered to nobody so far."""
        if label not in self.looked:
            self.looked[label] = None
            self.grown += 1

    def looks_whether_held(self, label: str) -> int:
        """Somebody looks whether a mutex is held, without taking it."""
        if label not in self._held:
            self._held[label] = self.thing(f"{label} (held)")
            self.grown += 1
        return self._held[label]

    def stored(self) -> StoredNames:
        """All of it as data, but for what is `kept`."""
        more = {label: f"{bits:x}" for label, bits in self._written.items() if bits.bit_count() > 1}
        return StoredNames(
            tuple(self.tasks), tuple(self._things), more, tuple(self._held), tuple(self.looked)
        )

    def restore(self, stored: StoredNames) -> None:
        """Forget all but what is `kept`, and go on with these.

        Raises:
          ValueError: they are no names.
        """
        if stored.tasks[:1] != ("clock",) or stored.things[:2] != ("everything", "clock"):
            raise ValueError("it names no clock")
        self.tasks = {label: number for number, label in enumerate(stored.tasks)}
        self._things = {label: 1 << number for number, label in enumerate(stored.things)}
        if len(self.tasks) < len(stored.tasks) or len(self._things) < len(stored.things):
            raise ValueError("it names something twice")
        self._written = {**self._things, **{k: int(v, 16) for k, v in stored.written.items()}}
        self._held = {label: self.thing(f"{label} (held)") for label in stored.held}
        self.looked = dict.fromkeys(stored.looked)
        self._wakings = {}
        self.grown = 0

    def named(self, beginning: str) -> list[str]:
        """The rest of each label that begins so."""
        found = (label for label in self._things if label.startswith(beginning))
        return [label.removeprefix(beginning) for label in found]

    def in_words(self, bits: int) -> list[str]:
        """The labels of some bits."""
        return [label for label, bit in self._things.items() if bit & bits]


class Event:
    """One step of a run, as a reduction sees it. Its place in the list is the number of the step.

    Attributes:
      who: the number of the task.
      data: the options taken of the choices that the world made within the step, each with the
        number of options there were.
      reads, writes, parts: the things it touched; parts (writes of parts) commute with each other.
      queues: of what it reads, that at which it waits: whoever writes that, wakes it.
      after: the earlier events, as a mask of their numbers, without which it could not have been:
        who made its task, or woke it.
      any_of: earlier events, as a mask, of which one is enough for it to be: each set a timer that was
        there when time passed; 0 for all other events.
      freed: the mask of the event that gave back what this one acquires.
      acquires: the bit of the mutex it acquires.
      declared: whether it had declared one read, write or acquisition beforehand.
      known: whether its own accesses were that one, and nothing else.
      glued: the event that it is a part of, if it is one: it stands right behind that, touches nothing
        that the other does not, and only says that the other was made of two.
      fixed: whether it stood in no other place: a step of the part that is not explored.
      idle: whether it could happen only because nothing else could: time passes, or the run ends.
      reaches: whether it reached into a cancel scope: whom it woke there is up to who was within, and
        to go in without waiting there is nothing that would show in a footprint.
    """

    __slots__ = (
        "acquires",
        "after",
        "any_of",
        "data",
        "declared",
        "fixed",
        "freed",
        "glued",
        "idle",
        "known",
        "parts",
        "queues",
        "reaches",
        "reads",
        "who",
        "writes",
    )

    def __init__(
        self,
        who: int,
        reads: int = EVERYTHING,
        writes: int = 0,
        parts: int = 0,
        *,
        after: int = 0,
        data: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.who = who
        self.data = data
        self.reads = reads
        self.writes = writes
        self.parts = parts
        self.after = after
        self.any_of = 0
        self.queues = 0
        self.freed = 0
        self.acquires = 0
        self.declared = self.known = False
        self.fixed = False
        self.glued: int | None = None
        self.idle = self.reaches = False

    def conflicts(self, other: Event) -> bool:
        """Whether the two do not commute."""
        return self.who == other.who or self.meets(other.reads, other.writes, other.parts)

    def meets(self, reads: int, writes: int, parts: int) -> bool:
        """Whether it touches any of these things in modes that do not commute."""
        return bool(
            self.writes & (reads | writes | parts)
            or writes & (self.reads | self.parts)
            or self.reads & parts
            or self.parts & reads
        )


class Missed:
    """A step that could have been taken when `number` happened, and could not any more after it.

    Attributes:
      ended: the bit that whoever takes it away for good writes; 0 for a step of a task.
      limit: a thing that only so many events of a run can write, of which this is one; None for most.
    """

    __slots__ = ("ended", "event", "limit", "number")

    def __init__(self, number: int, event: Event) -> None:
        self.number = number
        self.event = event
        self.ended = 0
        self.limit: tuple[int, int] | None = None
