"""Clocks that are wrong: skewed from the start, or set while a process runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.kernel import Engine, KernelProcess
    from harness.world.faults.faults import Faults

#: By how much a clock is wrong, in seconds, as one reads it.
ERRORS_S = {"a minute ahead": 60.0, "a minute behind": -60.0}
JUMPS_S = {"a minute forward": 60.0, "a minute back": -60.0}


class Clocks:
    """By how much the wall clock of each incarnation is wrong."""

    def __init__(self, run: Engine, faults: Faults) -> None:
        self._run = run
        self._faults = faults
        self._errors_s: dict[KernelProcess, float] = {}
        if faults.has("skew") or faults.has("jump"):
            run.clock_error_s = self.error_s

    def error_s(self) -> float:
        """Of the clock of whoever is running. The scenario's main has a good one."""
        process = self._run.process
        if process is None or process.resource is None or self._run.clock_error_s is None:
            return 0.0
        self._run.depends(_clock(process))
        if process not in self._errors_s and self._faults.has("skew"):
            self._look_first(process)
        return self._errors_s.get(process, 0.0)

    def _look_first(self, process: KernelProcess) -> None:
        """How wrong a clock is, is decided when somebody looks at it for the first time."""
        options = ["right", *ERRORS_S]
        index = self._faults.choose("skew", process.label, options)
        self._run.affects(_clock(process))
        self._errors_s[process] = ERRORS_S.get(options[index], 0.0)

    def jump(self, process: KernelProcess) -> None:
        """Somebody sets the clock of a process."""
        options = list(JUMPS_S)
        picked = options[self._run.choose(f"the clock of {process.label} jumps", options)]
        self._run.affects(_clock(process))
        self._run.note(f"the clock of {process.label} jumps {picked}")
        self._errors_s[process] = self._errors_s.get(process, 0.0) + JUMPS_S[picked]


def _clock(process: KernelProcess) -> str:
    return f"clock of {process.label}"
