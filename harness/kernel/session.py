"""A kernel: everything that must be in force around a series of runs, and nothing outside it."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import ExitStack
from math import inf
from typing import TYPE_CHECKING, Any, Self

import attrs

from harness.errors import RecursionLimitLowered
from harness.kernel import private, selftest
from harness.kernel.cancel import (
    DeadlineChange,
    OrderedCancelStatus,
    child_tasks,
    might_change_deadline,
)
from harness.kernel.engine import Engine
from harness.kernel.heap import frozen_heap
from harness.kernel.interrupt import Interrupts
from harness.kernel.observed import ObservedEngine
from harness.kernel.observers import Observers
from harness.kernel.primitives import Guards
from harness.kernel.seal import REFUSALS, Refusal, Seal
from harness.kernel.threads import Lockstep, LockstepWorker, current_thread_engine
from harness.kernel.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from types import ModuleType, TracebackType

    from harness.errors import RealWorldRefused, StepNeverYielded
    from harness.kernel.choice import Chooser


@attrs.frozen(kw_only=True)
class Model:
    """Under which assumptions orders are possible. Printed beside every verdict.

    Attributes:
      fairness: "none" (any runnable task next) or "trio" (batches within a process).
      stall_s: how long, in virtual seconds, a runnable task may be held up while time passes:
        infinite is the asynchronous model, 0 lets time pass only when everything waits.
      horizon_s: virtual seconds, from the end of `settle`, after which no timer fires; None lets
        time pass until the scenario's main task returns.
      steps_max: steps after which a run is cut; a cut run never counts towards *exhausted*.
      step_timeout_s: wall-clock seconds after which a single step is stopped as never yielding.
      assume_independent: that the tasks of a process share no memory but what is tracked. A reduction
        that may not assume it takes any two steps of a process to depend on each other.
    """

    fairness: str = "none"
    stall_s: float = 0.0
    horizon_s: float | None = None
    steps_max: int = 20_000
    step_timeout_s: float = 5.0
    assume_independent: bool = False

    @property
    def time_text(self) -> str:
        """The time model in words for reports."""
        return "asynchronous" if self.stall_s == inf else f"bounded(stall_s={self.stall_s:g})"


class _Patched:
    """What is ours while any kernel is in force, in whatever thread.

    Globals of Trio's, and the garbage collector, whose finalisers must not run within a step.
    """

    depth = 0
    lock = threading.Lock()
    collecting = True
    child_tasks = private.Nursery.__dict__["child_tasks"]
    lockstep = Lockstep()
    guards = Guards()

    @classmethod
    def enter(cls) -> None:
        with cls.lock:
            if cls.depth == 0:
                cls.collecting = gc.isenabled()
                gc.disable()
                private.run_module.CancelStatus = OrderedCancelStatus  # type: ignore[misc]
                scope_class: Any = private.CancelScope
                scope_class._might_change_registered_deadline = might_change_deadline
                private.Nursery.child_tasks = child_tasks  # type: ignore[method-assign,assignment]
                cls.lockstep.install()
                cls.guards.install()
            cls.depth += 1

    @classmethod
    def leave(cls) -> None:
        with cls.lock:
            cls.depth -= 1
            if cls.depth == 0:
                private.run_module.CancelStatus = private.CancelStatus  # type: ignore[misc]
                scope_class: Any = private.CancelScope
                scope_class._might_change_registered_deadline = DeadlineChange.original
                private.Nursery.child_tasks = cls.child_tasks  # type: ignore[method-assign]
                cls.lockstep.uninstall()
                cls.guards.uninstall()
                if cls.collecting:
                    gc.enable()


class Kernel:
    """Runs one body many times, each time under the choices of a chooser.

    Use as a context manager: virtual time, ordered cancellation, the garbage collector's schedule and
    the hooks for async generators are ours inside, and as they were before outside.
    """

    def __init__(
        self,
        model: Model | None = None,
        *,
        seed: int = 0,
        modules: Iterable[ModuleType] = (),
        refusals: Sequence[Refusal] = REFUSALS,
        capture_logs: bool = True,
        observed: bool = False,
    ) -> None:
        """Make a kernel; nothing is in force before it is entered.

        Args:
          model: the assumptions of every run.
          seed: of what code under test gets from `random`, `os.urandom` and the like: the same in
            every run, so that runs differ by their choices alone.
          modules: the user's modules; names bound early in them (`from time import time`) are covered.
          refusals: what of the real world is refused.
          capture_logs: whether what a step logs becomes a note, and is printed nowhere.
          observed: whether the engine is an `ObservedEngine`, which records what a reduction needs.
        """
        self.model = model or Model()
        self.engines_discarded = 0
        self.interrupted = False
        self.seed = seed
        self._observed = observed
        self._listening = False
        self._other: Engine | None = None
        self._time_text = self.model.time_text
        self._engine: Engine | None = None
        self._runs = 0
        self._undo = ExitStack()
        self._seal = Seal(
            inside=self._inside,
            now=self._now,
            owner=self._owner,
            error_s=self._clock_error_s,
            modules=modules,
            refusals=refusals,
            capture_logs=capture_logs,
            thread_allowed=lambda thread: isinstance(thread, LockstepWorker),
            on_refused=self._on_refused,
        )
        self._watchdog = Watchdog(
            timeout_s=self.model.step_timeout_s,
            progress=self._watched,
            thread_id=self._step_thread,
            on_fired=self._on_stuck,
        )
        self._interrupts = Interrupts(on_interrupt=self._on_interrupt, progress=self._progress)

    @property
    def engine(self) -> Engine:
        """The engine of the last run, with its record."""
        assert self._engine is not None
        return self._engine

    def __enter__(self) -> Self:
        private.check_version()
        self._thread = threading.get_ident()
        with ExitStack() as undo:
            _Patched.enter()
            undo.callback(_Patched.leave)
            selftest.check_once()
            # First, so that a Ctrl-C cannot fall between the seal's patches and their undoing.
            undo.enter_context(self._interrupts)
            undo.enter_context(self._seal)
            undo.enter_context(self._watchdog)
            undo.enter_context(frozen_heap())
            self._undo = undo.pop_all()
        if self._observed:
            self._listen()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine = self._other = None
        gc.collect(0)  # what the last run left behind ends here as well, not in somebody's own code
        self._undo.close()

    # ---- what the guards ask and say -----------------------------------------------------------

    def _inside(self) -> bool:
        """Whether the calling thread is running code of a simulated step."""
        engine = self._engine
        if engine is None or not engine.inside:
            return False
        return threading.get_ident() == self._thread or current_thread_engine() is engine

    def _progress(self) -> int:
        """A number that differs in every step of every run; negative between steps."""
        engine = self._engine
        if engine is None or not engine.inside:
            return -1
        return (self._runs << 50) + (engine.step << 20) + engine.handovers

    def _watched(self) -> int:
        """As `_progress`; and a number for each question that the code under test is asked between steps."""
        engine = self._engine
        if engine is None:
            return -1
        if engine.inside:
            return (self._runs << 50) + (engine.step << 20) + engine.handovers
        if engine.asking:
            return (self._runs << 50) + (1 << 49) + engine.asking
        return -1

    def _step_thread(self) -> int:
        """The thread that has the step: the loop's, or one in lockstep with it."""
        engine = self._engine
        return self._thread if engine is None else engine.running_thread or self._thread

    def _now(self) -> float:
        return self.engine.current_time()

    def _clock_error_s(self) -> float:
        asked = self.engine.clock_error_s
        return 0.0 if asked is None else asked()

    def _owner(self) -> str:
        engine = self.engine
        if engine.process is None or engine.process is engine.main_process:
            return engine.labels[engine.current]
        return engine.process.label

    def _on_refused(self, error: RealWorldRefused) -> None:
        if self.engine.broken is None and not self.engine.closing:
            self.engine.broken = error

    def _on_stuck(self, report: StepNeverYielded) -> None:
        engine = self.engine
        engine.stuck = engine.stuck or report
        engine.stopping = True

    def _on_interrupt(self) -> None:
        self.interrupted = True
        if self._engine is not None:
            self._engine.interrupted = True
            self._engine.limit = -1

    # ---- running -------------------------------------------------------------------------------

    def observe(self, *, observed: bool, model: Model) -> None:
        """Whether the runs from now on are observed, and under which model they are made.

        Each way has an engine of its own. One kernel serves both, because of several only the innermost
        hears of a Ctrl-C.
        """
        self.model = model
        if observed != self._observed:
            self._observed = observed
            self._engine, self._other = self._other, self._engine
            if observed:
                self._listen()

    def _listen(self) -> None:
        if not self._listening:
            Observers.enter()
            self._listening = True
            self._undo.callback(self._listen_no_more)

    def _listen_no_more(self) -> None:
        self._listening = False
        Observers.leave()

    def run(
        self,
        main: Callable[[], Awaitable[object]],
        chooser: Chooser,
        *,
        recording: bool = False,
        auditing: bool = True,
    ) -> Engine:
        """One run. The engine returned holds its record until the next run begins."""
        engine = self._fresh_engine()
        # The last run was forgotten just now, and everything it made is young: this finds its cycles,
        # and runs finalisers between runs instead of within one. The rest now and then.
        gc.collect(0 if self._runs & 0xFF else 2)
        engine.recording = recording
        engine.auditing = auditing
        self._runs += 1
        self._seal.begin_run(self.seed)
        engine.asyncgens.install()  # type: ignore[attr-defined]
        recursion_limit = sys.getrecursionlimit()
        try:
            engine.run(main, chooser)
        except RecursionError:
            limit = sys.getrecursionlimit()
            if limit >= recursion_limit:
                raise
            sys.setrecursionlimit(recursion_limit)
            raise RecursionLimitLowered(limit) from None
        finally:
            sys.setrecursionlimit(recursion_limit)
            engine.asyncgens.uninstall()  # type: ignore[attr-defined]
            if self._watchdog.fired is not None:
                self._watchdog.take()
        return engine

    def _fresh_engine(self) -> Engine:
        engine = self._engine
        if engine is not None and engine.is_clean():
            engine.reset()
        else:
            if engine is not None:
                self.engines_discarded += 1
                engine.reset()  # it holds on to nothing, until the garbage collector gets to it
            before, engine = engine, ObservedEngine() if self._observed else Engine()
            if isinstance(engine, ObservedEngine) and isinstance(before, ObservedEngine):
                engine.names = before.names
            self._engine = engine
        model = self.model
        engine.fairness = model.fairness
        engine.stall_s = model.stall_s
        engine.horizon_s = model.horizon_s
        engine.limit = engine.steps_max = model.steps_max
        engine.time_text = self._time_text
        engine.assume_independent = model.assume_independent
        engine.watchdog = self._watchdog
        return engine
