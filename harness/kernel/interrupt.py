"""Ctrl-C while exploring: the search stops at the next step, and what was found is kept.

Without this, KeyboardInterrupt is raised wherever the main thread happens to be, and half of the time
that is inside a simulated task, whose outcome it then becomes: the search would report a bug that is
the person at the keyboard.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

# Bound now: the real ones, whatever seal is in force later.
_set_handler = signal.signal
_get_handler = signal.getsignal


class Interrupts:
    """Context manager: SIGINT sets a flag; pressed again within the same step, it raises.

    The handler of before is back on every way out, and already when KeyboardInterrupt is raised. In
    another thread than the main one, where Python has no signals, and where SIGINT is ignored or
    belongs to C code, nothing is changed.

    Args:
      on_interrupt: called in the signal handler, between two bytecodes of the main thread, at each
        press that does not raise; it may set attributes and little else.
      progress: a number that is different in every step of every run (negative while none runs).

    Attributes:
      requested: whether SIGINT has arrived.
    """

    def __init__(self, *, on_interrupt: Callable[[], None], progress: Callable[[], int]) -> None:
        self.requested = False
        self._on_interrupt = on_interrupt
        self._progress = progress
        self._step_of_press: int | None = None
        self._before: Any = None
        self._installed = False

    def __enter__(self) -> Self:
        self.requested = False
        self._step_of_press = None
        if threading.current_thread() is not threading.main_thread():
            return self
        self._before = _get_handler(signal.SIGINT)
        if self._before not in (None, signal.SIG_IGN):
            self._installed = True
            _set_handler(signal.SIGINT, self._pressed)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()

    def _restore(self) -> None:
        if self._installed:
            _set_handler(signal.SIGINT, self._before)
            self._installed = False

    def _pressed(self, _signal: int, _frame: FrameType | None) -> None:
        self.requested = True
        step = self._progress()
        if step == self._step_of_press:
            # Nothing has moved since the last press: this step will not end by itself. The handler goes
            # first, because this may be on the way into `__exit__`, which would then never run.
            self._restore()
            raise KeyboardInterrupt
        self._step_of_press = step
        self._on_interrupt()
