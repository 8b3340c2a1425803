"""Timers that go off early: sleeps that end before their time, deadlines that pass too soon."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    from types import FrameType

    from harness.kernel import Engine, KernelProcess
    from harness.world.faults.faults import Faults, Offer

#: Between a sleep and the timer that it sets lie no more calls than these.
_DEPTH_MAX = 12


class Timers:
    """Each timer of a process is a pending fault for as long as it is set."""

    def __init__(self, run: Engine, faults: Faults) -> None:
        self._run = run
        self._faults = faults
        self._offers: dict[trio.CancelScope, tuple[KernelProcess, Offer]] = {}
        self._counts: dict[str, int] = {}
        if faults.has("early_timer") or faults.has("timeout"):
            run.timer_watch = self._watch

    def forget(self, process: KernelProcess) -> None:
        """It has ended, and its timers with it."""
        for scope in [scope for scope, (owner, _) in self._offers.items() if owner is process]:
            self._offers.pop(scope)[1].withdraw()

    def _watch(self, scope: trio.CancelScope, is_set: bool) -> None:
        run = self._run
        process = run.process
        if not is_set:
            if scope in self._offers:
                self._offers.pop(scope)[1].withdraw()
            return
        if run.closing or process is None or getattr(process.resource, "spared", True):
            return
        sleeping = _is_sleep(sys._getframe())  # nobody else says who calls
        kind = "early_timer" if sleeping else "timeout"
        if not self._faults.has(kind):
            return
        who = run.labels[run.current]
        number = self._counts[who] = self._counts.get(who, 0) + 1
        offer = self._faults.offer(kind, f"{who} #{number}", partial(run.expire, scope))
        if offer is not None:
            self._offers[scope] = process, offer


def _is_sleep(frame: FrameType | None) -> bool:
    sleep: Any = trio.sleep_until
    for _ in range(_DEPTH_MAX):
        if frame is None:
            return False
        if frame.f_code is sleep.__code__:
            return True
        frame = frame.f_back
    return False
