"""The step loop: runs Trio code one step at a time, with every choice made by a chooser.

Prior art. Trio's own loop (`trio/_core/_run.py`) takes everything that is runnable, shuffles it and
runs each once; seeding that shuffle explores next to nothing, because no task ever gets more than one
step ahead of another. Coyote, Shuttle and Loom drive their worlds through one choice at a time; so
does this loop. It does not call Trio's loop and does not patch it: it *is* a `Runner`, whose
`reschedule` and `spawn_impl` keep a sorted list of small integers instead of a queue of tasks, and it
speaks Trio's three yield messages. Nurseries, cancel scopes and every primitive are Trio's own code.

Choices made here, with their reasons:

* One engine lives through many runs and is reset between them. A run that leaves anything behind makes
  the engine unclean; it is then thrown away, which costs less than repairing it.
* There is no init task that runs and no root nursery coroutine: a parked, never stepped init task owns
  the root nursery and one nursery per process, so killing a process cannot hang anybody's nursery.
* Identity is by label: (spawner's label, name, how many of that name it spawned before). Within one
  run a task is a small integer, its place in the order of spawning.
* Deadlines that are due expire before every step, not only when idle: a scope whose deadline was moved
  to now must be cancelled at the next checkpoint.
* The log is one flat list: an integer is a step, a string a newly created thing, a float a new virtual
  time, a tuple an access or a data choice. It is hashed once, at the end. Everything a person reads is
  derived from it, or recorded by running the same choices again with `recording` on.

Open question: `wait_all_tasks_blocked` counts tasks of every process, though real processes cannot
see each other.
"""

from __future__ import annotations

import inspect
from bisect import insort
from contextvars import copy_context
from functools import partial
from hashlib import blake2b
from math import inf
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import sniffio
import trio
from outcome import Error, Outcome, Value

from harness.errors import (
    NOT_TRIOS,
    HarnessError,
    InternalError,
    IsolationBroken,
    NoRun,
    StepNeverYielded,
    WokeEarlierRun,
)
from harness.kernel import private
from harness.kernel.agens import TrackedAsyncGenerators
from harness.kernel.cancel import OrderedCancelStatus, OrderedDeadlines
from harness.kernel.choice import Choice, Chooser, default_pick
from harness.kernel.lifecycle import proceed
from harness.kernel.point import Action, WorldPoint
from harness.kernel.process import KernelProcess
from harness.kernel.reprs import with_repr
from harness.kernel.stubs import (
    CallbackQueue,
    LazyInstruments,
    NoInterrupts,
    NoIO,
    TaskWakeup,
    VirtualClock,
)
from harness.kernel.teardown import unwind
from harness.kernel.text import clean
from harness.kernel.waiting import describe_waiting, user_frames
from harness.kernel.watchdog import Watchdog
from harness.visible import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextvars import Context

    from harness.kernel.threads import LockstepThread


class _Nothing(Value[None]):  # type: ignore[misc]  # final, for want of a reusable one
    """The outcome None, which unlike Trio's may be unwrapped any number of times."""

    def unwrap(self) -> None:
        return None


_NOTHING = _Nothing(None)
_CLOCK = 0
#: Steps in a row that one task may take while settling, if others are ready.
_UNBROKEN_MAX = 1_000
_CONTEXT = private.GLOBAL_RUN_CONTEXT
#: The two halves of `Task._create`, without its detour through a metaclass.
_new_task = private.Task.__new__
_init_task = private.Task.__init__
_COROUTINE_FLAG = inspect.CO_COROUTINE
#: Spawner's label and name of the task -> the labels of the first, second, ... of that name.
_LABELS: dict[tuple[str, str], list[str]] = {}


def task_name(async_fn: Any, name: object) -> str:
    """What Trio would call the task: module and qualified name unless a name was given."""
    if name is None:
        name = async_fn
    if isinstance(name, partial):
        name = name.func
    if isinstance(name, str):
        return name
    try:
        return f"{name.__module__}.{name.__qualname__}"  # type: ignore[attr-defined]
    except AttributeError:
        return clean(name)


class Engine(private.Runner):
    """One Trio runner that is stepped by choices. Public face: `harness.kernel.Kernel`.

    Invariants, between steps:
      `ready` is sorted and holds the index of every task that could be stepped, none of a frozen
      process; `offered` is the subset of it that waits for an operation of the world (those are exempt
      from Trio's batches, because an operation completes whenever it does); `things[i]` has the label
      `labels[i]` and belongs to `owners[i]`; index 0 is the clock.
    """

    #: Whether the hooks of `ObservedEngine` are called.
    observing = False

    def __init__(self) -> None:
        super().__init__(
            clock=VirtualClock(self),
            instruments=LazyInstruments(self),  # type: ignore[arg-type]  # becomes the real one on use
            io_manager=NoIO(),  # type: ignore[arg-type]  # a stub by design
            ki_manager=NoInterrupts(),  # type: ignore[arg-type]  # a stub by design
            entry_queue=None,  # type: ignore[arg-type]  # one for each process, made on demand
            strict_exception_groups=True,
            system_context=copy_context(),
        )
        self.deadlines = OrderedDeadlines(self)  # type: ignore[assignment]  # same four methods
        self.asyncgens = TrackedAsyncGenerators(self)  # own order, own hooks
        self.fairness = "none"
        self.stall_s: float = 0.0
        self.horizon_s: float | None = None
        self.time_text = ""
        self.assume_independent = False
        self.watchdog = Watchdog(timeout_s=None, progress=lambda: -1)
        #: The lockstep thread that has the step (0: none has), and how often it changed hands.
        self.running_thread = 0
        self.handovers = 0
        #: Questions outside of steps, counted, and the number of the one that is open; 0: none is.
        self.asked = self.asking = 0
        self.steps_max = 0
        self.inside = False
        self.threads: list[LockstepThread] = []
        #: The process whose step is running; None between steps.
        self.process: KernelProcess | None = None
        self._make_roots()
        self.reset()

    # ---- reset -------------------------------------------------------------------------------

    def _make_roots(self) -> None:
        """The init task and root nursery. They have no coroutine that runs and take no steps."""
        init = private.Task._create(
            coro=None,  # it is never stepped
            parent_nursery=None,
            runner=self,
            name="<init>",
            context=copy_context(),
            ki_protected=True,
        )
        scope = private.CancelScope()
        scope._has_been_entered = True
        scope._cancel_status = OrderedCancelStatus(scope=scope, parent=None)
        init._cancel_status = scope._cancel_status
        self.init_task = init
        self._root = private.Nursery._create(init, scope, True)

    def make_nursery(self) -> private.Nursery:
        """A nursery that hangs on the init task, for one process or for Trio's system tasks."""
        assert self.init_task is not None
        scope = private.CancelScope()
        scope._has_been_entered = True
        scope._cancel_status = OrderedCancelStatus(scope=scope, parent=None)
        # A nursery takes over its parent's status; the init task only lends it.
        before, self.init_task._cancel_status = self.init_task._cancel_status, scope._cancel_status
        try:
            return private.Nursery._create(self.init_task, scope, True)
        finally:
            self.init_task._cancel_status = before

    def reset(self) -> None:  # noqa: PLR0915  # every field of a run, once
        """Forget the last run."""
        assert self.init_task is not None
        del self.init_task._child_nurseries[1:]  # those of processes; all their tasks are gone
        self._run_locals: dict[int, dict[Any, Any]] = {}
        #: id of a primitive (or of a channel's shared state) -> itself, so that the id stays taken,
        #: and the process that touched it first.
        self.primitive_owners: dict[int, tuple[Any, KernelProcess]] = {}
        self.deadlines.clear()  # type: ignore[attr-defined]
        self.main_task = None
        self.main_task_outcome = None
        self.now = 0.0
        self.step = 0
        self.limit = self.steps_max
        self.ready: list[int] = []
        self.offered: dict[int, WorldPoint] = {}
        self.withheld: dict[int, WorldPoint] = {}
        self.actions: list[int] = []
        self.main_process = KernelProcess(0, "main", self._root)
        self.processes: list[KernelProcess] = [self.main_process]
        self.process = None
        self.things: list[Any] = [None]
        self.labels: list[str] = ["clock"]
        self.owners: list[KernelProcess] = [self.main_process]
        self.log: list[Any] = []
        self.branching: list[int] = []
        self.choices: list[Choice] = []
        self.notes: list[tuple[int, float, str, str, str | None]] = []
        self.places: list[str] = []
        self.recording = False
        #: Whether to look for memory that processes share. That is costly and depends little on the
        #: order of events, so the explorer asks for it in a sample of runs.
        self.auditing = True
        self.threads.clear()
        self.exploring = True
        self.explored_from = 0.0
        self.settling: private.Task | None = None
        self.stopping = False
        self.closing = False
        self.any_frozen = self.any_held = False
        #: Told of every timer that is set or taken back: its scope, and which of the two.
        self.timer_watch: Callable[[private.CancelScope, bool], None] | None = None
        #: By how much the wall clock of the running process is wrong, in seconds.
        self.clock_error_s: Callable[[], float] | None = None
        self.bridging = False
        self.interrupted = False
        self.stuck: StepNeverYielded | None = None
        self.current = _CLOCK
        self.dirty: list[Any] = []
        self.watched: dict[str, list[Any]] = {}
        self.extensions: dict[str, Any] = {}
        #: asyncio's, where the code under test opens any through a bridge.
        self.event_loops: list[Any] = []
        self.finish_hooks: list[Callable[[], bool]] = []
        self.verdict_hooks: list[Callable[[], None]] = []
        #: Set after the explored part, while liveness is judged: how far time may go then.
        self.heal_until: float | None = None
        self.ending = ""
        self.waiting_report = ""
        self.broken: HarnessError | None = None
        self.after_dirty: Callable[[list[Any]], None] | None = None
        self._unbroken = 0
        self._turn = _CLOCK
        self._unchosen = 1
        self._batch: dict[int, None] = {}
        self._ready_since: dict[int, float] = {}
        self._spawned_names: dict[str, int] = {}
        self._object_counts: dict[tuple[int, str], int] = {}
        self._spawning: KernelProcess | None = None
        #: Mains of processes that were started in the step before: they run up to their first await
        #: as part of being started. Nothing that such a main does before can be seen from outside, and
        #: every order of it would be an interleaving of its own.
        self._starting: list[int] = []
        self._chooser: Chooser | None = None

    def is_clean(self) -> bool:
        """Whether a further run may use this engine."""
        root = self._root
        assert self.init_task is not None
        return not (
            self.tasks
            or self.deadlines._active
            or self.waiting_for_idle
            or self.asyncgens.tracked  # type: ignore[attr-defined]
            or root._children
            or root._pending_excs
            or root._closed
            or root.cancel_scope._cancel_called
            or root._cancel_status._children
            or self.instruments
            or self.ki_pending
        )

    # ---- what Trio calls ---------------------------------------------------------------------

    @property
    def _locals(self) -> dict[Any, Any]:  # Trio has one for all
        """Run-local variables: of the process, as a real process has a Trio run of its own."""
        index = 0 if self.process is None else self.process.index
        return self._run_locals.setdefault(index, {})

    @_locals.setter
    def _locals(self, value: object) -> None:
        """Trio's constructor sets it; the dicts are made on demand."""

    @property
    def system_nursery(self) -> private.Nursery:
        """The nursery for system tasks of the current process, made at the first use."""
        process = self.process or self.main_process
        if process.system_nursery is None:
            process.system_nursery = self.make_nursery()
            process.system_nursery._closed = process.system_closed
        return process.system_nursery

    @system_nursery.setter
    def system_nursery(self, value: object) -> None:
        """Trio's constructor sets it."""

    @property  # type: ignore[override]  # it has the methods of one
    def entry_queue(self) -> CallbackQueue:
        """The way to run a callback in the current process, from wherever."""
        return CallbackQueue(self, self.process or self.main_process)

    @entry_queue.setter
    def entry_queue(self, value: object) -> None:
        """Trio's constructor sets it."""

    @property
    def trio_token(self) -> trio.lowlevel.TrioToken | None:
        """The token of the current process, if it has asked for it."""
        return (self.process or self.main_process).trio_token

    @trio_token.setter
    def trio_token(self, value: trio.lowlevel.TrioToken | None) -> None:
        if value is not None:
            (self.process or self.main_process).trio_token = value

    def current_time(self) -> float:
        """Virtual seconds since the run began."""
        return self.now

    def current_statistics(self) -> trio.lowlevel.RunStatistics:
        """Of the current process, with the two tasks that Trio always has and this loop may lack."""
        process = self.process or self.main_process
        living = sum(self.things[index] in self.tasks for index in process.spawned)
        served = process.outer_nursery  # a callback wakes its task through the I/O wait, so later
        return trio.lowlevel.RunStatistics(
            tasks_living=living + (1 if process.entry_queue else 2),
            tasks_runnable=sum(
                self.owners[index] is process
                and index not in self.offered
                and self.things[index]._parent_nursery is not served
                for index in self.ready
            ),
            seconds_to_next_deadline=self.deadlines.next_deadline() - self.now,
            io_statistics=self.io_manager.statistics(),
            run_sync_soon_queue_size=self.entry_queue.size(),
        )

    def reschedule(self, task: private.Task, next_send: Outcome[Any] = private.NO_SEND) -> None:
        """Make a task runnable (Trio's signature). A frozen task stays frozen."""
        if task._next_send_fn is not None:
            self._refuse_wake(task)
            return
        index = task._counter
        if self.any_frozen and self.owners[index].frozen:
            return
        if self.process is not self.owners[index] and self.process is not None:
            self._check_wake(index)
        task._next_send_fn = task.coro.send
        task._next_send = _NOTHING if next_send is private.NO_SEND else next_send
        task._abort_func = None
        task.custom_sleep_data = None
        self._make_ready(index)
        if self.instruments and "task_scheduled" in self.instruments:
            self.instruments.call("task_scheduled", task)

    def _make_ready(self, index: int) -> None:
        if self.any_held and self.owners[index].held is not None:
            insort(self.owners[index].held, index)  # type: ignore[arg-type]  # it was asked just now
        else:
            insort(self.ready, index)

    def _make_unready(self, index: int) -> None:
        held = self.owners[index].held
        if held is None:
            self.ready.remove(index)
        else:
            held.remove(index)

    def _refuse_wake(self, task: private.Task) -> None:
        """It is runnable already, which is a bug, or dead, or what an earlier run left in a global."""
        index = task._counter
        ours = index < len(self.things) and self.things[index] is task
        if self.closing or (ours and self.owners[index].frozen):
            return
        if ours:
            raise AssertionError(f"{self.labels[index]} is woken, but it does not wait")
        self.broken = WokeEarlierRun(self.labels[self.current], clean(task.name))
        raise self.broken

    def _check_wake(self, index: int) -> None:
        """A task may wake another process's task only through the world."""
        if not self.bridging and not self.closing and len(self.processes) > 1:
            assert self.process is not None
            self.broken = IsolationBroken(
                self.labels[self.current], self.process.label, self.owners[index].label
            )
            raise self.broken

    def wake(self, task: private.Task, value: object = None) -> None:
        """Wake a task from world code, whichever process it belongs to."""
        before, self.bridging = self.bridging, True
        try:
            self.reschedule(task, Value(value))
        finally:
            self.bridging = before

    def spawn_impl(  # Trio's variadic types, kept loose here
        self,
        async_fn: Callable[..., Awaitable[object]],
        args: tuple[Any, ...],
        nursery: private.Nursery | None,
        name: object,
        *,
        system_task: bool = False,
        context: Context | None = None,
    ) -> private.Task:
        """Create a task (Trio's signature), label it, and make it runnable."""
        if self.closing:
            raise RuntimeError("the run is over: nothing can be started any more")
        assert nursery is not None  # only Trio's init task has none, and ours is not spawned
        if nursery._closed:
            raise RuntimeError("Nursery is closed to new arrivals")
        if context is None:
            context = self.system_context.copy() if system_task else copy_context()
        function = async_fn.__func__ if type(async_fn) is MethodType else async_fn
        if type(function) is FunctionType and function.__code__.co_flags & _COROUTINE_FLAG:
            coro: Any = async_fn(*args)
        else:
            coro = context.run(private.coroutine_or_error, async_fn, *args)
            if getattr(coro, "cr_frame", None) is None:
                coro = _as_coroutine(coro)
        if name is None and type(function) is FunctionType:  # the usual case, without a call
            full_name = f"{function.__module__}.{function.__qualname__}"
        else:
            full_name = task_name(async_fn, name)
        task = _new_task(private.Task)
        _init_task(
            task,
            coro=coro,
            parent_nursery=nursery,
            runner=self,
            name=full_name,
            context=context,
            ki_protected=system_task,
        )
        index = len(self.things)
        task._counter = index
        owner = self._owner_for(nursery, system_task=system_task)
        self.things.append(task)
        self.owners.append(owner)
        owner.spawned.append(index)
        label = self._label(full_name, owner)
        self.labels.append(label)
        self.log.append(label)
        self.tasks.add(task)
        nursery._children.add(task)
        task._activate_cancel_status(nursery._cancel_status)
        if self.instruments and "task_spawned" in self.instruments:
            self.instruments.call("task_spawned", task)
        before, self.bridging = self.bridging, True
        self.reschedule(task, None)  # type: ignore[arg-type]  # the very first send is a bare None
        self.bridging = before
        self._spawned(task, nursery)
        return task

    def _owner_for(self, nursery: private.Nursery, *, system_task: bool) -> KernelProcess:
        if self._spawning is not None:
            return self._spawning
        if self.process is None:
            return self.main_process
        if system_task:
            return self.process
        parent = nursery._parent_task
        if parent is not self.init_task and self.owners[parent._counter] is not self.process:
            self.broken = IsolationBroken(
                self.labels[self.current],
                self.process.label,
                self.owners[parent._counter].label,
                thing="a nursery",
            )
            raise self.broken
        return self.process

    def _label(self, full_name: str, owner: KernelProcess) -> str:
        if self._spawning is not None:
            return owner.label
        spawner = self.labels[self.current] if self.current else owner.label
        series = _LABELS.get((spawner, full_name)) or _new_series(spawner, full_name)
        first = series[0]
        before = self._spawned_names.get(first, 0)
        self._spawned_names[first] = before + 1
        while before >= len(series):  # a namesake of another module counts too
            series.append(f"{first}~{len(series) + 1}")
        return series[before]

    def task_exited(self, task: private.Task, outcome: Outcome[object]) -> None:
        """Trio's bookkeeping, and the end of a process after its main task."""
        index = task._counter
        owner = self.owners[index]
        if owner.main_index == index:
            # Trio stores the outcome of the one main task it knows of, and keeps it from its nursery.
            # Each process has a main task, and its crash is an exit status, not its neighbours' trouble.
            main, self.main_task = self.main_task, task
            before, self.main_task_outcome = self.main_task_outcome, None
            private.Runner.task_exited(self, task, outcome)
            owner.main_outcome, self.main_task_outcome = self.main_task_outcome, before
            self.main_task = main
            left = self.asyncgens.tracked  # type: ignore[attr-defined]
            if owner.system_nursery is owner.outer_nursery is None and not left:
                owner.system_closed = True  # the usual case: Trio has nothing of its own to end
                self.process_ended(owner, owner.main_outcome)
                return
        else:
            if type(outcome) is Error:
                outcome = with_repr(outcome)
            private.Runner.task_exited(self, task, outcome)
            if owner.system_nursery is owner.outer_nursery is None:
                return
        proceed(self, owner)

    def process_ended(self, process: KernelProcess, outcome: Outcome[object] | None) -> None:
        """The main task, system tasks, generators and callbacks of a process are all over."""
        process.outcome = outcome
        if process is self.main_process:
            self.main_task_outcome = outcome
        before, self.bridging = self.bridging, True
        process.announce_end()
        self.bridging = before

    def make_entry_queue(self, process: KernelProcess) -> private.EntryQueue:
        """The real `run_sync_soon` queue of a process, and the task that serves it."""
        if process.entry_queue is None:
            process.entry_queue = private.EntryQueue(wakeup=TaskWakeup(self))  # type: ignore[arg-type]
            self._spawn_outer(process, process.entry_queue.task, "run_sync_soon")
        return process.entry_queue

    def start_closing(self, process: KernelProcess) -> private.Task:
        """Start the task that closes the generators a process leaves behind, named as in Trio."""
        return self._spawn_outer(process, self.asyncgens.close_left, "<init>", process)  # type: ignore[attr-defined]

    def _spawn_outer(
        self, process: KernelProcess, async_fn: Any, name: str, *args: object
    ) -> private.Task:
        """Spawn a task of Trio's own for a process, the same whichever of its tasks is running."""
        if process.outer_nursery is None:
            process.outer_nursery = self.make_nursery()
        current, self.current = self.current, _CLOCK
        running, self.process = self.process, process
        spawning, self._spawning = self._spawning, None
        try:
            return self.spawn_impl(async_fn, args, process.outer_nursery, name, system_task=True)
        finally:
            self.current, self.process, self._spawning = current, running, spawning

    # ---- what the world calls ----------------------------------------------------------------

    def read(self, label: str, value: object = None) -> None:
        """The current step read the shared object `label` (and saw `value`)."""
        self.log.append((label, 0, value if type(value) is int else clean(value)))

    def write(self, label: str, value: object = None) -> None:
        """The current step wrote `value` to the shared object `label`."""
        self.log.append((label, 1, value if type(value) is int else clean(value)))
        if label in self.watched:
            self.dirty.extend(self.watched[label])

    def acquire(self, label: str) -> None:
        """The current step took the mutex `label`, which nobody had."""
        self.write(label, "acquired")

    def release(self, label: str) -> None:
        """The current step gave the mutex `label` back."""
        self.write(label, "released")

    def look_held(self, label: str, held: bool) -> None:  # noqa: FBT001  # a value that was seen
        """The current step looked whether anybody has the mutex `label`."""
        self.read(label, held)

    def look(self, label: str, value: object = None) -> None:
        """The current step read what `change` changes."""
        self.read(label, value)

    def change(self, label: str, value: object = None) -> None:
        """The current step wrote `label`, which matters only if anybody ever looks at that."""
        self.write(label, value)

    def touch(self, label: str) -> None:
        """The current step wrote a part of `label`: part writes commute, but not with a read of it."""
        self.log.append((label, 3, None))
        if label in self.watched:
            self.dirty.extend(self.watched[label])

    def new_object(self, kind: str) -> str:
        """A label for a shared object made by the current task: the same in every interleaving."""
        key = (self.current, kind)
        count = self._object_counts[key] = self._object_counts.get(key, 0) + 1
        creator = self.labels[self.current]
        return f"{creator}:{kind}" if count == 1 else f"{creator}:{kind}~{count}"

    def choose(self, label: str, options: Sequence[str]) -> int:
        """Let the chooser decide something the world leaves open; returns an index (0: default)."""
        if len(options) == 1 or not self.exploring or self.closing:
            return 0
        assert self._chooser is not None
        index = self._chooser.pick_data(label, options)
        if not 0 <= index < len(options):
            raise InternalError(f"a strategy picked option {index} of {len(options)} for {label}")
        self.log.append((label, 2, options[index], len(options)))
        if self.recording:
            self.choices.append(
                Choice(self.step, "data", label, options[index], len(options), index == 0)
            )
        return index

    def note(self, text: str, tag: str | None = None) -> None:
        """A line for people; kept only while recording, and not of code that is being unwound."""
        if self.recording and not self.closing:
            self.notes.append((self.step, self.now, self.labels[self.current], text, tag))

    def offer(self, task: private.Task) -> None:
        """A withheld world operation may proceed: put it among the options."""
        index = task._counter
        if index in self.withheld:
            self.offered[index] = self.withheld.pop(index)
            self._make_ready(index)

    def withhold(self, task: private.Task) -> None:
        """An offered world operation may not proceed for now."""
        index = task._counter
        if index in self.offered:
            self.withheld[index] = self.offered.pop(index)
            self._make_unready(index)

    def add_action(
        self, label: str, fire: Callable[[], None], *, limit: tuple[str, int] | None = None
    ) -> Action:
        """A pending fault: from now on an option at every schedule point, until it has fired.

        Of those with the same `limit`, a name, only so many can fire in a run: see `bar_action`.
        """
        action = Action(len(self.things), label, fire, limit)
        self.things.append(action)
        self.labels.append(label)
        self.owners.append(self.main_process)
        self.log.append(label)
        self.actions.append(action.index)
        return action

    def bar_action(self, action: Action, happened: int) -> None:
        """A pending fault cannot fire any more, as others of its limit did: the last one `happened`."""
        self.actions.remove(action.index)

    def remove_action(self, action: Action) -> None:
        """Take a pending fault back: there is nothing left that it could hit."""
        if action.index in self.actions:
            self.actions.remove(action.index)

    def start_process(self, label: str, main: Callable[[], Awaitable[object]]) -> KernelProcess:
        """A new process whose main task runs `main`; it hangs on no task of its starter."""
        label = visible(label)  # as it will stand in a trace
        process = KernelProcess(len(self.processes), label, self.make_nursery())
        self.processes.append(process)
        before, self._spawning = self._spawning, process
        try:
            # Context variables are memory: a process does not get its starter's.
            context = self.system_context.copy()
            task = self.spawn_impl(main, (), process.nursery, None, context=context)
        finally:
            self._spawning = before
        process.main_index = task._counter
        self._starting.append(task._counter)
        return process

    def freeze(self, process: KernelProcess) -> None:
        """`kill -9`: none of the process's code runs again, not even a `finally`."""
        if process.ended:
            return
        process.frozen = self.any_frozen = True
        process.held = None
        for index in process.spawned:
            task = self.things[index]
            task._abort_func = None
            if index in self.ready:
                self.ready.remove(index)
            if index in self._starting:
                self._starting.remove(index)
            self.offered.pop(index, None)
            self.withheld.pop(index, None)
            self._batch.pop(index, None)
        for key in [
            k for k, t in self.waiting_for_idle.items() if self.owners[t._counter] is process
        ]:
            del self.waiting_for_idle[key]
        before, self.bridging = self.bridging, True
        process.announce_end()
        self.bridging = before

    def hold(self, process: KernelProcess) -> None:
        """The process takes no step until `let_go`, whatever happens; its timers go off all the same."""
        process.held = [index for index in self.ready if self.owners[index] is process]
        self.any_held = True
        for index in process.held:
            self.ready.remove(index)
            self._batch.pop(index, None)

    def let_go(self, process: KernelProcess) -> None:
        """A process that was held up goes on."""
        held, process.held = process.held or [], None
        for index in held:
            insort(self.ready, index)

    def expire(self, scope: private.CancelScope) -> None:
        """The timer of a scope goes off now, whatever it is set to."""
        scope._cancel(private.CancelReason(source="deadline"))

    async def settle(self) -> None:
        """Take defaults until nothing is runnable. Not part of what is explored."""
        self.settling = trio.lowlevel.current_task()
        self.leave_explored()
        await trio.lowlevel.wait_task_rescheduled(_refuse_abort)
        self.exploring = True
        self.explored_from = self.now

    def leave_explored(self) -> None:
        """From now on take defaults; until things have settled, if they are to."""
        self.exploring = False
        self._unchosen = self._before_choices()

    def stop(self) -> None:
        """End the run after the current step (a property was violated)."""
        self.stopping = True

    # ---- what an observed engine wants to know -------------------------------------------------

    def depends(self, label: str) -> None:
        """The current step rests on a thing that it does not look at by itself."""

    def peeked(self, *labels: str) -> None:
        """Somebody looked at these things without a step: a property, whose they are, or a step."""
        peeks = self.extensions.get("peeks")
        if peeks is not None:
            peeks.extend(labels)
        elif not self.closing:
            for label in labels:
                self.depends(label)

    def affects(self, label: str, *, part: bool = False) -> None:
        """The current step is as good as a write (of a part) of a thing that it does not write."""

    def kept(self, name: str) -> dict[str, Any]:
        """What is to be known in all runs of a search; here, only in this run."""
        return {}

    def learned(self) -> None:
        """What is `kept` has grown: what was thought to be independent may not be."""

    def happening(self) -> int:
        """What is happening now, for `enabled_since`."""
        return 0

    def enabled_since(self, happened: int) -> None:
        """What the current task does next was made possible by `happened`, before it asked for it."""

    def looked(self, label: str) -> None:
        """Somebody looked at what `change` changes: from now on its order matters."""

    def affects_if_looked(self, label: str) -> None:
        """The current step changed something of which only an order is left, if anybody ever looks at that."""

    def looks_at(self, owner: str, labels: Sequence[str]) -> None:
        """The property `owner` looks at these things after each step that writes one of them."""

    def touch_clock(self) -> None:
        """The current step read the time, or has to do with what happens at some time."""

    def touch_timer(self) -> None:
        """The current step set a timer, or took one back."""

    def _spawned(self, task: private.Task, nursery: private.Nursery) -> None:
        """A task was started in a nursery."""

    def _begin_step(self, pick: int) -> None:
        """A task is about to be stepped."""

    def _end_step(self, pick: int, task: private.Task | None, *, idle: bool = False) -> None:
        """A step is over, a fault has struck, or time has passed (`idle`: as nothing was ready)."""

    def _idle_picked(self) -> None:
        """Nothing is runnable, faults are pending, and none of them was wanted."""

    # ---- the loop ----------------------------------------------------------------------------

    def run(self, main: Callable[[], Awaitable[object]], chooser: Chooser) -> None:
        """Execute one run; its record stays in the attributes until the next one.

        The caller must have reset the engine (`Kernel.run` does all that).
        """
        self._chooser = chooser
        of_thread = _CONTEXT.__dict__
        saved = dict(of_thread)
        library, sniffio.thread_local.name = sniffio.thread_local.name, "trio"
        of_thread.clear()
        of_thread["runner"] = self
        try:
            self.system_context = copy_context()
            chooser.begin(self)
            self._spawning = self.main_process
            self.main_task = self.spawn_impl(main, (), self._root, None)
            self._spawning = None
            self.main_process.main_index = self.main_task._counter
            self._loop()
            self._finish()
        finally:
            try:
                self._tell("after_run")
                unwind(self)
                for thread in self.threads:
                    thread.abandon()
            finally:
                self.inside = False
                sniffio.thread_local.name = library
                of_thread.clear()
                of_thread.update(saved)

    def _finish(self) -> None:
        """Let properties that look at the end have their say, then end as Trio would."""
        if self.ending == "idle" and self.main_task_outcome is None:
            self.waiting_report = describe_waiting(self)
        for hook in self.finish_hooks:
            while self.ending == "idle" and hook():
                self._loop()
        self._leave_step()
        for verdict_hook in self.verdict_hooks:
            verdict_hook()

    def _loop(self) -> None:  # noqa: C901, PLR0915  # the one hot loop of the project
        assert self._chooser is not None
        choose = self._chooser.pick
        heap = self.deadlines.heap  # type: ignore[attr-defined]
        things, ready, branching = self.things, self.ready, self.branching
        log, owners, actions = self.log, self.owners, self.actions
        offered, starting = self.offered, self._starting
        checkpoint = private.CancelShieldedCheckpoint
        of_thread = _CONTEXT.__dict__  # writing there is quicker than setting an attribute
        fair = self.fairness == "trio"
        simple = not fair and self.stall_s == 0
        bounded = 0 < self.stall_s < inf
        recording, observing = self.recording, self.observing
        task: Any = None
        message: Any = None
        raised = False
        starter = 0  # who started the processes whose mains begin now; it is the current task again
        while True:
            if starter and not starting:
                self.current, starter = starter, 0
            if heap and heap[0][0] <= self.now:
                self._expire()
            if self.step >= self.limit or self.stopping:
                self.ending = "stopped" if self.stopping else "cut"
                break
            if starting:
                starter = starter or self.current
                pick = starting.pop(0)
                branching.append(1 if self.exploring else 0)
            elif not self.exploring:
                if not ready:
                    if self._idle():
                        continue
                    self.ending = "idle"
                    break
                pick = self._unexplored_pick()
                branching.append(0)
            elif ready:
                options = ready if simple and not actions else self._options()
                width = len(options)
                if width == 1:
                    pick = options[0]
                else:
                    pick = choose(options, self.current)
                    if recording:
                        self._record_choice(options, pick)
                branching.append(width)
            elif actions:
                options = [_CLOCK, *actions]
                pick = choose(options, self.current)
                if recording:
                    self._record_choice(options, pick)
                if pick == _CLOCK:
                    branching.append(len(options))
                    log.append(pick)
                    self.step += 1
                    if observing:
                        self._idle_picked()
                    if self._idle():
                        continue
                    self.ending = "idle"
                    break
                branching.append(len(options))
            elif self._idle():
                continue
            else:
                self.ending = "idle"
                break

            log.append(pick)
            self.step += 1
            task = things[pick]
            if pick == _CLOCK or (actions and pick in actions):
                self._fire(pick)
                continue
            if fair:
                self._leave_batch(pick)
            ready.remove(pick)
            if bounded:
                self._ready_since.pop(pick, None)  # it is held up no longer
            self.current = pick
            self.process = owners[pick]
            of_thread["task"] = task
            if observing:
                self._begin_step(pick)
            send = task._next_send_fn
            if send is None:  # it waits for an operation of the world, which now proceeds
                del offered[pick]
                task._abort_func = None
                send = task.coro.send
                value: Any = _NOTHING
            else:
                value = task._next_send
                task._next_send_fn = task._next_send = None
            if self.instruments and "before_task_step" in self.instruments:
                self.instruments.call("before_task_step", task)
            outcome: Outcome[object] | None = None
            self.inside = True
            try:
                message = task.context.run(send, value)
            except StopIteration as stop:
                outcome = _NOTHING if stop.value is None else Value(stop.value)
            except BaseException as exc:  # noqa: BLE001  # whatever a task raises is its outcome
                self.inside = False
                if self.watchdog.raised:
                    self.watchdog.clear()  # a stop that was under way must not surface in this loop
                outcome = self._error(exc)
            self.inside = False
            if self.any_frozen and owners[pick].frozen:
                message = outcome = (
                    None  # it died in this very step: neither message nor exit counts
                )
            elif outcome is not None:
                self.task_exited(task, outcome)
                outcome = None
                raised = type(self.main_task_outcome) is Error
            else:
                task._schedule_points += 1
                if message is checkpoint:
                    task._next_send_fn = task.coro.send
                    task._next_send = _NOTHING
                    task.custom_sleep_data = None
                    insort(ready, pick)
                elif (kind := type(message)) is WorldPoint:
                    self._park_at(task, message)
                elif kind is private.WaitTaskRescheduled:
                    task._cancel_points += 1
                    task._abort_func = message.abort_func
                    if task._cancel_status.effectively_cancelled:
                        task._attempt_delivery_of_any_pending_cancel()
                elif kind is private.PermanentlyDetachCoroutineObject:
                    self.task_exited(task, message.final_outcome)
                else:
                    self._foreign_await(task, message)
            if recording:
                self._record_place(task)
            if self.instruments:
                self._tell_after_step(task, message)
            message = None
            if self.dirty and self.after_dirty is not None:
                dirty, self.dirty = self.dirty, []
                self.after_dirty(dirty)
            if observing:
                self._end_step(pick, task)
            if raised:
                self.ending = "raised"
                break
        # An exception that outlives the run keeps this frame, in its traceback or through `f_back`, and
        # the garbage collector does not look into that (CPython 3.11): so it must not keep the run.
        del things, ready, branching, log, owners, offered, starting, actions, heap, choose
        task = message = value = outcome = None

    # ---- parts of a step ---------------------------------------------------------------------

    def _park_at(self, task: private.Task, point: WorldPoint) -> None:
        """The task waits for an operation of the world: offer it, unless it is cancelled first."""
        index = task._counter
        task._cancel_points += 1
        task._abort_func = partial(self._abort_point, index)
        if point.withheld:
            self.withheld[index] = point
        else:
            self.offered[index] = point
            insort(self.ready, index)
        if task._cancel_status.effectively_cancelled:
            task._attempt_delivery_of_any_pending_cancel()

    def _abort_point(self, index: int, _: object) -> trio.lowlevel.Abort:
        if self.offered.pop(index, None) is not None:
            self._make_unready(index)
        point = self.withheld.pop(index, None)
        if point is not None and point.on_abort is not None:
            point.on_abort()
        return trio.lowlevel.Abort.SUCCEEDED

    def _foreign_await(self, task: private.Task, message: object) -> None:
        exc = TypeError(f"{NOT_TRIOS} (it yielded {clean(message)})")
        self.reschedule(task, exc)  # type: ignore[arg-type]  # thrown in bare, as Trio does
        task._next_send_fn = task.coro.throw

    def _tell_after_step(self, task: private.Task, message: object) -> None:
        """What instruments hear after a step; a plain checkpoint is rescheduled by the loop itself."""
        if message is private.CancelShieldedCheckpoint and "task_scheduled" in self.instruments:
            self.instruments.call("task_scheduled", task)
        if "after_task_step" in self.instruments:
            self.instruments.call("after_task_step", task)

    def _tell(self, hook: str, *args: object) -> None:
        """Let instruments know of something that is not about one task."""
        if hook in self.instruments:
            self.instruments.call(hook, *args)

    def _error(self, exc: BaseException) -> Outcome[object]:
        """An error outcome without the frames of this loop."""
        if isinstance(exc, StepNeverYielded):
            self.stuck = exc
            self.stopping = True
        traceback = exc.__traceback__
        for _ in range(1 + private.CONTEXT_RUN_TB_FRAMES):
            if traceback is not None:
                traceback = traceback.tb_next
        return Error(exc.with_traceback(traceback))

    def _leave_step(self) -> None:
        """What follows is done by nobody's task: not by the one that ran last."""
        _CONTEXT.__dict__.pop("task", None)
        self.process = None

    def _expire(self) -> None:
        self._leave_step()
        self.deadlines.expire(self.now)

    def _fire(self, pick: int) -> None:
        """A pending action happens: time passes, or a fault strikes."""
        self._leave_step()
        if pick == _CLOCK:
            self._advance(self.deadlines.next_deadline())
        else:
            self.actions.remove(pick)
            before, self.bridging = self.bridging, True
            self.things[pick].fire()
            self.bridging = before
        if self.recording:
            self.places.append("")
        if self.dirty and self.after_dirty is not None:
            dirty, self.dirty = self.dirty, []
            self.after_dirty(dirty)
        if self.observing:
            self._end_step(pick, None)

    def _advance(self, deadline: float) -> None:
        self.now = float(max(self.now, deadline))  # in the log, a whole number is a step
        self.log.append(self.now)
        self.deadlines.expire(self.now)

    def time_end(self) -> float:
        """The last virtual time at which a timer may fire."""
        if self.heal_until is not None:
            return self.heal_until
        if self.horizon_s is not None:
            return self.explored_from + self.horizon_s
        return inf if self.main_task_outcome is None else self.now

    def _idle(self) -> bool:
        """Nothing is runnable: wake who waited for that, or let time pass. False: nothing is left."""
        self._leave_step()
        deadline = self.deadlines.next_deadline()
        if self.instruments:
            self._tell("before_io_wait", deadline - self.now)
            self._tell("after_io_wait", deadline - self.now)
        if self.waiting_for_idle:
            cushion, _ = self.waiting_for_idle.keys()[0]
            if cushion < deadline - self.now:
                while self.waiting_for_idle and self.waiting_for_idle.keys()[0][0] == cushion:
                    self.reschedule(self.waiting_for_idle.popitem(0)[1])
                return True
        if self.settling is not None:
            sleeper, self.settling = self.settling, None
            self.reschedule(sleeper)
            return True
        if deadline <= self.time_end() and deadline < inf:
            self._advance(deadline)
            return True
        return False

    def _unexplored_pick(self) -> int:
        """Who goes next outside the explored part.

        While settling, the default: the current task goes on as long as it can (but nobody for ever).
        While liveness is judged, fairly: one after the other. Neither who was spawned first in what was
        explored nor who ran last there may count: interleavings that come to the same differ in both.
        """
        if self.heal_until is not None:
            self._turn = self._next_in_turn(self._turn)
            return self._turn
        if self.current in self.ready:
            self._unbroken += 1
            if self._unbroken < _UNBROKEN_MAX:
                return self.current
        self._unbroken = 0
        return self._next_in_turn(self.current)

    def _next_in_turn(self, last: int) -> int:
        """The ready task whose turn is next: by age if that is the same in all runs, else by label."""

        def turn(index: int) -> tuple[int, str]:
            if index < self._unchosen:
                return index, ""
            return self._unchosen, self.labels[index]

        in_turn = sorted(self.ready, key=turn)
        return next((index for index in in_turn if turn(index) > turn(last)), in_turn[0])

    def _before_choices(self) -> int:
        """How many tasks and faults there were before the first choice, when all runs are alike."""
        count, steps = 1, 0
        for item in self.log:
            if type(item) is str:
                count += 1
            elif type(item) is int:
                if self.branching[steps] > 1:
                    break
                steps += 1
        return count

    def _options(self) -> list[int]:
        """Ready tasks as the fairness model allows, then faults, then the clock if time may pass."""
        options = self._fair() if self.fairness == "trio" else self.ready
        if self.actions:
            options = options + self.actions
        if self.stall_s > 0:
            deadline = self.deadlines.next_deadline()
            if deadline <= self.time_end() and deadline <= self._stall_end() and deadline < inf:
                options = [*options, _CLOCK]
        return options

    def _stall_end(self) -> float:
        """How far time may go while something is runnable: nobody is stalled longer than allowed."""
        if self.stall_s == inf:
            return inf
        known, now = self._ready_since, self.now
        self._ready_since = {index: known.get(index, now) for index in self.ready}
        return min(self._ready_since.values()) + self.stall_s

    def _fair(self) -> list[int]:
        """Trio steps every runnable task of a process once per batch; between processes all is free.

        Operations of the world complete whenever they do, so they are exempt.
        """
        if len(self.ready) == 1:
            return self.ready
        batch, offered, owners = self._batch, self.offered, self.owners
        waiting: dict[int, list[int]] = {}
        running: dict[int, None] = {}
        options = []
        for index in self.ready:
            if index in offered:
                options.append(index)
            elif index in batch:
                options.append(index)
                running[owners[index].index] = None
            else:
                waiting.setdefault(owners[index].index, []).append(index)
        for process, indexes in waiting.items():
            if process not in running:
                options.extend(indexes)
        options.sort()
        return options

    def _leave_batch(self, pick: int) -> None:
        """The picked task has had its turn; picking outside the batch begins its process's next one."""
        batch, offered, owners = self._batch, self.offered, self.owners
        if pick in offered:
            return
        if pick not in batch:
            process = owners[pick]
            for index in self.ready:
                if owners[index] is process and index not in offered:
                    batch[index] = None
        del batch[pick]

    def _record_choice(self, options: list[int], pick: int) -> None:
        if pick not in options:
            raise InternalError(f"a strategy picked {pick}, which is not among {options}")
        default = default_pick(options, self.current) == pick
        self.choices.append(
            Choice(self.step, "schedule", "", self.labels[pick], len(options), default)
        )

    def _record_place(self, task: private.Task) -> None:
        frame = None
        for inner in user_frames(task.coro):
            frame = inner
        self.places.append("" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}")

    # ---- the end -----------------------------------------------------------------------------

    def digest(self) -> str:
        """A fingerprint of everything the run did: 32 hexadecimal digits, equal on every machine."""
        return blake2b(repr(self.log).encode(), digest_size=16).hexdigest()


def _new_series(spawner: str, full_name: str) -> list[str]:
    """The labels of the tasks of one name that one task spawns; for now, of the first."""
    label = visible(f"{spawner}/{full_name.rpartition('.')[2]}")  # as it will stand in a trace
    series = _LABELS[spawner, full_name] = [label]
    return series


async def _as_coroutine(awaitable: Any) -> Any:
    return await awaitable


def _refuse_abort(_: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED


def current_run() -> Engine:
    """The run that the calling code is part of.

    Raises:
      NoRun: outside a run.
    """
    runner = getattr(_CONTEXT, "runner", None)
    if not isinstance(runner, Engine):
        raise NoRun
    return runner
