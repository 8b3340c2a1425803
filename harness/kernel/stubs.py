"""Stand-ins for the parts of a Trio runner that would reach the real world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import trio

from harness.kernel import private

if TYPE_CHECKING:
    from harness.kernel.engine import Engine
    from harness.kernel.process import KernelProcess


class VirtualClock(trio.abc.Clock):
    """Trio's view of the run's virtual time. It never moves by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start_clock(self) -> None:
        """Nothing to start: a run begins at 0.0."""

    def current_time(self) -> float:
        return self._engine.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return deadline - self._engine.now


class NoIO:
    """The I/O manager of a run: there is no I/O, and whoever asks for some is told so."""

    def statistics(self) -> Any:
        return {"backend": "simulated"}

    def force_wakeup(self) -> None:
        """Nothing sleeps for real, so there is nothing to wake."""

    def close(self) -> None:
        """Nothing was opened."""

    def __getattr__(self, name: str) -> Any:
        from harness.errors import RealWorldRefused  # noqa: PLC0415  # only on the way out

        def refuse(*_args: object) -> NoReturn:
            error = RealWorldRefused(
                f"trio.lowlevel.{name}", "use the simulated network or database of the world"
            )
            engine = private.GLOBAL_RUN_CONTEXT.runner
            assert isinstance(engine.io_manager, NoIO)
            # The code under test may swallow it. While unwinding, nothing counts any more.
            if engine.broken is None and not engine.closing:  # type: ignore[attr-defined]
                engine.broken = error  # type: ignore[attr-defined]
            raise error

        return refuse


class NoInterrupts:
    """The KeyboardInterrupt manager of a run: the kernel has its own handler."""

    def close(self) -> None:
        """Nothing was installed."""


class LazyInstruments(dict[str, Any]):
    """An empty set of instruments that becomes Trio's real one when somebody adds to it.

    Trio's own class is a Python-level mapping whose `in` costs more than a whole checkpoint.
    """

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine

    def add_instrument(self, instrument: trio.abc.Instrument) -> None:
        real = private.Instruments(())
        real.add_instrument(instrument)
        self._engine.instruments = real

    def remove_instrument(self, instrument: trio.abc.Instrument) -> NoReturn:
        raise KeyError(instrument)


class TaskWakeup:
    """Wakes the task that runs `run_sync_soon` callbacks, without a real socket pair."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sleeper: private.Task | None = None
        self._woken = False

    def wakeup_thread_and_signal_safe(self) -> None:
        self._woken = True
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is not None:
            self._engine.wake(sleeper)

    async def wait_woken(self) -> None:
        """Sleep until there is a callback to run. Drains the flag, or it would spin for ever."""
        if not self._woken:
            self._sleeper = trio.lowlevel.current_task()

            def abort(_: Any) -> trio.lowlevel.Abort:
                self._sleeper = None
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)
        self._woken = False

    def wakeup_on_signals(self) -> None:
        """Signals are refused, so none can arrive."""

    def close(self) -> None:
        """There is no socket pair to close."""


class CallbackQueue:
    """The `run_sync_soon` queue of one process, which costs nothing until somebody uses it."""

    def __init__(self, engine: Engine, process: KernelProcess) -> None:
        self._engine = engine
        self._process = process

    def run_sync_soon(self, *args: Any, idempotent: bool = False) -> None:
        """Run a callback in a task of the process (Trio's signature).

        Raises:
          RunFinishedError: when the process, or the whole run, is over.
        """
        engine = self._engine
        # A token may outlive its run; then its process is none of this run's.
        if engine.closing or self._process.ended or self._process not in engine.processes:
            raise trio.RunFinishedError("the process has ended")
        queue = engine.make_entry_queue(self._process)
        queue.run_sync_soon(*args, idempotent=idempotent)

    def size(self) -> int:
        return 0 if self._process.entry_queue is None else self._process.entry_queue.size()

    def close(self) -> None:
        """There is no socket pair to close."""
