"""The client's side of a database: six verbs that a real SQL database could serve as well.

Every statement is one schedule point and one step. What it touches is recorded by label: the row
"markets.BTC", and for statements about the whole table "markets.*". A write of a row is also a *part
write* of the table: part writes commute with each other, but not with a scan.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from harness.kernel import Engine as Run, WorldPoint, clean
from harness.world.database.cluster import Standby
from harness.world.database.errors import ConnectionLost, ReadOnlyNode
from harness.world.database.footprint import Footprint
from harness.world.database.isolation import Isolation
from harness.world.database.node import Node
from harness.world.database.session import Session

if TYPE_CHECKING:
    from harness.world.database.engine.engine import Backup
    from harness.world.world import World

Where = Callable[[Any, Any], bool]


class Watcher(Protocol):
    """Whoever wants to know about each write and read of one key."""

    def wrote(self, key: Any, old: Any, new: Any, version: int) -> None:
        """A commit replaced `old` by `new`, the state numbered `version`."""

    def was_read(self, key: Any, value: Any, version: int) -> None:
        """A statement of the running task saw `value`, the state numbered `version`."""


class Database:
    """A keyed table that outlives every process. Made by `World.database`.

    A missing row is None, never zero. Values are immutable.

    Args:
      rows: what is in it at the start, durable.
      isolation: of single statements, and of transactions that do not say.
      synchronous_commit: whether a commit is durable when it returns; if not, a power cut loses what
        `flush` has not made durable.
    """

    def __init__(
        self,
        world: World,
        name: str,
        rows: Mapping[Any, Any],
        *,
        isolation: Isolation | str = Isolation.READ_COMMITTED,
        synchronous_commit: bool = True,
    ) -> None:
        self.name = name
        self._world = world
        self._run: Run = world._run
        self._isolation = Isolation(isolation)
        self._synchronous = synchronous_commit
        self._table = f"{name}.*"
        self._labels: dict[Any, str] = {}
        self._points: dict[tuple[str, Any], WorldPoint] = {}
        self._watchers: dict[Any, list[Watcher]] = {}
        # Of watched keys: (version, value) of every committed state, oldest first.
        self._history: dict[Any, list[tuple[int, Any]]] = {}
        self._routes: dict[int, Node] = {}
        self._nodes: list[Node] = []
        self._primary = self._add_node(name, rows)

    def __repr__(self) -> str:
        return f"<database {self.name}>"

    # ---- nodes ---------------------------------------------------------------------------------

    @property
    def node(self) -> Node:
        """The node that new connections are led to."""
        return self._primary

    def _add_node(self, name: str, rows: Mapping[Any, Any], *, lsn: int = 0) -> Node:
        node = Node(
            self._run,
            name,
            rows,
            isolation=self._isolation,
            synchronous_commit=self._synchronous,
            lsn=lsn,
        )
        node.engine.observer = _Observer(self, node)
        self._nodes.append(node)
        return node

    def _route(self) -> Node:
        """The node that the calling process is connected to: the primary of when it connected."""
        process = self._run.process
        index = 0 if process is None else process.index
        node = self._routes.get(index)
        if node is None or not node.up:
            node = self._routes[index] = self._primary
        return node

    def reconnect(self) -> None:
        """Drop the calling process's connection; its next statement goes to the primary."""
        process = self._run.process
        self._routes.pop(0 if process is None else process.index, None)

    async def provision(self, name: str) -> Standby:
        """Set up an empty second node; see `Standby` for how it becomes useful."""
        await self._statement_point("provision", name)
        # Records from here on are applied over whatever the copy finds: they hold values.
        node = self._add_node(name, {}, lsn=self._primary.engine.flushed_lsn)
        node.become_standby()
        self._run.write(f"node {name}", "provisioned")
        self._run.note(f"{self.name}: provision {name}")
        return Standby(self, self._primary, node)

    async def scale_up(
        self, name: str, *, atomic: bool = True, caught_up: bool = True, fence: bool = True
    ) -> Standby:
        """Provision a second node, copy to it, catch up, promote it.

        Args:
          atomic: copy one consistent snapshot; else row by row.
          caught_up: promote only when nothing is missing; else straight after the copy began.
          fence: forbid the old node any further writes; else both take them.
        """
        standby = await self.provision(name)
        await standby.copy(atomic=atomic)
        if caught_up:
            await standby.catch_up()
        await standby.promote(fence=fence)
        return standby

    def _become_primary(self, node: Node) -> None:
        self._primary = node

    # ---- labels and bookkeeping ----------------------------------------------------------------

    def _label(self, key: Any) -> str:
        label = self._labels.get(key)
        if label is None:
            text = key if isinstance(key, str) else clean(key)
            label = self._labels[key] = f"{self.name}.{text}"
        return label

    def _point(self, verb: str, key: Any) -> WorldPoint:
        point = self._points.get((verb, key))
        if point is None:
            text = key if isinstance(key, str) else clean(key)
            point = self._points[(verb, key)] = WorldPoint(f"{self.name}.{verb} {text}")
        return point

    async def _statement_point(self, verb: str, what: str) -> None:
        await self._primary.read(self._point(verb, what), lambda: None)

    def _row_label(self, node: Node, key: Any) -> str:
        label = self._label(key)
        return label if node is self._nodes[0] else f"{label}@{node.name}"

    def _committed(self, node: Node, key: Any, old: Any, new: Any) -> None:
        """A commit changed a row: tell everybody who watches it."""
        if node is not self._primary or key not in self._watchers:
            return
        history = self._history[key]
        version = history[-1][0] + 1
        history.append((version, new))
        for watcher in self._watchers[key]:
            watcher.wrote(key, old, new, version)

    def _was_read(self, node: Node, key: Any, value: Any) -> None:
        watchers = self._watchers.get(key)
        if watchers and not self._run.closing:
            version = next(
                (v for v, seen in reversed(self._history[key]) if seen == value),
                self._history[key][-1][0],
            )
            for watcher in watchers:
                watcher.was_read(key, value, version)

    def watch(self, key: Any, watcher: Watcher) -> None:
        """Tell `watcher` about every committed write and every read of `key` from now on."""
        if key not in self._watchers:
            self._history[key] = [(0, self._primary.engine.rows.get(key))]
        self._watchers.setdefault(key, []).append(watcher)

    def critical(self, key: Any, **options: Any) -> Any:
        """Declare the value under `key` critical; see `Critical`.

        Args:
          valid: predicate over (last valid value, new value).
          allow_missing: whether the row may be missing.
          name: what messages call it; the key by default.
        """
        return self._world.properties.critical(self, key, **options)

    # ---- the verbs -----------------------------------------------------------------------------

    async def get(self, key: Any) -> Any:
        """The value of `key`, or None if there is no such row."""
        node = self._route()
        value = await node.read(self._point("get", key), lambda: node.engine.get(key))
        self._was_read(node, key, value)
        if self._run.recording:
            self._run.note(f"{self.name}.get {key} -> {clean(value)}")
        return value

    async def put(self, key: Any, value: Any) -> None:
        """Insert or replace the row, committed when it returns."""
        node = self._route()
        await self._write(
            node, "put", key, lambda: node.engine.put(key, value), f" = {clean(value)}"
        )

    async def put_all(self, rows: Mapping[Any, Any]) -> None:
        """Insert or replace several rows in one statement, all or none."""
        node = self._route()
        await self._write(node, "put", "all", lambda: _put_all(node, rows), f" ({len(rows)} rows)")

    async def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the value by `change(value)` in one statement; see `Session.update`."""
        node = self._route()
        return await self._write(node, "update", key, lambda: node.engine.update(key, change), "")

    async def delete(self, key: Any) -> bool:
        """Delete the row; whether there was one."""
        node = self._route()
        found = await self._write(node, "delete", key, lambda: node.engine.delete(key), "")
        return bool(found)

    async def _write(
        self, node: Node, verb: str, key: Any, call: Callable[[], Any], shown: str
    ) -> Any:
        run = self._run
        point = self._point(verb, key)

        def execute() -> Any:
            if run.recording:
                run.note(f"{self.name}.{verb} {key}{shown}")
            return call()

        return await node.write(point, execute)

    async def scan(self, where: Where | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, in one statement."""
        node = self._route()
        rows: dict[Any, Any] = await node.read(
            self._point("scan", ""), lambda: node.engine.scan(where)
        )
        self._scanned(node, rows)
        return rows

    def _scanned(self, node: Node, rows: Mapping[Any, Any]) -> None:
        run = self._run
        if run.closing:
            return
        for key in self._watchers:
            if key in rows:
                self._was_read(node, key, rows[key])
        if run.recording:
            run.note(f"{self.name}.scan -> {len(rows)} rows")

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | str | None = None) -> AsyncIterator[Session]:
        """A transaction: commits at the end of the block, rolls back when it raises.

        Raises:
          DatabaseError: what PostgreSQL would report, for the caller to catch and retry.
        """
        node = self._route()
        level = None if isolation is None else Isolation(isolation)
        if not node.up:
            raise ConnectionLost(node.name)
        session = Session(self, node, node.begin(level, self._run.process))
        try:
            yield session
        except BaseException:
            session.abandon()
            raise
        await session.commit()

    def peek(self, key: Any) -> Any:
        """The committed value on the primary, for properties: no step, no session."""
        peeks = self._run.extensions.get("peeks")
        if peeks is not None:
            peeks.append(self._row_label(self._primary, key))
        return self._primary.engine.rows.get(key)

    def peek_all(self) -> Mapping[Any, Any]:
        """All committed rows on the primary, for properties: no step. Not to be changed."""
        peeks = self._run.extensions.get("peeks")
        if peeks is not None:
            peeks.append(self._table)
        return self._primary.engine.rows

    # ---- in bulk -------------------------------------------------------------------------------

    async def load(self, keys: Iterable[Any], *, atomic: bool) -> dict[Any, Any]:
        """The values of `keys`, missing ones as None.

        Args:
          atomic: all in one statement; else row by row, each a statement of its own, so that what is
            loaded may never have been there together.
        """
        wanted = list(keys)
        if not atomic:
            return {key: await self.get(key) for key in wanted}
        rows = await self.scan(lambda key, _: key in wanted)
        return {key: rows.get(key) for key in wanted}

    async def replace_all(self, rows: Mapping[Any, Any], *, atomic: bool) -> None:
        """Replace the whole table by `rows`.

        Args:
          atomic: in one transaction; else truncate, then insert row by row, each its own commit.
        """
        node = self._route()
        if atomic:
            await self._write(
                node, "replace", "all", lambda: _replace(node, rows), f" ({len(rows)} rows)"
            )
            return
        await self._write(node, "truncate", "", node.engine.clear, "")
        for key, value in rows.items():
            await self.put(key, value)

    # ---- durability ----------------------------------------------------------------------------

    async def flush(self) -> None:
        """Make every commit so far durable, in one step."""
        node = self._route()
        await node.write(self._point("flush", ""), node.engine.flush)

    async def snapshot(self) -> Backup:
        """A consistent copy of all committed rows, in one step."""
        node = self._route()
        backup: Backup = await node.read(self._point("snapshot", ""), node.engine.snapshot)
        self._scanned(node, backup.rows)
        return backup

    async def rollback(self, backup: Backup) -> None:
        """Put every row back to what it was in `backup`, in one step; connections drop."""
        node = self._primary
        await self._write(
            node, "rollback", "to snapshot", lambda: node.engine.rollback_to(backup), ""
        )


class _Observer(Footprint):
    """Footprints of one node's statements, and word of its commits to the database."""

    __slots__ = ("_database", "_node")

    def __init__(self, database: Database, node: Node) -> None:
        super().__init__(database._run, database.name, lambda key: database._row_label(node, key))
        self._database = database
        self._node = node

    def changed(self, key: Any, old: Any, new: Any) -> None:
        """A commit replaced a row."""
        if self._database._run.closing:
            return
        super().changed(key, old, new)
        self._database._committed(self._node, key, old, new)


def _replace(node: Node, rows: Mapping[Any, Any]) -> None:
    """Truncate and insert in one transaction that nobody can see half of."""
    if node.engine.read_only:
        raise ReadOnlyNode("TRUNCATE", node.engine.role.value)
    transaction = node.engine.begin()
    transaction.clear()
    for key, value in rows.items():
        transaction.put(key, value)
    transaction.commit()


def _put_all(node: Node, rows: Mapping[Any, Any]) -> None:
    """Several rows in one statement."""
    transaction = node.engine.begin()
    for key, value in rows.items():
        transaction.put(key, value)
    transaction.commit()
