"""A kernel: everything that must be in force around a series of runs, and nothing outside it."""

from __future__ import annotations

import gc
from math import inf
from typing import TYPE_CHECKING, Self

import attrs

from harness.kernel import private
from harness.kernel.cancel import OrderedCancelStatus
from harness.kernel.engine import Engine
from harness.kernel.threads import Lockstep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

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
    """

    fairness: str = "none"
    stall_s: float = 0.0
    horizon_s: float | None = None
    steps_max: int = 20_000
    step_timeout_s: float = 10.0

    @property
    def time_text(self) -> str:
        """The time model in words for reports."""
        return "asynchronous" if self.stall_s == inf else f"bounded(stall_s={self.stall_s:g})"


class _Patched:
    """Module globals of Trio's that are ours while any kernel is in force, in whatever thread."""

    depth = 0
    lockstep = Lockstep()

    @classmethod
    def enter(cls) -> None:
        if cls.depth == 0:
            private.run_module.CancelStatus = OrderedCancelStatus  # type: ignore[misc]
            cls.lockstep.install()
        cls.depth += 1

    @classmethod
    def leave(cls) -> None:
        cls.depth -= 1
        if cls.depth == 0:
            private.run_module.CancelStatus = private.CancelStatus  # type: ignore[misc]
            cls.lockstep.uninstall()


class Kernel:
    """Runs one body many times, each time under the choices of a chooser.

    Use as a context manager: virtual time, ordered cancellation, the garbage collector's schedule and
    the hooks for async generators are ours inside, and as they were before outside.
    """

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or Model()
        self.engines_discarded = 0
        self._engine: Engine | None = None
        self.interrupted = False

    @property
    def engine(self) -> Engine:
        """The engine of the last run, with its record."""
        assert self._engine is not None
        return self._engine

    def __enter__(self) -> Self:
        private.check_version()
        _Patched.enter()
        self._gc_was_enabled = gc.isenabled()
        gc.collect()
        gc.disable()
        gc.freeze()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        gc.unfreeze()
        if self._gc_was_enabled:
            gc.enable()
        _Patched.leave()
        self._engine = None

    def run(
        self, main: Callable[[], Awaitable[object]], chooser: Chooser, *, recording: bool = False
    ) -> Engine:
        """One run. The engine returned holds its record until the next run begins."""
        engine = self._fresh_engine()
        engine.recording = recording
        engine.asyncgens.install()  # type: ignore[attr-defined]
        try:
            engine.run(main, chooser)
        finally:
            engine.asyncgens.uninstall()  # type: ignore[attr-defined]
            gc.collect()
        return engine

    def _fresh_engine(self) -> Engine:
        engine = self._engine
        if engine is not None and engine.is_clean():
            engine.reset()
        else:
            self.engines_discarded += engine is not None
            engine = self._engine = Engine()
        model = self.model
        engine.fairness = model.fairness
        engine.stall_s = model.stall_s
        engine.horizon_s = model.horizon_s
        engine.limit = engine.steps_max = model.steps_max
        engine.time_text = model.time_text
        return engine
