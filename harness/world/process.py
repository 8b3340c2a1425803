"""Simulated processes: what `kill -9` destroys, and what a supervisor starts again.

A process is named; each start of it is an *incarnation*, labelled "funding#2". Killing freezes: no
code of the incarnation runs again, not even a `finally`. Terminating is what a service manager does:
the process is asked to stop (its tasks are cancelled, or, if it waits for `world.termination()`, that
wait returns), and is killed when the grace period is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import trio

from harness.errors import ProcessMisused
from harness.kernel import Engine, WorldPoint, pass_point
from harness.world.incarnation import ExitStatus, Incarnation, Queue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.world.faults.trouble import Trouble
    from harness.world.isolation import Audit


#: What the owner of a process may say of its memory.
Memory = Literal["tracked"]
#: Before the name of a process whose owner said so.
TRACKED_MEMORY = "tracked memory of "


@attrs.frozen
class Crash:
    """An incarnation that ended with an exception nobody handled.

    Attributes:
      label: of the incarnation, "funding#2".
      name: of the process.
      error: the exception.
    """

    label: str
    name: str
    error: BaseException


class Process:
    """A named process of the simulated world. Made by `World.start`; never directly.

    Attributes:
      name: what it was started as.
      may_fail: whether an unhandled exception in it is no violation by itself.
      spared: whether no fault at all strikes it.
      crashes: of all its incarnations: a restart does not undo what a crash says about the code.
    """

    def __init__(
        self,
        run: Engine,
        name: str,
        main: Callable[[], Awaitable[object]],
        *,
        may_fail: bool,
        audit: Audit,
        trouble: Trouble,
        killable: bool = True,
        memory_tracked: bool = False,
        spared: bool = False,
    ) -> None:
        self.name = name
        self.may_fail = may_fail
        self.spared = spared
        self._incarnation = 0
        self.crashes: list[Crash] = []
        self._run = run
        self._main = main
        self._audit = audit
        self._trouble = trouble
        self._killable = killable
        self._memory_tracked = memory_tracked
        if memory_tracked:
            run.depends(f"{TRACKED_MEMORY}{name}")  # what nobody writes; so it is remembered
        self._object = f"process {name}"
        self._starts = Queue(run)
        self._life: Incarnation
        self._start()

    def __repr__(self) -> str:
        return f"<process {self._label} {self._life.status.kind}>"

    # ---- what it is doing ----------------------------------------------------------------------

    @property
    def incarnation(self) -> int:
        """1 for the first start, counted up by every restart."""
        self._run.depends(f"{self._object} (starts)")
        return self._incarnation

    @property
    def label(self) -> str:
        """Name and incarnation: "funding#2"."""
        return f"{self.name}#{self.incarnation}"

    @property
    def _label(self) -> str:
        return f"{self.name}#{self._incarnation}"

    @property
    def alive(self) -> bool:
        """Whether its current incarnation is still running. Properties may ask, too."""
        self._look()
        return self._life.alive

    @property
    def exit_status(self) -> ExitStatus:
        """How the current incarnation ended, or that it runs. Properties may ask, too."""
        self._look()
        return self._life.status

    def _look(self) -> None:
        """Its state is part of a property's footprint, or of the current step's."""
        peeks = self._run.extensions.get("peeks")
        if peeks is not None:
            peeks.append(self._object)
        elif not self._run.closing:
            self._run.read(self._object, self._life.status.kind)

    async def wait(self) -> ExitStatus:
        """Wait until the incarnation that now runs has ended; returns how it ended."""
        self._run.depends(f"{self._object} (starts)")  # which incarnation "now" is
        life = self._life
        await life.end.wait(f"wait for {life.label}", ready=not life.alive, thing=self._object)
        self._run.read(self._object, life.status.kind)
        return life.status

    async def wait_for_start(self, *, after: int) -> None:
        """Wait until an incarnation later than number `after` has been started."""
        ready = self._incarnation > after
        label = f"wait for {self.name}#{after + 1}"
        await self._starts.wait(label, ready=ready, opening=after, thing=self._object)
        self._run.read(self._object, self._life.status.kind)

    async def wait_for_termination(self) -> None:
        """For the process's own code: wait until it is asked to stop, instead of being cancelled."""
        life = self._life
        label = f"termination of {life.label}"
        # Whether it waits here decides what becomes of it when it is asked to stop.
        self._run.affects(f"{self._object} (listens)")
        try:
            await life.signal.wait(label, ready=life.terminating, thing=self._object)
        finally:
            if not self._run.closing:
                self._run.affects(f"{self._object} (listens)")

    # ---- what is done to it --------------------------------------------------------------------

    def kill(self) -> None:
        """`kill -9`, now: no code of it runs again, not even a `finally`. Nothing if it has ended.

        Raises:
          ProcessMisused: when called from inside the process itself (use `await world.crash()`).
        """
        if self._run.closing:
            return
        if self._life.is_caller:
            raise self._misused("kill itself", "use `await world.crash()`")
        if self.alive:
            self.die(f"kill {self._label}")

    def die(self, note: str) -> None:
        """Freeze the current incarnation, whoever asks."""
        self._run.note(note, "kill")
        self._life.freeze()

    async def terminate(self, *, grace_s: float = 10.0) -> ExitStatus:
        """Ask it to stop, wait for at most `grace_s` virtual seconds, then kill it.

        Raises:
          ProcessMisused: `grace_s` is not a number of at least 0.
        """
        run = self._run
        if not grace_s >= 0:
            raise self._misused(f"be given a grace of {grace_s} s", "give at least 0")
        await pass_point(WorldPoint(f"terminate {self._label}"))
        life = self._life
        self.ask_to_stop()
        with trio.move_on_after(grace_s):
            await self.wait()
        run.depends(self._object)
        if life.alive:
            self.kill()
        return life.status

    def ask_to_stop(self) -> None:
        """Whoever asks: the current incarnation is to come to its end, if that is not under way."""
        run, life = self._run, self._life
        run.depends(self._object)
        run.depends(f"{self._object} (listens)")
        if life.alive and not life.terminating:
            run.write(self._object, f"terminate {self._label}")
            run.note(f"terminate {self._label}")
            life.ask_to_stop()

    async def restart(self, *, grace_s: float = 10.0) -> None:
        """Terminate it if it runs, then start its main again with nothing remembered.

        If somebody else has started it in between, that start is the one that counts.
        """
        if self.alive:
            await self.terminate(grace_s=grace_s)
        await pass_point(WorldPoint(f"start {self.name}#{self._incarnation + 1}"))
        if not self.alive:
            self._start()

    def start_again(self) -> None:
        """Start the next incarnation at once.

        Raises:
          ProcessMisused: while the current incarnation is alive.
        """
        if self.alive:
            raise self._misused("start while it runs", "start a second process under another name")
        self._start()

    # ---- beginning and end ---------------------------------------------------------------------

    def audit(self, main: Callable[..., Awaitable[object]]) -> None:
        """Look at the memory that `main`, which the current incarnation runs, can reach.

        Raises:
          MemoryShared: another process, or another incarnation, reaches it too.
        """
        if self._run.auditing:
            self._audit.starting(self.name, self._incarnation, main)

    def _start(self) -> None:
        self._incarnation += 1
        self.audit(self._main)
        self._run.write(self._object, f"start {self._label}")
        self._run.affects(f"{self._object} (starts)")
        self._run.note(f"start {self._label}")
        self._life = Incarnation(self._run, self._label)
        kernel = self._life.start(self._main, self, self._ended)
        kernel.memory_tracked = self._memory_tracked
        self._trouble.begin(self, self._life, killable=self._killable)
        self._starts.open()

    def _ended(self, life: Incarnation) -> None:
        status = life.status
        self._trouble.end(life)
        if status.error is not None:
            self.crashes.append(Crash(life.label, self.name, status.error))
        self._run.write(self._object, f"{status.kind} {life.label}")
        life.end.open()

    def _misused(self, what: str, instead: str) -> ProcessMisused:
        self._run.broken = ProcessMisused(self._label, what, instead)
        return self._run.broken
