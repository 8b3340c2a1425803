"""What a step touches: the half of an observed engine that fills the masks of the step at hand.

The world, Trio's primitives and its scopes say here what is read and written while a step runs. The
other half, in `observed.py`, makes an event of it when the step is over.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.kernel.aside import ASIDE
from harness.kernel.cancel import OrderedDeadlines
from harness.kernel.engine import Engine
from harness.kernel.footprints import CLOCK, Names
from harness.kernel.point import Access
from harness.kernel.stubs import VirtualClock
from harness.kernel.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.kernel import private
    from harness.kernel.footprints import Event
    from harness.kernel.process import KernelProcess


#: Without a horizon, time ends with the main task.
TIME_ENDS = "end of time"
#: Which tasks nurseries have, once anybody asks.
CHILDREN = "tasks of nurseries"


class _ObservedClock(VirtualClock):
    """Asking it for the time is a read."""

    def current_time(self) -> float:
        return self._engine.current_time()


class _ObservedDeadlines(OrderedDeadlines):
    """Setting a timer, or taking it back, is of interest to the clock."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._setters: dict[private.CancelScope, int] = {}

    def clear(self) -> None:
        super().clear()
        self._setters.clear()

    def setters(self) -> int:
        """The events, as a mask, that set the timers there are."""
        found = 0
        for deadline, _, scope, owner in self.heap:
            if deadline == scope._registered_deadline and not owner.frozen:
                found |= self._setters[scope]
        return found

    def add(self, deadline: float, cancel_scope: private.CancelScope) -> None:
        super().add(deadline, cancel_scope)
        self._setters[cancel_scope] = 1 << self._engine.number  # type: ignore[attr-defined]
        self._engine.touch_timer()

    def remove(self, deadline: float, cancel_scope: private.CancelScope) -> None:
        super().remove(deadline, cancel_scope)
        self._engine.touch_timer()


class TouchingEngine(Engine):
    """See the module. `names` lives as long as the search; everything else as long as a run.

    Attributes:
      events: one for each step of the run.
      numbers: by the index of a task in this run, its number in the search.
      repeating: whether the step at hand was taken just so in an earlier run, and what it touches is known.
      assume_independent: whether memory that nobody tracks is taken not to be shared by the tasks of
        a process. Else all of it is one thing, which every step of the process writes.
    """

    def __init__(self) -> None:
        self.names = Names()
        super().__init__()
        self.clock = _ObservedClock(self)
        self.deadlines = _ObservedDeadlines(self)  # type: ignore[assignment]  # same four methods

    def reset(self) -> None:
        super().reset()
        self.observing = True
        self.repeating = False
        self.events: list[Event] = []
        self.numbers: list[int] = [0]
        self._reads = self._writes = self._parts = self._queues = 0
        self._data: list[tuple[int, int]] = []
        #: By index of a task: the scopes that it is in.
        self._scopes_of: dict[int, int] = {}
        self._status_of: dict[int, Any] = {}
        self._scopes_within: dict[Any, int] = {}
        self._scope_bits: dict[Any, int] = {}
        self._primitive_bits: dict[int, tuple[Any, int]] = {}
        self._waits_on: dict[int, int] = {}
        self._last_touched = 0
        self._freed: dict[str, int] = {}
        self._acquired: dict[str, int] = {}
        self._acquiring = self._was_freed = 0
        self._reaching = self._reached = False
        #: The first step of a process is part of the step that started it: of which event, or None.
        self._glued: int | None = None
        self._of_process: list[tuple[int, int]] = []

    @property
    def number(self) -> int:
        """The number of the event that is happening."""
        return len(self.events) if self._glued is None else self._glued

    def _forget(self) -> None:
        self._reads = self._writes = self._parts = self._queues = 0
        self._last_touched = 0
        self._reached = False
        self._data.clear()

    # ---- what a step touches -----------------------------------------------------------------

    def read(self, label: str, value: object = None) -> None:
        # As `Engine.read` does, without the call.
        self.log.append((label, 0, value if type(value) is int else clean(value)))
        if not self.repeating:
            self._reads |= self.names.thing(label)

    def write(self, label: str, value: object = None) -> None:
        Engine.write(self, label, value)
        if not self.repeating:
            self._writes |= self.names.written(label)

    def look(self, label: str, value: object = None) -> None:
        self.looked(label)
        self.read(label, value)

    def change(self, label: str, value: object = None) -> None:
        Engine.write(self, label, value)
        if self.repeating:
            return
        unseen = 0 if label in self.names.looked else self.names.thing(label)
        self._writes |= self.names.written(label) & ~unseen

    def looked(self, label: str) -> None:
        self.names.looks_itself(label)

    def touch(self, label: str) -> None:
        Engine.touch(self, label)
        if self.repeating:
            return
        self._parts |= self.names.thing(label)
        self._writes |= self.names.written(label) & ~self.names.thing(label)

    def acquire(self, label: str) -> None:
        Engine.write(self, label, "acquired")
        bit = self.names.thing(label)
        self._writes |= self.names.written(label) | self.names.holding(label)
        self._acquiring = bit
        self._acquired[label] = self.number
        self._was_freed = self._freed.get(label, 0)

    def release(self, label: str) -> None:
        Engine.write(self, label, "released")
        own = self.names.thing(label)
        properties = self.names.written(label) & ~own
        self._writes |= properties | self.names.holding(label)
        self._freed[label] = 1 << self.number

    def look_held(self, label: str, held: bool) -> None:  # noqa: FBT001  # a value that was seen
        Engine.read(self, label, held)
        self._reads |= self.names.looks_whether_held(label)

    def depends(self, label: str) -> None:
        if not self.repeating:
            self._reads |= self.names.thing(label)

    def affects(self, label: str, *, part: bool = False) -> None:
        if self.repeating:
            return
        if part:
            self._parts |= self.names.thing(label)
        else:
            self._writes |= self.names.thing(label)

    def kept(self, name: str) -> dict[str, Any]:
        return self.names.kept.setdefault(name, {})

    def learned(self) -> None:
        self.names.grown += 1

    def choose(self, label: str, options: Sequence[str]) -> int:
        index = super().choose(label, options)
        if len(options) > 1 and self.exploring and not self.closing:
            self._data.append((index, len(options)))
        return index

    def current_time(self) -> float:
        if not ASIDE.depth:
            self._reads |= CLOCK
        return self.now

    def touch_clock(self) -> None:
        self._reads |= CLOCK

    def touch_timer(self) -> None:
        """A timer is set or taken back. Does it hold anybody up? Not if the main task has ended before."""
        self._reads |= CLOCK
        if self.stall_s > 0:
            self._reads |= self.names.thing(TIME_ENDS)

    def touch_primitive(self, primitive: Any, access: Access, *, queues: bool = False) -> None:
        bit = self._primitive_bit(primitive)
        if access is Access.READ:
            self._reads |= bit
            if queues:
                self._queues |= bit
        else:
            self._writes |= bit
        self._last_touched = bit

    def made_scope(self, scope: private.CancelScope) -> None:
        self._scope_bit(scope)

    def made_primitive(self, primitive: Any) -> None:
        bit = self.names.thing(self.new_object(type(primitive).__name__))
        self._primitive_bits[id(primitive)] = primitive, bit

    def _primitive_bit(self, primitive: Any) -> int:
        found = self._primitive_bits.get(id(primitive))
        if found is None:  # it outlives runs
            found = primitive, self.names.outlasting(primitive)
            self._primitive_bits[id(primitive)] = found
        return found[1]

    def looks_at(self, owner: str, labels: Sequence[str]) -> None:
        if self.exploring:
            for label in labels:
                self.names.looks_at(owner, label)

    def moved_scopes(self) -> None:
        """A shield went up or down, or a part of the tree of scopes hangs elsewhere."""
        self._status_of.clear()
        self._scopes_within.clear()

    def looked_at_children(self) -> None:
        """Somebody asks which tasks a nursery has: from then on, each that starts or ends changes that."""
        self.looked(CHILDREN)
        self.depends(CHILDREN)

    def affects_if_looked(self, label: str) -> None:
        if label in self.names.looked and not self.repeating:
            self._writes |= self.names.thing(label)

    # ---- cancellation ------------------------------------------------------------------------

    def looked_at_scope(self, scope: private.CancelScope) -> None:
        if not self._reaching:
            self._reads |= self._scope_bit(scope)

    def changed_scope(self, scope: private.CancelScope) -> None:
        """It was entered, or has another deadline, or caught what it cancelled."""
        if not self.repeating:
            self._writes |= self._scope_bit(scope)

    @contextmanager
    def reaching(self) -> Iterator[None]:
        """Trio goes through the scopes within one that changes: nobody asks them anything."""
        before, self._reaching = self._reaching, True
        try:
            yield
        finally:
            self._reaching = before

    def cancelled(self, scope: private.CancelScope, *, anew: bool) -> None:
        bit = self._scope_bit(scope)
        if not anew:
            self._reads |= bit
            return
        self._writes |= bit
        self._reach(scope)

    def shielded(self, scope: private.CancelScope) -> None:
        """A shield goes up or down: other scopes reach the tasks within, or do not any more."""
        self._writes |= self._scope_bit(scope)
        self._reach(scope)
        self.moved_scopes()

    def _reach(self, scope: private.CancelScope) -> None:
        """Whoever is within the scope may be woken, and be taken from what it waits for."""
        self._reached = True
        status = scope._cancel_status
        todo = [] if status is None else [status]
        while todo:
            inner = todo.pop()
            for task in inner._tasks:
                index = task._counter
                self._writes |= self.names.waking(self.numbers[index])
                if task._abort_func is not None:
                    self._writes |= self._waits_on.get(index, 0)
                self._ends_wait(index)
            for child in inner._children:
                self._reads |= self._scope_bit(child._scope)  # whether it is a shield
                if not child._scope._shield:
                    todo.append(child)

    def _ends_wait(self, index: int) -> None:
        """Somebody is taken from what they wait for: had that come first, they would have gone on."""
        point = self.withheld.get(index) or self.offered.get(index)
        if point is not None and point.waits and point.thing is not None:
            self._reads |= self.names.thing(point.thing)

    def _scope_bit(self, scope: private.CancelScope) -> int:
        bit = self._scope_bits.get(scope)
        if bit is None:
            bit = self._scope_bits[scope] = self.names.thing(self.new_object("scope"))
        return bit

    def left_scope(self, status: private.CancelStatus) -> None:
        """A scope is over. Behind a shield those around it count again: was one of them cancelled?"""
        if status._scope._shield:
            around = self._scopes(status._parent)
            self._reads |= around
            self._queues |= around  # who cancels one of them reaches the task from here on

    def _scopes(self, inner: Any) -> int:
        """The scopes around whoever has this status, up to the first shield."""
        bits = self._scopes_within.get(inner, 0)
        status = None if bits else inner
        known = self._scope_bits
        while status is not None:
            scope = status._scope
            bit = known.get(scope)
            bits |= self._scope_bit(scope) if bit is None else bit
            if scope._shield:
                break
            status = status._parent
        self._scopes_within[inner] = bits
        return bits

    # ---- processes ---------------------------------------------------------------------------

    def _life(self, process: KernelProcess) -> int:
        return self._things_of(process)[0]

    def _memory(self, process: KernelProcess) -> int:
        tracked = self.assume_independent or process.memory_tracked
        return 0 if tracked else self._things_of(process)[1]

    def _things_of(self, process: KernelProcess) -> tuple[int, int]:
        known = self._of_process
        while len(known) <= process.index:
            label = self.processes[len(known)].label
            thing = self.names.thing
            known.append((thing(f"life of {label}"), thing(f"memory of {label}")))
        return known[process.index]

    def _standing(self, index: int) -> int:
        """What every step of a task reads: the scopes that it is in, and whether it is alive."""
        owner = self.owners[index]
        return self._scopes_of.get(index, 0) | (self._life(owner) if owner.index else 0)
