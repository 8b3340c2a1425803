"""A flag that processes can share: the world's counterpart of an event."""

from __future__ import annotations

import trio

from harness.kernel import Engine, WorldPoint, pass_point


class Flag:
    """Set once, seen by everybody, outlives every process. Made by `World.flag`.

    Stands for whatever real processes use to tell each other one bit: a readiness endpoint, a file, a
    row. Waiting for it and looking at it are schedule points, as such a look takes time.
    """

    def __init__(self, run: Engine, name: str) -> None:
        self._run = run
        self._label = f"flag {name}"
        self._is_set = False
        self._raised = 0  # what made it possible to go on, for who asks later
        self._waiting: list[trio.lowlevel.Task] = []

    async def set(self) -> None:
        """Raise the flag, in a step of its own."""
        await pass_point(WorldPoint(f"set {self._label}", thing=self._label))
        if not self._is_set:
            self._raised = self._run.happening()
        self._is_set = True
        self._run.write(self._label, True)
        self._run.note(f"{self._label} set")
        for task in self._waiting:
            self._run.offer(task)

    async def is_set(self) -> bool:
        """Look at it, in a step of its own."""
        await pass_point(WorldPoint(f"look at {self._label}", thing=self._label))
        self._run.read(self._label, self._is_set)
        return self._is_set

    async def wait(self) -> None:
        """Wait until it is raised."""
        if self._is_set:
            self._run.enabled_since(self._raised)
            await pass_point(self._point(withheld=False))
        else:
            task = trio.lowlevel.current_task()
            self._waiting.append(task)
            try:
                await pass_point(self._point(withheld=True))
            finally:
                self._waiting.remove(task)
        self._run.read(self._label, True)

    def _point(self, *, withheld: bool) -> WorldPoint:
        label = self._label
        return WorldPoint(f"wait for {label}", withheld=withheld, thing=label, waits=True)

    def peek(self) -> bool:
        """Its state, for a property; no step."""
        self._run.peeked(self._label)
        return self._is_set
