"""A watchdog for steps that never yield: `while True: pass` is below every step budget.

A daemon thread looks now and then at a counter that the kernel has anyway, so a step pays nothing.
When one step has been running for too long, the thread takes the stack of the step and raises
`StepNeverYielded` in it (PyThreadState_SetAsyncExc), again and again while the step swallows it.

Why it never hits the wrong code. CPython (with a GIL, 3.11 to 3.14) switches threads only where it
checks its eval breaker: on entering a Python function, on jumping back, and after a call of C code.
Between `progress()` reading the counter and the C call that sets the exception there is no such
point, so the step that is looked at is the step that is hit. The step's thread meanwhile stands at
such a point itself, or in C code, and looks for an asynchronous exception before it runs on. One gap: when
that C code fails, and nothing in the step catches its error, the interpreter runs no bytecode and
looks at nothing until the kernel's own handler has it. So that handler begins with `clear()`.

What is left: C code that never returns to the interpreter cannot be stopped. In the main thread a
wait for a lock, a queue or a file descriptor can: a signal whose handler does nothing (SIGURG, which
nobody misses) makes it look up. Elsewhere such a wait is only reported, on standard error.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
import threading
from functools import partial
from math import inf
from time import monotonic
from traceback import StackSummary, walk_stack
from typing import TYPE_CHECKING, Any, Self

from harness.errors import StepNeverYielded

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

# Bound now: the real ones, whatever seal is in force later.
_set_handler = signal.signal
_get_handler = signal.getsignal
_send_signal = signal.pthread_kill
_start_thread = threading.Thread.start
_get_ident = threading.get_ident

# A prototype of our own, because `ctypes.pythonapi` is shared by everybody. It keeps the GIL.
_set_async_exc = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_ulong, ctypes.py_object)(
    ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
)
_NOTHING = ctypes.py_object()

_POLLS_PER_TIMEOUT = 5
_POLL_MAX_S = 0.25
_RETRY_FIRST_S = 0.01
_RETRY_LAST_S = 0.25
_STUCK_AFTER_S = 1.0
_FRAMES_SHOWN = 8

_OUR_MODULES = ("harness.kernel", "trio.", "outcome")
_DEBUGGERS = ("bdb", "pdb", "cmd", "code", "pydevd")


class _Settled(BaseException):
    """Raised and caught at once; see `Watchdog._settle`."""


class Watchdog:
    """Context manager: while it is in force, a step that never yields is stopped with a report.

    Enter it in the thread that runs the steps. No thread of it is left when it is closed.

    Args:
      timeout_s: wall-clock seconds that one step may take; None: nothing is watched.
      progress: a number that is different in every step of every run, and negative while no step is
        running. It must be a Python function that only reads attributes (see above why), and must
        change when the step is handed to another thread.
      thread_id: the identity of the thread that runs the step; by default the one that enters.
      on_fired: told of the report, in the watchdog's thread, just before the step is stopped.

    Raises:
      ValueError: if `timeout_s` is not positive.

    Attributes:
      clear: forgets an exception that is still to be raised. The first thing to call where the error
        of a step is caught (having marked the step as over): a C function, so that nothing is raised
        on entering it.
      raised: whether a stop was sent and nobody has made sure since that none is under way. Whoever
        catches a step's error asks this, and calls `clear` if so, before doing anything else.
      fired: the report on the last step that was stopped; it stays, even when the code under test
        swallowed the exception, until `take`.
    """

    def __init__(
        self,
        *,
        timeout_s: float | None,
        progress: Callable[[], int],
        thread_id: Callable[[], int] | None = None,
        on_fired: Callable[[StepNeverYielded], None] | None = None,
    ) -> None:
        if timeout_s is not None and timeout_s <= 0:
            raise ValueError(f"timeout_s must be positive, not {timeout_s}")
        self.clear: Callable[[], object] = partial(bool)
        self.raised = False
        self.fired: StepNeverYielded | None = None
        self._timeout_s = timeout_s
        self._progress = progress
        self._thread_id = thread_id
        self._on_fired = on_fired
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._entered_in = 0
        self._handler_before: Any = None
        self._may_signal = False

    # ---- for the kernel --------------------------------------------------------------------------

    def take(self) -> StepNeverYielded | None:
        """The report on a step that was stopped since the last call, or None."""
        fired, self.fired = self.fired, None
        if self.raised:
            self._settle()
        return fired

    def _settle(self) -> None:
        """Leave the interpreter as if nothing had ever been raised from outside.

        CPython 3.11 goes on thinking that something is pending after a stop has been taken back with
        NULL, and the first traced or profiled call then never returns. Only an exception that is
        really raised ends that, so one is.
        """
        self.clear()
        try:
            _set_async_exc(_get_ident(), _Settled)
            while True:  # it is raised at the first jump back at the latest
                pass
        except _Settled:
            self.raised = False

    def __enter__(self) -> Self:
        self._entered_in = _get_ident()
        if self._timeout_s is None:
            return self
        self.clear = partial(_set_async_exc, self._entered_in, _NOTHING)
        self._over.clear()
        self._catch_signal()
        self._thread = threading.Thread(target=self._watch, name="harness watchdog", daemon=True)
        _start_thread(self._thread)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._close()
        except StepNeverYielded:  # under way since a step whose error was not met with `clear`
            self._close()

    def _close(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self.raised:
            self._settle()
        self._release_signal()

    # ---- the watching thread ---------------------------------------------------------------------

    def _watch(self) -> None:
        sys.settrace(None)  # a tracer would add points where threads switch
        sys.setprofile(None)
        timeout_s = self._limit_s()
        poll_s = min(timeout_s / _POLLS_PER_TIMEOUT, _POLL_MAX_S)
        seen, since = -1, monotonic()
        while not self._over.wait(poll_s):
            current = self._progress()
            if current < 0 or current != seen:
                seen, since = current, monotonic()
            elif monotonic() - since >= timeout_s:
                self._stop_step(seen)
                seen, since = -1, monotonic()

    def _stop_step(self, step: int) -> None:
        """Raise in the step until it ends, or the exploration does."""
        report = self._report()
        if report is None:
            return
        stop = _class_of(report, self._limit_s())
        if not self._raise_in(step, stop, report):
            return
        if self._on_fired is not None:
            self._on_fired(report)
        stuck_at = monotonic() + self._limit_s() + _STUCK_AFTER_S
        retry_s = _RETRY_FIRST_S
        while not self._over.wait(retry_s) and self._raise_in(step, stop, report):
            self._interrupt_wait()
            retry_s = min(retry_s * 1.3, _RETRY_LAST_S)  # out of time with whatever swallows it
            if monotonic() > stuck_at:
                stuck_at = inf
                _tell_stuck(report)

    def _raise_in(self, step: int, stop: type[StepNeverYielded], report: StepNeverYielded) -> bool:
        """Raise in the step, unless it has ended."""
        thread_id = self._step_thread()
        if self._progress() == step:
            # From reading the counter to the end of this call, no other thread can run.
            self.fired = report
            self.raised = True
            _set_async_exc(thread_id, stop)
            return True
        return False

    def _step_thread(self) -> int:
        return self._entered_in if self._thread_id is None else self._thread_id()

    def _limit_s(self) -> float:
        assert self._timeout_s is not None
        return self._timeout_s

    def _report(self) -> StepNeverYielded | None:
        """What the step is doing; None while a person looks at it in a debugger."""
        innermost = sys._current_frames().get(self._step_thread())
        if innermost is None:
            return None
        frames = list(walk_stack(innermost))
        if any(_module(frame).startswith(_DEBUGGERS) for frame, _ in frames):
            return None
        shown = [found for found in frames if not _module(found[0]).startswith(_OUR_MODULES)]
        shown = (shown or frames)[:_FRAMES_SHOWN]
        frame, line = next((found for found in shown if _is_user_code(found[0])), shown[0])
        where = f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
        stack = StackSummary.extract(iter(reversed(shown))).format()
        return StepNeverYielded(where, self._limit_s(), "".join(stack))

    # ---- waits in C code -------------------------------------------------------------------------

    def _catch_signal(self) -> None:
        """Let SIGURG wake the main thread from a wait in C, to find the exception that awaits it."""
        self._may_signal = False
        if threading.current_thread() is not threading.main_thread() or not hasattr(
            signal, "SIGURG"
        ):
            return
        self._handler_before = _get_handler(signal.SIGURG)
        if self._handler_before is not None:  # None: installed by C code, which we leave in peace
            _set_handler(signal.SIGURG, _do_nothing)
            self._may_signal = True

    def _release_signal(self) -> None:
        if self._may_signal:
            self._may_signal = False
            _set_handler(signal.SIGURG, self._handler_before)

    def _interrupt_wait(self) -> None:
        if self._may_signal:
            _send_signal(self._entered_in, signal.SIGURG)


def _do_nothing(_signal: int, _frame: FrameType | None) -> None:
    """That a handler runs at all is the point: on entering it, the pending exception is raised."""


def _class_of(report: StepNeverYielded, timeout_s: float) -> type[StepNeverYielded]:
    """A class whose instances, made without arguments by the interpreter, are this report."""

    def make(self: StepNeverYielded) -> None:
        StepNeverYielded.__init__(self, report.where, timeout_s, report.stack)

    names = {"__init__": make, "__module__": StepNeverYielded.__module__}
    return type(StepNeverYielded.__name__, (StepNeverYielded,), names)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _is_user_code(frame: FrameType) -> bool:
    """Neither the standard library nor anything installed: most likely what is being tested."""
    top = _module(frame).partition(".")[0]
    return top not in sys.stdlib_module_names and "site-packages" not in frame.f_code.co_filename


def _tell_stuck(report: StepNeverYielded) -> None:
    with contextlib.suppress(
        OSError, ValueError, AttributeError
    ):  # no standard error: nobody to tell
        sys.stderr.write(
            f"{report}\nIt waits in C code and cannot be stopped from here:\n{report.stack}"
        )
        sys.stderr.flush()
