"""The virtual clock of a run, as each process reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.kernel import Engine
    from harness.world.faults.clocks import Clocks


class Clock:
    """Virtual time, as `World.clock`. Starts at 0.0; moves only when the model lets time pass.

    A process reads its own clock, which the faults "skew" and "jump" make wrong, as they do
    `time.time()` and `datetime.now()`. What `trio.current_time()` says never jumps.
    """

    def __init__(self, run: Engine, clocks: Clocks) -> None:
        self._run = run
        self._clocks = clocks

    @property
    def now(self) -> float:
        """Virtual seconds since the run began, as the clock of the calling process has it."""
        return self._run.current_time() + self._clocks.error_s()

    @property
    def explored_s(self) -> float:
        """Virtual seconds since `settle` returned (since the beginning, without it); never wrong."""
        return self._run.current_time() - self._run.explored_from
