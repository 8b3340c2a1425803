"""A stand-in for `trio.run` that runs everything on the kernel."""

from __future__ import annotations

import random
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import trio
import trio.testing
from trio._deprecate import warn_deprecated

from harness.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.kernel import Engine

#: Several tests take many small steps; none needs this many.
STEPS_MAX = 100_000


@attrs.define
class TrioRun:
    """One call of `trio.run`: its arguments reach the engine, and a seeded random chooser decides."""

    random: random.Random
    clock: trio.abc.Clock | None
    instruments: Sequence[trio.abc.Instrument]
    strict_exception_groups: bool

    def begin(self, engine: Engine) -> None:
        """Give the runner what Trio's own `setup_runner` would."""
        engine.strict_exception_groups = self.strict_exception_groups
        if isinstance(self.clock, trio.testing.MockClock):
            engine.clock = self.clock
            _follow(self.clock, engine)
        for instrument in self.instruments:
            engine.instruments.add_instrument(instrument)
        if "before_run" in engine.instruments:
            engine.instruments.call("before_run")

    def pick(self, options: list[int], current: int) -> int:
        """Any of them."""
        return self.random.choice(options)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        """Any of them."""
        return self.random.randrange(len(options))


class OnKernel:
    """What replaces `trio.run`. One kernel serves all runs of the thread it was made in.

    Attributes:
      runs: how often it was called since `begin`.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.runs = 0
        self._schedule = ""
        self._kernel = kernel
        self._thread = threading.get_ident()

    def begin(self, schedule: str) -> None:
        """The runs that follow take their choices from this name."""
        self.runs = 0
        self._schedule = schedule

    def run(
        self,
        async_fn: Callable[..., Any],
        *args: object,
        clock: trio.abc.Clock | None = None,
        instruments: Sequence[trio.abc.Instrument] = (),
        restrict_keyboard_interrupt_to_checkpoints: bool = False,
        strict_exception_groups: bool = True,
    ) -> Any:
        """What `trio.run` does, on the kernel."""
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("Attempted to call run() from inside a run()")
        if not strict_exception_groups:
            _warn_of_loose_groups()
        self.runs += 1
        chooser = TrioRun(
            random=random.Random(f"{self._schedule}|{self.runs}"),
            clock=clock,
            instruments=instruments,
            strict_exception_groups=strict_exception_groups,
        )
        main = partial(async_fn, *args) if args else async_fn
        if threading.get_ident() == self._thread:
            return _result(self._kernel.run(main, chooser))
        with Kernel(self._kernel.model, refusals=(), capture_logs=False) as kernel:
            return _result(kernel.run(main, chooser))


def _follow(clock: trio.testing.MockClock, engine: Engine) -> None:
    """Let a test move virtual time by hand; when idle it still moves by itself, as if autojumping."""

    def jump(seconds: float) -> None:
        engine.now += seconds

    clock.jump = jump  # type: ignore[method-assign]
    clock.current_time = engine.current_time  # type: ignore[method-assign]


def _warn_of_loose_groups() -> None:
    warn_deprecated(
        "trio.run(..., strict_exception_groups=False)",
        version="0.25.0",
        issue=2929,
        instead="the default value of True",
        stacklevel=4,
        use_triodeprecationwarning=True,
    )


def _result(engine: Engine) -> Any:
    if engine.broken is not None:
        raise engine.broken
    if engine.main_task_outcome is None:
        raise AssertionError(f"the run is {engine.ending}:\n{engine.waiting_report}")
    return engine.main_task_outcome.unwrap()
