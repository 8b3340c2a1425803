"""An engine that also records what each step touched, and which earlier steps made it possible.

The rules, thing by thing, are in `docs/explanation/reduction.md`. Two relations come out:

* *conflict*: two steps touched one thing in modes that do not commute. Their order matters, and may
  be reversed if the later one could have gone first;
* *after*: the later step would not have existed without the earlier one, which made its task, woke
  it, or was one of the exits that its nursery waited for. No search can reverse that.

Where a step took away a possibility (a kill, a cancelled statement, a timer that was removed), what
could have happened is recorded as missed: it is one half of a race, although it never took place.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from outcome import Error

from harness.kernel import private
from harness.kernel.engine import Engine
from harness.kernel.footprints import CLOCK, CLOCK_TASK, EVERYTHING, Event, Missed
from harness.kernel.point import Access, Action, WorldPoint
from harness.kernel.touched import CHILDREN, TIME_ENDS, TouchingEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    import trio
    from outcome import Outcome

    from harness.kernel.process import KernelProcess


#: Looking a member up in an enumeration costs as much as a call.
_READ, _UPDATE = Access.READ, Access.UPDATE


class ObservedEngine(TouchingEngine):
    """See the module. What a step touches is noted by `TouchingEngine`.

    Attributes:
      missed: what could have happened and was made impossible.
      index_of: by the number of a task in the search, its index in this run.
    """

    def reset(self) -> None:
        super().reset()
        #: The run ends when there are so many events; for runs that only look at something.
        self.events_max = -1
        self.explored_events = 0
        #: What the chooser repeats of the run before: so many of those events.
        self._repeated: list[Event] = []
        self._to_repeat = 0
        self.missed: list[Missed] = []
        self.index_of: dict[int, int] = {0: 0}
        #: By index of a task: what its next step comes after.
        self._next_after: dict[int, int] = {}
        self._exits: dict[Any, int] = {}
        self._explored_before = True
        self._after = 0
        self._barred: set[int] = set()
        self._idling = self._joining = False
        self._idlers = self._setters = 0
        self._starter = 0
        self._clock_was_on = self._timer_was_pending = False
        self._point: WorldPoint | None = None

    def repeat(self, events: list[Event], count: int) -> None:
        """The first so many events of the run that begins will be these: nobody need look at them."""
        self._repeated, self._to_repeat = events, count
        self.repeating = count > 0

    # ---- what makes a step possible, and what takes it away -------------------------------------

    def reschedule(self, task: private.Task, next_send: Outcome[Any] = private.NO_SEND) -> None:
        index = task._counter
        if self.any_frozen and self.owners[index].frozen:
            self._reads |= self._life(self.owners[index])  # that it is dead was decisive
        Engine.reschedule(self, task, next_send)
        self._wake(index)

    def _wake(self, index: int) -> None:
        if self._idling:
            now = (1 << len(self.events)) - 1
        else:
            now = 1 << self.number
            if not self.repeating:
                self._touch_waking(index)
        self._next_after[index] = self._next_after.get(index, 0) | now

    def _touch_waking(self, index: int) -> None:
        if index < len(self.numbers) and not self._joining:
            self._writes |= self.names.waking(self.numbers[index])
        owner = self.owners[index]
        if owner is not self.process and owner.index:
            self._reads |= self._life(owner)

    def _follow(self, index: int) -> None:
        """What the task does next was made possible by what is happening."""
        self._next_after[index] = self._next_after.get(index, 0) | 1 << self.number

    def _spawned(self, task: private.Task, nursery: private.Nursery) -> None:
        index = task._counter
        self._count(index)
        self._status_of[index] = task._cancel_status
        self._scopes_of[index] = self._scopes(task._cancel_status)
        self.affects_if_looked(CHILDREN)
        if not (self.repeating or self._is_inside(nursery)):
            self._writes |= self._scope_bit(nursery.cancel_scope)  # it might have been closed

    def _count(self, index: int) -> None:
        number = self.names.task(self.labels[index])
        self.numbers.append(number)
        self.index_of[number] = index

    def _is_inside(self, nursery: private.Nursery) -> bool:
        """Whether the running task is one that the nursery waits for anyway."""
        if nursery._parent_task is self.init_task:
            return True
        task = self.things[self.current]
        if type(task) is not private.Task or nursery._parent_task is task:
            return True
        while task is not None and task._parent_nursery is not None:
            if task._parent_nursery is nursery:
                return True
            task = task._parent_nursery._parent_task
        return False

    def add_action(
        self, label: str, fire: Callable[[], None], *, limit: tuple[str, int] | None = None
    ) -> Action:
        action = super().add_action(label, fire, limit=limit)
        self._count(action.index)
        self.names.actions.add(self.numbers[-1])
        self._next_after[action.index] = 1 << self.number
        return action

    def bar_action(self, action: Action, happened: int) -> None:
        self._barred.add(action.index)
        self._miss(action.index, self._action_bit(action.index))
        self.missed[-1].number = happened.bit_length() - 1
        super().bar_action(action, happened)

    def remove_action(self, action: Action) -> None:
        barred = action.index in self._barred
        bit = self._action_bit(action.index)
        self._writes |= bit
        if barred or action.index in self.actions:
            self._barred.discard(action.index)
            if not (self._idling and barred):  # then nothing happens that it could come before
                self._miss(action.index, bit)
                self.missed[-1].number -= self._idling  # time passes, and that is the last event
        super().remove_action(action)

    def _action_bit(self, index: int) -> int:
        return self.names.thing(f"action {self.labels[index]}")

    def task_exited(self, task: private.Task, outcome: Outcome[object]) -> None:
        nursery = task._parent_nursery
        if nursery is not None:
            self._exits[nursery] = self._exits.get(nursery, 0) | 1 << self.number
        self.affects_if_looked(CHILDREN)
        self._joining = True  # exits commute: who woke the parent was the last of them, no more
        Engine.task_exited(self, task, outcome)
        self._joining = False
        if nursery is not None and nursery._closed:
            self._join(nursery)

    def process_ended(self, process: KernelProcess, outcome: Outcome[object] | None) -> None:
        super().process_ended(process, outcome)
        if process is self.main_process and self.horizon_s is None:
            self._reads |= CLOCK  # no timer fires any more
            if self.stall_s > 0:
                self._writes |= self.names.thing(TIME_ENDS)

    def _join(self, nursery: private.Nursery) -> None:
        exits = self._exits.pop(nursery, 0)
        parent = nursery._parent_task
        if exits and parent is not self.init_task:
            index = parent._counter
            self._next_after[index] = self._next_after.get(index, 0) | exits

    def offer(self, task: private.Task) -> None:
        index = task._counter
        point = self.withheld.get(index)
        super().offer(task)
        if point is not None and point.access is not Access.ACQUIRE:
            self._follow(index)

    def happening(self) -> int:
        """The event that is happening, for `enabled_since`."""
        return 1 << self.number

    def enabled_since(self, happened: int) -> None:
        """What the current task does next was made possible by an earlier event already."""
        self._next_after[self.current] = self._next_after.get(self.current, 0) | happened

    def _abort_point(self, index: int, exc: object) -> trio.lowlevel.Abort:
        point = self.offered.get(index)
        if point is not None and not (self.process is not None and self.current == index):
            self._miss(index, self._scopes_of.get(index, 0), point)
        self._next_after.pop(index, None)  # what made the operation possible did not make this so
        return super()._abort_point(index, exc)

    def freeze(self, process: KernelProcess) -> None:
        if not process.ended and not self.closing:
            self._stop_all(process)
            if self.deadlines.any_of(process):  # type: ignore[attr-defined]
                self.touch_clock()  # they do not go off any more
            for index in process.spawned:
                self._ends_wait(index)
        super().freeze(process)

    def hold(self, process: KernelProcess) -> None:
        self._stop_all(process)
        for index in process.spawned:
            self._ends_wait(index)  # had what it waits for come first, it could have gone on
        super().hold(process)

    def _stop_all(self, process: KernelProcess) -> None:
        """Whoever of a process could take a step cannot any more."""
        life = self._life(process)
        self._writes |= life
        for index in process.spawned:
            if index in self.ready:
                self._miss(index, life, self.offered.get(index))

    def let_go(self, process: KernelProcess) -> None:
        self._writes |= self._life(process)
        for index in process.spawned:
            self._follow(
                index
            )  # no step of it could have been before, whatever made that one possible
        super().let_go(process)

    def _miss(self, index: int, reads: int, point: WorldPoint | None = None) -> None:
        """The task could have taken a step instead of this one, and now cannot."""
        if self.closing or self.owners[index].held is not None or self._began_just_now(index):
            return
        event = Event(self.numbers[index], EVERYTHING | reads, after=self._next_after.get(index, 0))
        if point is not None and point.thing is not None and point.access is not Access.UPDATE:
            own_reads, own_writes = self._own(point)
            event.reads |= own_reads | self._standing(index)
            event.writes |= own_writes | self._memory(self.owners[index])
            event.known = not 0 < self.stall_s < inf  # else it may have to do with the time as well
        missed = Missed(self.number, event)
        thing = self.things[index]
        if type(thing) is Action:
            missed.ended = self._action_bit(index)
            if thing.limit is not None:
                missed.limit = self.names.thing(thing.limit[0]), thing.limit[1]
        self.missed.append(missed)

    def _began_just_now(self, index: int) -> bool:
        """Whether all that the task has done is part of the event that is happening."""
        if self._glued is None:
            return False
        number = self.numbers[index]
        return any(event.who == number for event in self.events[self._glued + 1 :])

    # ---- the record --------------------------------------------------------------------------

    def _begin_step(self, pick: int) -> None:
        if not self.repeating:
            self._point = self.offered.get(pick)
        self._explored_before = self.exploring
        self._after = self._next_after.pop(pick, 0)
        owner = self.owners[pick]
        if owner.index and owner.main_index == pick and self.things[pick]._schedule_points == 0:
            self._glued = self._starter

    def _own(self, point: WorldPoint) -> tuple[int, int]:
        assert point.thing is not None
        bit = self.names.thing(point.thing)
        if point.access is Access.READ:
            return bit, 0
        written = self.names.written(point.thing)
        if point.access is Access.ACQUIRE:
            written |= self.names.holding(point.thing)
        return 0, written

    def _end_step(self, pick: int, task: private.Task | None, *, idle: bool = False) -> None:
        """A step is over: what it touched becomes an event."""
        number = len(self.events)
        if task is None:
            self._explored_before = self.exploring  # it had no beginning
        if self.repeating:
            self._repeat_step(number, pick, task)
        else:
            self._record_step(number, pick, task, idle=idle)
        if self._glued is None:
            self._starter = number
        else:
            self._glued = None
        self._reads = self._writes = self._parts = self._queues = self._last_touched = 0
        self._reached = False
        if self._data:
            self._data.clear()
        if self.stall_s > 0:
            self._idlers = len(self.waiting_for_idle)
            timers: Any = self.deadlines
            if timers.heap or self._timer_was_pending:
                self._watch_clock(number)
        if 0 <= self.events_max <= number + 1 and not self._starting:
            self.stop()

    def _record_step(
        self, number: int, pick: int, task: private.Task | None, *, idle: bool
    ) -> None:
        """A step that is new."""
        after = self._next_after.pop(pick, 0) if task is None else self._after
        event = Event(self.numbers[pick], after=after & ((1 << number) - 1))
        event.idle = idle
        if task is None and pick == 0 and self._setters:
            event.any_of, self._setters = self._setters & ((1 << number) - 1), 0
            if event.any_of:
                event.after = 0
        if self._point is not None:
            self._judge(event, self._point)
            self._point = None
        self._add_standing(pick, task, idle=idle)
        if not (self.exploring and self._explored_before):
            self._leave_explored(event, number)
        elif self._glued is not None:
            self._add_to(self.events[self._glued])
            event.after |= 1 << self._glued
            event.glued = self._glued
        self._fill(event)
        self.events.append(event)

    def _add_standing(self, pick: int, task: private.Task | None, *, idle: bool) -> None:
        """What a step touches by being the step that it is."""
        if task is not None:
            self._add_task(pick, task)
        elif idle:
            self._writes |= EVERYTHING
        else:
            self._writes |= CLOCK if pick == 0 else self._action_bit(pick)
        if self.stall_s:
            self._add_time()

    def _add_time(self) -> None:
        if self.stall_s < inf:
            self._add_stall()
        else:
            if self.waiting_for_idle:
                self._reads |= CLOCK
            if len(self.waiting_for_idle) != self._idlers:
                self._writes |= (
                    EVERYTHING  # who waits for all to be blocked makes each step's time matter
                )

    def _add_stall(self) -> None:
        """Whether time may pass depends on who is held up, and since when: each step changes that.

        Whoever forbids it forbids it to all that comes after, so that two such steps do not commute.
        """
        if self._timer_was_pending or self._timer_is_pending():
            self._writes |= CLOCK
        else:
            self._reads |= CLOCK

    def _timer_is_pending(self) -> bool:
        if not self.deadlines.heap:  # type: ignore[attr-defined]
            return False
        deadline = self.deadlines.next_deadline()
        return deadline <= self.time_end() and deadline < inf

    def _fill(self, event: Event) -> None:
        """Into the event goes what the step touched. Who writes a thing need not read it as well."""
        event.writes = writes = self._writes
        event.reads |= self._reads & ~writes
        if self._parts:
            event.parts = self._parts & ~writes
        event.queues = self._queues
        event.reaches = self._reached
        if self._data:
            event.data = tuple(self._data)
        if self.stopping or type(self.main_task_outcome) is Error:
            ends = event if self._glued is None else self.events[self._glued]
            ends.writes |= EVERYTHING  # whatever else could have happened cannot any more

    def _repeat_step(self, number: int, pick: int, task: private.Task | None) -> None:
        """A step that happened just so in the run before: what is known of it holds."""
        self.events.append(self._repeated[number])
        self.repeating = number + 1 < self._to_repeat
        self._acquiring = 0
        if task is None:
            self._next_after.pop(pick, None)
        elif (
            task._abort_func is not None
            or task._child_nurseries
            or task._cancel_status is not self._status_of.get(pick, self)
        ):
            self._note_scopes(pick, task)
        if self._explored_before and not self.exploring:
            self._miss_ready()

    def _leave_explored(self, event: Event, number: int) -> None:
        """The step that begins to settle depends on everything; those within stand where they stand."""
        self._writes |= EVERYTHING
        if self._explored_before:
            self._miss_ready()
        else:
            event.fixed = True
            event.after |= (1 << number) - 1

    def _miss_ready(self) -> None:
        """From here on nothing is chosen."""
        for index in self.ready:
            self._miss(index, 0, self.offered.get(index))

    def _finish(self) -> None:
        """What could still have happened when the run ended is missed."""
        if self.events and self.exploring and self.events_max < 0:
            pending = list(self.actions) if self.events[-1].idle else []
            if self.ending in ("stopped", "raised"):
                pending = [*self.ready, *self.actions]
            for index in pending:
                self._miss_after_last(index, self.offered.get(index))
        for index, point in self.withheld.items():
            if point.access is Access.ACQUIRE and point.thing in self._acquired:
                self._miss_after_last(index, point, self._acquired[point.thing])
        self.observing = False
        self.explored_events = len(self.events)
        super()._finish()

    def _miss_after_last(
        self, index: int, point: WorldPoint | None, number: int | None = None
    ) -> None:
        self._miss(index, 0, point)
        missed = self.missed[-1]
        missed.number = self._starter if number is None else number
        if number is not None and point is not None and point.thing is not None:
            missed.event.acquires = self.names.thing(point.thing)

    def _judge(self, event: Event, point: WorldPoint) -> None:
        """Whether the operation did what it had declared; and what it acquired."""
        if point.thing is None:
            return
        if self._acquiring:
            event.acquires, self._acquiring = self._acquiring, 0
            event.freed = self._was_freed
        access = point.access
        if access is _READ:
            own_reads = self.names.thing(point.thing)
            event.known = self._reads == own_reads and not (self._writes or self._parts)
            event.declared = True
        elif access is not _UPDATE:
            done = self._reads, self._writes, self._parts
            own = self._own(point)
            lonely = own[0] | own[1] & ~self.names.holding(point.thing)
            # With a property that looks at it, what comes of it depends on more than this thing.
            event.known = (*own, 0) == done and lonely == self.names.thing(point.thing)
            event.declared = True

    def _add_task(self, pick: int, task: private.Task) -> None:
        """What a step touches by being a step of this task."""
        owner = self.owners[pick]
        standing = self._scopes_of.get(pick, 0)
        if owner.index:
            standing |= self._life(owner)
        self._reads |= standing
        if not self.assume_independent:
            self._writes |= self._memory(owner)
        waits = self._note_scopes(pick, task)
        within = self._scopes_of.get(pick, 0)
        if waits:
            self._reads |= within
        # Who cancels or kills it does something else after this step.
        self._queues |= standing | within

    def _note_scopes(self, pick: int, task: private.Task) -> bool:
        """In which scopes a step leaves its task, and which nurseries closed; does it wait somewhere?"""
        if task._cancel_status is not self._status_of.get(pick, self):
            self._note_status(pick, task)
        if task._child_nurseries:
            self._note_nurseries(task)
        if task._abort_func is None:
            return False
        self._waits_on[pick] = self._last_touched
        return True

    def _note_status(self, pick: int, task: private.Task) -> None:
        status = self._status_of[pick] = task._cancel_status
        self._scopes_of[pick] = 0 if status is None else self._scopes(status)

    def _note_nurseries(self, task: private.Task) -> None:
        for nursery in task._child_nurseries:
            if nursery._closed and nursery in self._exits:
                self._join(nursery)

    def _add_to(self, last: Event) -> None:
        """An earlier step did this as well."""
        last.writes |= self._writes
        last.reads |= self._reads & ~last.writes
        last.parts |= self._parts & ~last.writes
        last.data += tuple(self._data)
        last.known = False
        last.reaches |= self._reached
        self._forget()

    def _watch_clock(self, number: int) -> None:
        """Whether time may pass is up to the timers there are: a step may allow or forbid it."""
        if not self.exploring:
            return
        on = self._timer_was_pending = self._timer_is_pending()
        if self.ready:
            on = on and self.deadlines.next_deadline() <= self._stall_end()
        if on and not self._clock_was_on:
            self._next_after[0] = self._next_after.get(0, 0) | 1 << number
        elif self._clock_was_on and not on and self.events[number].who != CLOCK_TASK:
            after = self._next_after.pop(0, 0)
            self.missed.append(
                Missed(number, Event(CLOCK_TASK, EVERYTHING | CLOCK, CLOCK, after=after))
            )
        self._clock_was_on = on

    def _expire(self) -> None:
        super()._expire()
        if self.events and (self._reads | self._writes | self._parts):
            self._add_to(self.events[-1])  # it set a deadline that was due at once
        self._forget()

    def _advance(self, deadline: float) -> None:
        if self.stall_s == inf and self.exploring and not self.repeating:
            timers: Any = self.deadlines
            self._setters = timers.setters()
        if not (self._idling and self.stall_s > 0 and self.exploring):
            super()._advance(deadline)
            return
        self._idling = False  # time could have passed before: this is an event like others
        super()._advance(deadline)
        self._end_step(0, None)

    def _idle_picked(self) -> None:
        """Nothing is runnable, faults are pending, and none of them was wanted."""
        deadline = self.deadlines.next_deadline()
        if self.stall_s == 0 or deadline == inf or deadline > self.time_end():
            self._end_step(0, None, idle=True)

    def _idle(self) -> bool:
        self._idling = True
        try:
            return super()._idle()
        finally:
            self._idling = False
            self._forget()
