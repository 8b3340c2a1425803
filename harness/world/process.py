"""Simulated processes: what `kill -9` destroys, and what a supervisor starts again.

A process is named; each start of it is an *incarnation*, labelled "funding#2". Killing freezes: no
code of the incarnation runs again, not even a `finally`. Terminating is what a service manager does:
the process is asked to stop (its tasks are cancelled, or, if it waits for `world.termination()`, that
wait returns), and is killed when the grace period is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs
import trio
from outcome import Error

from harness.errors import ProcessMisused
from harness.kernel import Engine, KernelProcess, WorldPoint, pass_point

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.world.isolation import Audit


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


class Process:
    """A named process of the simulated world. Made by `World.start`; never directly.

    Attributes:
      name: what it was started as.
      incarnation: 1 for the first start, counted up by every restart.
      may_fail: whether an unhandled exception in it is no violation by itself.
    """

    def __init__(
        self,
        run: Engine,
        name: str,
        main: Callable[[], Awaitable[object]],
        *,
        may_fail: bool,
        audit: Audit,
    ) -> None:
        self.name = name
        self.may_fail = may_fail
        self.incarnation = 0
        self.terminating = False
        self._run = run
        self._main = main
        self._audit = audit
        self._waiting_for_end: list[trio.lowlevel.Task] = []
        self._waiting_for_signal: list[trio.lowlevel.Task] = []
        self._kernel: KernelProcess
        self._start()

    def __repr__(self) -> str:
        return f"<process {self.label} {self.exit_status.kind}>"

    @property
    def label(self) -> str:
        """Name and incarnation: "funding#2"."""
        return f"{self.name}#{self.incarnation}"

    @property
    def alive(self) -> bool:
        """Whether its current incarnation is still running."""
        return not self._kernel.ended

    @property
    def exit_status(self) -> ExitStatus:
        """How the current incarnation ended, or that it runs."""
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

    def _start(self) -> None:
        self.incarnation += 1
        self.terminating = False
        self._audit.starting(self.name, self.incarnation, self._main)
        self._run.write(f"process {self.name}", f"start {self.label}")
        self._run.note(f"start {self.label}")
        self._kernel = self._run.start_process(self.label, self._main)
        self._kernel.resource = self
        self._kernel.death_callbacks.append(self._announce)

    def _announce(self, _: KernelProcess) -> None:
        for task in self._waiting_for_end:
            self._run.offer(task)

    def kill(self) -> None:
        """`kill -9`, now: no code of it runs again, not even a `finally`.

        Raises:
          ProcessMisused: when called from inside the process itself (use `await world.crash()`).
        """
        run = self._run
        if run.closing:
            return
        if run.process is self._kernel:
            raise ProcessMisused(self.label, "kill itself", "use `await world.crash()`")
        if self.alive:
            run.write(f"process {self.name}", f"kill {self.label}")
            run.note(f"kill {self.label}", "kill")
            run.freeze(self._kernel)

    async def terminate(self, *, grace_s: float = 10.0) -> ExitStatus:
        """Ask it to stop, wait for at most `grace_s` virtual seconds, then kill it."""
        run = self._run
        await pass_point(WorldPoint(f"terminate {self.label}"))
        if self.alive and not self.terminating:
            self.terminating = True
            run.write(f"process {self.name}", f"terminate {self.label}")
            run.note(f"terminate {self.label}")
            self._signal()
        with trio.move_on_after(grace_s):
            await self.wait()
        if self.alive:
            self.kill()
        return self.exit_status

    def _signal(self) -> None:
        waiting, self._waiting_for_signal = self._waiting_for_signal, []
        if waiting:
            for task in waiting:
                self._run.offer(task)
            return
        before, self._run.bridging = self._run.bridging, True
        assert self._kernel.nursery is not None
        self._kernel.nursery.cancel_scope.cancel("terminated by its supervisor")
        self._run.bridging = before

    async def wait(self) -> ExitStatus:
        """Wait until the current incarnation has ended."""
        await self._wait_at(f"wait for {self.label}", self._waiting_for_end, ready=not self.alive)
        self._run.read(f"process {self.name}", self.exit_status.kind)
        return self.exit_status

    async def wait_for_termination(self) -> None:
        """For the process's own code: wait until it is asked to stop, instead of being cancelled."""
        await self._wait_at(
            f"termination of {self.label}", self._waiting_for_signal, ready=self.terminating
        )

    async def _wait_at(self, label: str, queue: list[Any], *, ready: bool) -> None:
        if ready:
            await pass_point(WorldPoint(label))
            return
        task = trio.lowlevel.current_task()
        queue.append(task)
        try:
            await pass_point(WorldPoint(label, withheld=True))
        finally:
            if task in queue:
                queue.remove(task)

    async def restart(self, *, grace_s: float = 10.0) -> None:
        """Terminate it if it runs, then start its main again with nothing remembered."""
        await self.terminate(grace_s=grace_s)
        await pass_point(WorldPoint(f"start {self.name}#{self.incarnation + 1}"))
        self._start()

    def start_again(self) -> None:
        """Start the next incarnation at once.

        Raises:
          ProcessMisused: while the current incarnation is alive.
        """
        if self.alive:
            raise ProcessMisused(
                self.label, "start while it runs", "start a second process under another name"
            )
        self._start()
