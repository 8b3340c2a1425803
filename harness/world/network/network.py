"""Who listens where. Nothing in a footprint is about the network as a whole."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from harness.kernel import Engine, WorldPoint, pass_point
from harness.world.network.connection import Connection, Stream
from harness.world.network.listener import Listener

if TYPE_CHECKING:
    from harness.world.faults import Faults


class Network:
    """The listeners of a run, by name."""

    def __init__(self, run: Engine, faults: Faults) -> None:
        self._run = run
        self._faults = faults
        self._listeners: dict[str, Listener] = {}
        self._counts: dict[str, int] = {}

    def listen(self, name: str) -> Listener:
        """Accept connections under this name, from the current step on.

        Raises:
          OSError: somebody does already.
        """
        run = self._run
        before = self._listeners.get(name)
        run.read(_label(name))
        if before is not None and before.is_open:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        listener = self._listeners[name] = Listener(run, _label(name))
        run.write(_label(name), "open")
        run.note(f"listen {name}")
        if run.process is not None:
            run.process.death_callbacks.append(lambda _: listener.close())
        return listener

    async def connect(self, name: str, latency_s: float) -> Stream:
        """Connect to whoever listens under this name, in one step.

        Raises:
          ConnectionRefusedError: nobody does, or the fault "refuse" has struck.
        """
        run = self._run
        await pass_point(WorldPoint(f"connect {name}", thing=_label(name)))
        run.read(_label(name))
        who = run.labels[run.current]
        number = self._counts[who] = self._counts.get(who, 0) + 1
        made = f"{name} of {who} #{number}"
        listener = self._listeners.get(name)
        refused = listener is None or not listener.is_open
        if refused or self._faults.choose("refuse", made, ["accepted", "refused"]):
            run.note(f"connect {name}: refused")
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        assert listener is not None
        connection = Connection(run, self._faults, made, latency_s=latency_s)
        connection.belongs_to(run.process, connection.client)
        run.note(f"connect {name}")
        listener.add(connection)
        return connection.client


def _label(name: str) -> str:
    return f"listener {name}"
