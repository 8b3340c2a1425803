"""The virtual clock of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.kernel import Engine


class Clock:
    """Virtual time, as `World.clock`. Starts at 0.0; moves only when the model lets time pass."""

    def __init__(self, run: Engine) -> None:
        self._run = run

    @property
    def now(self) -> float:
        """Virtual seconds since the run began; the same as `trio.current_time()`."""
        return self._run.now

    @property
    def explored_s(self) -> float:
        """Virtual seconds since `settle` returned (since the beginning, without it)."""
        return self._run.now - self._run.explored_from
