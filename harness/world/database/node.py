"""One database server: its engine, its power switch, and the statements under way to it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from harness.kernel import Engine as Run, KernelProcess, WorldPoint, pass_point
from harness.world.database.engine.waiting import Waiting
from harness.world.database.errors import ConnectionLost, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.database.engine.engine import Engine
    from harness.world.database.engine.transaction import Transaction
    from harness.world.database.isolation import Isolation


class Flight(NamedTuple):
    """A statement that may commit, sent by a client and not answered yet."""

    label: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    task: int
    process: KernelProcess | None


class Node:
    """A server. A power cut loses what was not flushed and drops every connection.

    Attributes:
      name: in labels and messages.
      engine: its rows, transactions and log.
      label: what steps read that depend on the node being up and what it is good for.
      log_label: what steps read that depend on the order of its commits.
      connections_label: what steps touch a part of that open or end a transaction, take or let go of
        a row: who drops all connections does so in their stead, and reads it.
      flights_label: the same of commits under way, and of who decides what became of them.
      followed: whether another node repeats its commits, so that their order matters.
    """

    def __init__(self, run: Run, engine: Engine) -> None:
        self.name = engine.name
        self.engine = engine
        self.label = f"node {engine.name}"
        self.log_label = f"node {engine.name} (log)"
        self.connections_label = f"node {engine.name} (connections)"
        self.flights_label = f"node {engine.name} (under way)"
        self._order_label = f"node {engine.name} (order under way)"
        self.followed = False
        self._run = run
        # How often the power was cut. A connection does not outlive the boot it was made in.
        self._cuts = 0
        self._cuts_label = f"node {engine.name} (power cuts)"
        self._flights: dict[trio.lowlevel.Task, Flight] = {}
        run.extensions.setdefault("under way", []).append(self._client_dies)

    def __repr__(self) -> str:
        return f"<node {self.name}, {self.engine.role.value}>"

    @property
    def up(self) -> bool:
        """Whether it has power."""
        self._run.peeked(self.label)
        return self.engine.up

    # ---- statements ----------------------------------------------------------------------------

    async def execute(self, point: WorldPoint, call: Callable[..., Any], *args: Any) -> Any:
        """Run a statement that commits nothing: one step, and more if it has to wait.

        Raises:
          ConnectionLost: the node is down, or went down while the statement was under way.
          DatabaseError: what the statement raises.
        """
        cuts = self._boot()
        await pass_point(point)
        return await self._answer(point, cuts, call, args)

    async def commit(self, point: WorldPoint, call: Callable[..., Any], *args: Any) -> Any:
        """Run a statement that may commit. If the node dies first, it happened or it did not.

        Raises:
          ConnectionLost: the statement may or may not have been executed.
          DatabaseError: what the statement raises.
        """
        run = self._run
        cuts = self._boot()
        task = trio.lowlevel.current_task()
        self._flights[task] = Flight(point.label, call, args, run.current, run.process)
        run.affects(self.flights_label, part=True)
        run.affects_if_looked(self._order_label)
        try:
            await pass_point(point)
        finally:
            del self._flights[task]
            run.affects(self.flights_label, part=True)
        return await self._answer(point, cuts, call, args)

    def _boot(self) -> int:
        """The boot that the connection of a statement is made in."""
        self._run.depends(self._cuts_label)
        return self._cuts

    async def _answer(
        self, point: WorldPoint, cuts: int, call: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        self._run.read(self.label)
        if cuts != self._cuts or not self.engine.up:
            raise ConnectionLost(self.name)
        result = call(*args)
        if type(result) is Waiting:
            return await self._outlast(point.label, result)
        return result

    async def _outlast(self, label: str, waiting: Waiting) -> Any:
        """Wait until nobody stands in the way of a statement, and return its result."""
        run = self._run
        owner = run.process
        waiting.on_ready = partial(run.offer, trio.lowlevel.current_task())

        def abandon(_: KernelProcess) -> None:
            run.affects(self.connections_label, part=True)
            waiting.cancel()

        if owner is not None:
            owner.death_callbacks.append(abandon)
        try:
            result: Any = waiting
            while result is waiting:
                if run.recording:
                    blockers = ", ".join(blocker.label for blocker in waiting.by) or "its turn"
                    run.note(f"{label}: waits for {blockers}", "blocked")
                await pass_point(WorldPoint(f"{label} (blocked)", withheld=not waiting.ready))
                run.read(self.label)
                result = waiting.resume()
        except BaseException:
            if not run.closing:
                run.affects(self.connections_label, part=True)
                waiting.cancel()
            raise
        finally:
            if owner is not None and abandon in owner.death_callbacks:
                owner.death_callbacks.remove(abandon)
        return result

    def begin(self, isolation: Isolation | None, owner: KernelProcess | None) -> Transaction:
        """Open a transaction that the server rolls back when its process dies."""
        self._run.depends(self.label)
        self._run.affects(self.connections_label, part=True)
        label = "main" if owner is None else owner.label
        transaction = self.engine.begin(isolation, label=f"a transaction of {label}")
        if owner is not None:
            owner.death_callbacks.append(lambda _: self.abandon(transaction))
        return transaction

    def abandon(self, transaction: Transaction) -> None:
        """Roll back, unless it is over: its client has gone."""
        if not transaction.over:
            self._run.affects(self.connections_label, part=True)
            transaction.rollback()

    # ---- power ---------------------------------------------------------------------------------

    def kill(self) -> None:
        """Cut the power, now. Commits under way may have happened or not: both are explored.

        Whatever became of one, its client gets `ConnectionLost`.
        """
        run = self._run
        run.depends(self.label)
        if run.closing or not self.engine.up:
            return
        run.depends(self.flights_label)
        run.depends(self.connections_label)
        if self.engine.synchronous_commit and not self.engine.read_only:
            for flight in self._in_order(list(self._flights.values())):
                self._decide(flight)
        self._cuts += 1
        run.change(self._cuts_label, self._cuts)
        commits_lost = self.engine.crash()
        run.write(self.label, "down")
        run.note(f"power cut of {self.label}, {commits_lost} commits lost", "kill")

    def _client_dies(self, process: KernelProcess) -> None:
        """A client dies of a fault: what it had sent arrives, or does not."""
        flights = [flight for flight in self._flights.values() if flight.process is process]
        for flight in self._in_order(flights):
            self._run.depends(self.label)
            if self.engine.up:
                self._decide(flight, "its client died")

    def _in_order(self, flights: list[Flight]) -> list[Flight]:
        """They happen as they were sent, so that whoever decides about several looks at their order."""
        if len(flights) > 1:
            self._run.looked(self._order_label)
            self._run.depends(self._order_label)
        return flights

    def _decide(self, flight: Flight, before: str = "the power cut") -> None:
        """Whether a statement under way still happened before the power went, or its client."""
        run = self._run
        if flight.process is not None and flight.process.index:
            run.depends(f"life of {flight.process.label}")
        if flight.process is not None and flight.process.ended:
            return  # it ended with its client; that it happened before is another schedule
        who = run.labels[flight.task]
        if run.choose(f"{who}: {flight.label}", ["lost", f"done before {before}"]) == 0:
            return
        # What it writes is its client's doing, not that of whoever cuts the power.
        acting = run.current, run.process
        run.current, run.process = flight.task, flight.process
        run.note(f"{flight.label}: done before {before}")
        try:
            with contextlib.suppress(DatabaseError):
                result = flight.call(*flight.args)
                if type(result) is Waiting:
                    result.cancel()
        finally:
            run.current, run.process = acting

    def start(self) -> None:
        """Power on again: what was durable is there."""
        self._run.depends(self.label)
        if not self._run.closing and not self.engine.up:
            self._run.looked(self._cuts_label)  # only now is there more than one boot
            self.engine.start()
            self._note("up")

    def fence(self) -> None:
        """Let it take no more writes; open transactions lose their connections."""
        if not self._run.closing:
            self._run.depends(self.connections_label)
            self.engine.fence()
            self._note("fenced")

    def promote(self) -> None:
        """Let it take writes."""
        if not self._run.closing:
            self.engine.promote()
            self._note("promoted")

    def _note(self, state: str) -> None:
        self._run.write(self.label, state)
        self._run.note(f"{self.label} is {state}")
