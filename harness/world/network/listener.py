"""Where connections are accepted."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import trio

from harness.kernel import Engine, WorldPoint, pass_point

if TYPE_CHECKING:
    from harness.world.network.connection import Connection, Stream


class Listener:
    """A name that connections are made to, while its process lives. Made by `World.listen`."""

    def __init__(self, run: Engine, label: str) -> None:
        self.is_open = True
        self._run = run
        self._label = label
        self._backlog: deque[tuple[Connection, int]] = deque()
        self._waiting: list[trio.lowlevel.Task] = []

    async def accept(self) -> Stream:
        """The next connection, when somebody has made one."""
        run = self._run
        taken = f"{self._label} (accepts)"  # another task may be quicker
        while True:
            run.depends(taken)
            task = trio.lowlevel.current_task()
            if self._backlog:
                run.enabled_since(self._backlog[0][1])
            self._waiting.append(task)
            try:
                point = WorldPoint(
                    f"accept {self._label}",
                    withheld=not self._backlog,
                    thing=self._label,
                    waits=True,
                )
                await pass_point(point)
            finally:
                self._waiting.remove(task)
            run.depends(taken)
            if self._backlog:
                run.affects(taken)
                connection, _ = self._backlog.popleft()
                run.write(self._label, "accept")
                run.note(f"accept {self._label}")
                connection.belongs_to(run.process, connection.server)
                return connection.server

    def add(self, connection: Connection) -> None:
        """Somebody has connected."""
        self._run.write(self._label, "connect")
        self._backlog.append((connection, self._run.happening()))
        for task in self._waiting:
            self._run.offer(task)

    def close(self) -> None:
        """Nobody can connect any more, and whoever was not accepted is told."""
        if self.is_open and not self._run.closing:
            self.is_open = False
            self._run.write(self._label, "closed")
            for connection, _ in self._backlog:
                connection.break_off()
            self._backlog.clear()
