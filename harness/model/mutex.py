"""An abstract lock: acquiring it is one step, enabled only while it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from harness.errors import MutexMisused
from harness.kernel import Access, WorldPoint, current_run, pass_point

if TYPE_CHECKING:
    from types import TracebackType


class Mutex:
    """A lock for models. Unlike `trio.Lock` it has no queue: whoever is scheduled takes it.

    `await acquire()` is one step, on offer only while the mutex is free; `release()` belongs to the
    current step. Also an async context manager.

    Raises:
      NoRun: when made outside a run.
      MutexMisused: when released by a task that does not hold it, or acquired twice by one.
    """

    __slots__ = ("_holder", "_label", "_run", "_waiting")

    def __init__(self, *, name: str = "mutex") -> None:
        self._run = current_run()
        self._label = self._run.new_object(name)
        self._holder: trio.lowlevel.Task | None = None
        # Invariant: tasks that wait are offered exactly while the mutex is free.
        self._waiting: list[trio.lowlevel.Task] = []

    def locked(self) -> bool:
        """Whether somebody holds it, read within the current step."""
        self._run.look_held(self._label, self._holder is not None)
        return self._holder is not None

    async def acquire(self) -> None:
        """Wait until it is free and take it, in one step."""
        task = trio.lowlevel.current_task()
        if self._holder is task:
            raise MutexMisused(self._label, "acquired by the task that holds it already")
        self._waiting.append(task)
        held = self._holder is not None
        try:
            label = self._label
            text = f"acquire {label}"
            await pass_point(WorldPoint(text, withheld=held, thing=label, access=Access.ACQUIRE))
        finally:
            self._waiting.remove(task)
        if self._run.closing:
            return
        self._holder = task
        self._run.acquire(self._label)
        for other in self._waiting:
            self._run.withhold(other)

    def release(self) -> None:
        """Give it back, within the current step."""
        if self._run.closing:
            return
        if self._holder is not trio.lowlevel.current_task():
            raise MutexMisused(self._label, "released by a task that does not hold it")
        self._holder = None
        self._run.release(self._label)
        for task in self._waiting:
            self._run.offer(task)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()
