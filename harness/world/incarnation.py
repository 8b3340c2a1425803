"""One life of a simulated process: from a start to an end, however it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import trio
from outcome import Error

from harness.kernel import Engine, KernelProcess, WorldPoint, pass_point

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@attrs.frozen
class ExitStatus:
    """How an incarnation ended.

    Attributes:
      kind: "running", "returned", "terminated" (ended when asked to), "crashed" or "killed".
      error: the exception of a crash, else None.
    """

    kind: Literal["running", "returned", "terminated", "crashed", "killed"]
    error: BaseException | None = None

    @property
    def ended(self) -> bool:
        """Whether it has ended at all."""
        return self.kind != "running"


def _only_cancelled(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.split(trio.Cancelled)[1] is None
    return isinstance(error, trio.Cancelled)


class Queue:
    """Tasks that wait, at a point of the world, for something to happen to a process."""

    def __init__(self, run: Engine) -> None:
        self._run = run
        self._waiting: list[trio.lowlevel.Task] = []
        self._opened: list[int] = []

    async def wait(
        self, label: str, *, ready: bool, opening: int = 0, thing: str | None = None
    ) -> None:
        """A step that may be taken at once if `ready`, else after `open`.

        It is number `opening` (from 0) of the calls of `open` that made it ready, and `thing` is what
        whoever calls that has written.
        """
        if ready:
            if opening < len(self._opened):
                self._run.enabled_since(self._opened[opening])
            await pass_point(WorldPoint(label, thing=thing, waits=True))
            return
        task = trio.lowlevel.current_task()
        self._waiting.append(task)
        try:
            await pass_point(WorldPoint(label, withheld=True, thing=thing, waits=True))
        finally:
            self._waiting.remove(task)

    def open(self) -> bool:
        """Whoever waits may go on; returns whether there was anybody."""
        self._opened.append(self._run.happening())
        for task in self._waiting:
            self._run.offer(task)
        return bool(self._waiting)


class Incarnation:
    """What a kill destroys, seen from the world.

    Attributes:
      label: "funding#2".
      terminating: whether it was asked to stop.
      end, signal: those who wait for its end, and for it to be asked to stop. They go with it, so
        that the next incarnation is not mistaken for one that is waiting.
    """

    def __init__(self, run: Engine, label: str) -> None:
        self.label = label
        self.terminating = False
        self.end = Queue(run)
        self.signal = Queue(run)
        self._run = run
        self._kernel: KernelProcess

    def start(
        self,
        main: Callable[[], Awaitable[object]],
        resource: object,
        ended: Callable[[Incarnation], None],
    ) -> KernelProcess:
        """Let it begin; `ended` is called once, when it is over."""
        self._kernel = self._run.start_process(self.label, main)
        self._kernel.resource = resource
        self._kernel.death_callbacks.append(lambda _: ended(self))
        return self._kernel

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return not self._kernel.ended

    @property
    def is_caller(self) -> bool:
        """Whether the code that asks runs in it."""
        return self._run.process is self._kernel

    @property
    def status(self) -> ExitStatus:
        """How it ended, or that it runs."""
        if self._kernel.frozen:
            return ExitStatus("killed")
        outcome = self._kernel.outcome
        if outcome is None:
            return ExitStatus("running")
        if isinstance(outcome, Error):
            if self.terminating and _only_cancelled(outcome.error):
                return ExitStatus("terminated")
            return ExitStatus("crashed", outcome.error)
        return ExitStatus("terminated" if self.terminating else "returned")

    @property
    def kernel(self) -> KernelProcess:
        """What the kernel knows it as."""
        return self._kernel

    def freeze(self) -> None:
        """None of its code runs again, not even a `finally`."""
        self._run.freeze(self._kernel)

    def ask_to_stop(self) -> None:
        """Wake whoever waits to be asked; if nobody does, cancel all of it."""
        self.terminating = True
        if self.signal.open():
            return
        before, self._run.bridging = self._run.bridging, True
        assert self._kernel.nursery is not None
        self._kernel.nursery.cancel_scope.cancel("terminated by its supervisor")
        self._run.bridging = before
