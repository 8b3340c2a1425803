"""A service of a fleet: its instances, and who looks after them while a plan is carried out."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import trio

from harness.plans import MoveFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.plans import Ready
    from harness.world.flag import Flag
    from harness.world.process import Process

    Launch = Callable[[str], Process]
    Readiness = Callable[[str], Flag]

#: What the second process of an instance is called: the one that a blue-green restart starts beside it.
OTHER = "green"


class Instance:
    """One instance: a process, and beside it, once there was a blue-green restart, another one."""

    def __init__(self, name: str, launch: Launch) -> None:
        self._names = (name, f"{name} {OTHER}")
        self._launch = launch
        self._processes: list[Process | None] = [None, None]
        self._turn = 0

    @property
    def process(self) -> Process | None:
        """The process that counts: the one that was started last."""
        return self._processes[self._turn]

    @property
    def other(self) -> Process | None:
        """The one that counted before, or None if there was no blue-green restart."""
        return self._processes[1 - self._turn]

    def start(self) -> Process:
        """Start the process that counts, with nothing remembered."""
        process = self.process
        if process is None:
            process = self._processes[self._turn] = self._launch(self._names[self._turn])
        elif not process.alive:
            process.start_again()
        return process

    def switch(self) -> None:
        """From now on the other process counts."""
        self._turn = 1 - self._turn


class Service:
    """A named service with one or more instances. Made by `Fleet.service`; never directly.

    Attributes:
      name: in plans, and of its process; of several, "funding-1" and so on.
    """

    def __init__(self, name: str, launch: Launch, readiness: Readiness, *, instances: int) -> None:
        self.name = name
        self._readiness = readiness
        names = [name] if instances == 1 else [f"{name}-{i + 1}" for i in range(instances)]
        self._instances = [Instance(each, launch) for each in names]

    @property
    def processes(self) -> list[Process]:
        """The process of each instance, in order: those that were started last."""
        return [i.process for i in self._instances if i.process is not None]

    # ---- for plans -----------------------------------------------------------------------------

    def start_all(self) -> list[Process]:
        """Start what is down."""
        return [instance.start() for instance in self._instances]

    async def start(self, *, ready: Ready, retries: int) -> None:
        """Start what is down, and wait until it counts as up.

        Raises:
          MoveFailed: it ended before it was ready, once more than it may.
        """
        started = self.start_all()
        for instance, process in zip(self._instances, started, strict=True):
            await self._until_up(instance, process, ready, retries)

    async def stop(self, *, drain_s: float | None) -> None:
        """Ask every instance to stop, all at once, and wait until each has."""
        both = [each for i in self._instances for each in (i.process, i.other)]
        await _stop_all([process for process in both if process is not None], drain_s)

    async def restart_in_place(self, *, ready: Ready, drain_s: float | None, retries: int) -> None:
        """One instance after the other. Raises `MoveFailed`, as `start` does."""
        for instance in self._instances:
            if instance.process is not None:
                await _stop(instance.process, drain_s)
            await self._until_up(instance, instance.start(), ready, retries)

    async def restart_beside(
        self, *, ready: Ready, drain_s: float | None, overlap_s: float, retries: int
    ) -> None:
        """New instances beside the old ones, which are stopped then.

        Raises:
          MoveFailed: a new one ended before it was ready. The new ones are stopped then; the old ones
            go on, and count again.
        """
        self._switch()
        try:
            await self.start(ready=ready, retries=retries)
        except MoveFailed:
            self._switch()
            await self._stop_others(drain_s)
            raise
        if overlap_s:
            await trio.sleep(overlap_s)
        await self._stop_others(drain_s)

    def _switch(self) -> None:
        for instance in self._instances:
            instance.switch()

    async def _stop_others(self, drain_s: float | None) -> None:
        await _stop_all([i.other for i in self._instances if i.other is not None], drain_s)

    async def _until_up(
        self, instance: Instance, process: Process, ready: Ready, retries: int
    ) -> None:
        if ready == "started":
            return
        tried: list[str] = []
        while True:
            tried.append(process.label)
            if await self._is_ready(process):
                return
            if len(tried) > retries:
                raise MoveFailed(f"{', '.join(tried)} ended before it was ready")
            process = instance.start()

    async def _is_ready(self, process: Process) -> bool:
        """Wait until its current incarnation says that it is ready, or has ended without."""
        flag = self._readiness(process.label)
        said = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(_ended, process, nursery.cancel_scope), name="its end")
            await flag.wait()
            said = True
            nursery.cancel_scope.cancel()
        return said


async def _ended(process: Process, scope: trio.CancelScope) -> None:
    await process.wait()
    scope.cancel()


async def _stop_all(processes: list[Process], drain_s: float | None) -> None:
    living = [process for process in processes if process.alive]
    if len(living) < 2:  # needs no task of its own
        for process in living:
            await _stop(process, drain_s)
        return
    async with trio.open_nursery() as nursery:
        for process in living:
            nursery.start_soon(_stop, process, drain_s, name=f"stop {process.name}")


async def _stop(process: Process, drain_s: float | None) -> None:
    if process.alive:
        await process.terminate(grace_s=inf if drain_s is None else drain_s)


def launcher(
    start: Callable[..., Process],
    main: Callable[..., Awaitable[object]],
    *args: Any,
    **options: Any,
) -> Launch:
    """How an instance of a service is started under a name."""

    def launch(name: str) -> Process:
        return start(main, *args, name=name, **options)

    return launch
