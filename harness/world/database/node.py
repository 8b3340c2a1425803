"""One database server: its engine, its power switch, and the statements in flight to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from harness.kernel import Engine as Run, KernelProcess, WorldPoint, pass_point
from harness.world.database.engine.engine import Engine, Role
from harness.world.database.engine.waiting import Waiting
from harness.world.database.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.world.database.engine.transaction import Transaction
    from harness.world.database.isolation import Isolation


class Flight:
    """A write that a client has sent and the server has not answered."""

    __slots__ = ("execute", "label", "lost")

    def __init__(self, label: str, execute: Callable[[], Any]) -> None:
        self.label = label
        self.execute = execute
        self.lost = False


class Node:
    """A server. A power cut loses what was not flushed and drops every connection.

    Attributes:
      name: in labels and messages.
      engine: its rows, transactions and log.
    """

    def __init__(
        self,
        run: Run,
        name: str,
        rows: Mapping[Any, Any],
        *,
        isolation: Isolation,
        synchronous_commit: bool = True,
        lsn: int = 0,
    ) -> None:
        self.name = name
        self.engine = Engine(
            rows, name=name, isolation=isolation, synchronous_commit=synchronous_commit, lsn=lsn
        )
        self._run = run
        self._label = f"node {name}"
        self._flights: dict[trio.lowlevel.Task, Flight] = {}

    def __repr__(self) -> str:
        return f"<node {self.name}, {self.engine.role.value}>"

    @property
    def up(self) -> bool:
        """Whether it has power."""
        return self.engine.up

    # ---- statements ----------------------------------------------------------------------------

    async def read(self, point: WorldPoint, call: Callable[[], Any]) -> Any:
        """A statement that changes nothing: one step.

        Raises:
          ConnectionLost: the node is down, or went down while the statement was under way.
        """
        await pass_point(point)
        if not self.engine.up:
            raise ConnectionLost(self.name)
        return await self._answer(point.label, call())

    async def write(self, point: WorldPoint, call: Callable[[], Any]) -> Any:
        """A statement that changes something: one step, and ambiguous if the node dies before it.

        Raises:
          ConnectionLost: the statement may or may not have been executed.
        """
        task = trio.lowlevel.current_task()
        flight = self._flights[task] = Flight(point.label, call)
        try:
            await pass_point(point)
        finally:
            del self._flights[task]
        if flight.lost or not self.engine.up:
            raise ConnectionLost(self.name)
        return await self._answer(point.label, call())

    async def _answer(self, label: str, result: Any) -> Any:
        """The result, once nobody stands in the way of the statement."""
        while isinstance(result, Waiting):
            task = trio.lowlevel.current_task()
            waiting = result
            waiting.on_ready = lambda task=task: self._run.offer(task)
            self._run.note(
                f"{label}: waits for {', '.join(t.label for t in waiting.by)}", "blocked"
            )
            try:
                await pass_point(WorldPoint(f"{label} (blocked)", withheld=not waiting.ready))
            except BaseException:
                waiting.cancel()
                raise
            if not self.engine.up:
                raise ConnectionLost(self.name)
            result = waiting.resume()
        return result

    def begin(self, isolation: Isolation | None, owner: KernelProcess | None) -> Transaction:
        """Open a transaction whose session dies with its process."""
        label = "main" if owner is None else owner.label
        transaction = self.engine.begin(isolation, label=f"a transaction of {label}")
        if owner is not None:
            owner.death_callbacks.append(lambda _: transaction.rollback())
        return transaction

    # ---- power ---------------------------------------------------------------------------------

    def kill(self) -> None:
        """Cut the power, now. Writes in flight may have happened or not: both are explored.

        Whatever became of a write, its client gets `ConnectionLost`.
        """
        run = self._run
        if run.closing or not self.engine.up:
            return
        for flight in list(self._flights.values()):
            flight.lost = True
            if run.choose(f"{flight.label} in flight", ["lost", "done before the power cut"]):
                result = flight.execute()
                if isinstance(result, Waiting):
                    result.cancel()
        lost = self.engine.crash()
        run.write(self._label, "down")
        run.note(f"power cut of {self._label}, {lost} commits lost", "kill")

    def start(self) -> None:
        """Power on again: what was durable is there."""
        if self._run.closing or self.engine.up:
            return
        self.engine.start()
        self._run.write(self._label, "up")
        self._run.note(f"{self._label} is up again")

    def fence(self) -> None:
        """Let it take no more writes; open transactions lose their connections."""
        self.engine.fence()
        self._run.write(self._label, "fenced")
        self._run.note(f"{self._label} is fenced")

    def promote(self) -> None:
        """Let it take writes."""
        self.engine.promote()
        self._run.write(self._label, "promoted")
        self._run.note(f"{self._label} is promoted")

    def become_standby(self) -> None:
        """Follow another node; refuse writes."""
        self.engine._play(Role.STANDBY)
