"""The client's side of a database: six verbs that a real SQL database could serve as well.

Every statement is one schedule point and one step; one that waits for another transaction takes a
step more each time it is set free. What a step touched is recorded by label: see `footprint`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import HarnessError, NameTaken, RowIsNone, UnknownIsolation
from harness.kernel import Engine as Run, WorldPoint, clean
from harness.world.database.cluster import Standby
from harness.world.database.engine.engine import Backup, Engine
from harness.world.database.footprint import Footprint
from harness.world.database.isolation import Isolation
from harness.world.database.node import Node
from harness.world.database.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from harness.world.database.engine.transaction import Transaction
    from harness.world.world import World

    Where = Callable[[Any, Any], bool]

Version = tuple[str, int]
"""A node, and how often the row was replaced there."""


class Watcher(Protocol):
    """Whoever wants to know about each write and read of one key."""

    def wrote(self, key: Any, old: Any, new: Any, version: Version) -> None:
        """A commit replaced `old` by `new`, which is `version`. None is no row."""

    def was_read(self, key: Any, value: Any, version: Version) -> None:
        """A statement of the running task saw `value`, which is `version`."""


class Database:
    """A keyed table that outlives every process. Made by `World.database`.

    A missing row is None, never zero. Values are immutable.

    Each process is connected to the node that was the primary when it first asked, and stays so
    until that node loses its power or the process calls `reconnect`; a restarted process connects
    anew.

    Args:
      rows: what is in it at the start, durable.
      isolation: of single statements, and of transactions that do not say.
      synchronous_commit: whether a commit is durable when it returns; if not, a power cut loses what
        `flush` has not made durable.

    Raises:
      UnknownIsolation, RowIsNone
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
        self.run: Run = world._run
        self.faults = world.faults
        self._world = world
        self._isolation = self._level(isolation)
        self._synchronous = synchronous_commit
        self._points: dict[tuple[str, Any], WorldPoint] = {}
        self._watchers: dict[Any, list[Watcher]] = {}
        # Versions of a copy that are versions of the node it was made from.
        self._origins: dict[tuple[Any, Version], Version] = {}
        self._nodes: list[Node] = []
        self._observers: dict[Node, _Observer] = {}
        self._primary_label = f"{name} (primary)"
        for key, value in rows.items():
            if value is None:
                raise self._refuse(RowIsNone(name, key))
        self._primary = self._add_node(name, rows, lsn=0)
        # The node that each process is connected to, by the process's index.
        self._connected: dict[int, Node] = {}

    def __repr__(self) -> str:
        return f"<database {self.name}>"

    # ---- the verbs -----------------------------------------------------------------------------

    async def get(self, key: Any) -> Any:
        """The value of `key`, or None if there is no such row.

        Raises:
          ConnectionLost: the node is down.
        """
        node = self._node()
        value = await node.execute(self.point("get", key), node.engine.get, key)
        if key in self._watchers:
            self.tell_read(node, key, value)
        if self.run.recording:
            self.run.note(f"{self.name}.get {key} -> {clean(value)}")
        return value

    async def put(self, key: Any, value: Any) -> None:
        """Insert or replace the row, committed when it returns.

        Raises:
          ConnectionLost: it may have been committed or not.
          NotNullViolation: `value` is None.
          ReadOnlyNode: this process is connected to a node that was fenced.
        """
        node = self._node()
        await self._commit(node, "put", key, node.engine.put, key, value)

    async def put_all(self, rows: Mapping[Any, Any]) -> None:
        """Insert or replace several rows in one statement, all or none."""
        node = self._node()
        await self._commit(node, "put", "all", node.engine.put_all, dict(rows))

    async def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the value by `change(value)` in one statement; see `Session.update`."""
        node = self._node()
        return await self._commit(node, "update", key, node.engine.update, key, change)

    async def delete(self, key: Any) -> bool:
        """Delete the row; whether there was one."""
        node = self._node()
        return bool(await self._commit(node, "delete", key, node.engine.delete, key))

    async def scan(self, where: Where | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, in one statement. `where` must be pure."""
        node = self._node()
        rows: dict[Any, Any] = await node.execute(self.point("scan", ""), node.engine.scan, where)
        self.tell_scanned(node, rows, where)
        return rows

    @asynccontextmanager
    async def transaction(self, isolation: Isolation | str | None = None) -> AsyncIterator[Session]:
        """A transaction: commits at the end of the block, rolls back when it raises.

        Args:
          isolation: "read committed", "repeatable read" or "serializable"; the database's own level
            by default.

        Raises:
          DatabaseError: what PostgreSQL would report, for the caller to catch and retry.
          UnknownIsolation: there is no such level.
        """
        node = self._node()
        level = None if isolation is None else self._level(isolation)
        if not node.engine.up:
            self.run.depends(node.label)
            await node.execute(self.point("connect to", node.name), bool)
        session = Session(self, node, node.begin(level, self.run.process))
        try:
            yield session
        except BaseException:
            session.abandon()
            raise
        await session.commit()

    async def _commit(
        self, node: Node, verb: str, key: Any, call: Callable[..., Any], *args: Any
    ) -> Any:
        result = await node.commit(self.point(verb, key), call, *args)
        if self.run.recording:
            shown = clean(args[-1]) if verb == "put" else ""
            self.run.note(f"{self.name}.{verb} {key}{' = ' if shown else ''}{shown}")
        return result

    # ---- in bulk -------------------------------------------------------------------------------

    async def load(self, keys: Iterable[Any], *, atomic: bool) -> dict[Any, Any]:
        """The values of `keys`, missing ones as None.

        Args:
          keys: what to load.
          atomic: all in one statement; else row by row, each a statement of its own, so that what is
            loaded may never have been there together.
        """
        wanted = dict.fromkeys(keys)
        if not atomic:
            return {key: await self.get(key) for key in wanted}
        rows = await self.scan(lambda key, _: key in wanted)
        return {key: rows.get(key) for key in wanted}

    async def replace_all(self, rows: Mapping[Any, Any], *, atomic: bool) -> None:
        """Replace the whole table by `rows`.

        Args:
          rows: the new rows.
          atomic: in one transaction; else truncate, then insert row by row, each its own commit.
        """
        node = self._node()
        if atomic:
            await self._commit(node, "replace", "all", node.engine.replace_all, dict(rows))
            return
        await self._commit(node, "truncate", "", node.engine.clear)
        for key, value in rows.items():
            await self.put(key, value)

    # ---- durability ----------------------------------------------------------------------------

    async def flush(self) -> None:
        """Make every commit so far durable, in one step."""
        node = self._node()

        def flush() -> None:
            node.engine.flush()
            # How far the log is durable matters to whoever follows it.
            self.run.affects(node.log_label, part=True)

        await node.execute(self.point("flush", ""), flush)

    async def snapshot(self) -> Backup:
        """A consistent copy of all committed rows, in one step."""
        node = self._node()
        backup: Backup = await node.execute(self.point("snapshot", ""), node.engine.snapshot)
        self.tell_scanned(node, backup.rows, None)
        return backup

    async def rollback(self, backup: Backup) -> None:
        """Put every row back to what it was in `backup`, in one step; transactions are lost."""
        node = self._node()

        def restore() -> None:
            self.run.depends(node.connections_label)
            node.engine.rollback_to(backup)
            self.run.write(node.label, "restored")
            self.run.affects(node.log_label)

        await self._commit(node, "rollback", "to snapshot", restore)

    # ---- nodes ---------------------------------------------------------------------------------

    @property
    def node(self) -> Node:
        """The node that new connections are led to."""
        self.run.peeked(self._primary_label)
        return self._primary

    def reconnect(self) -> None:
        """Drop the calling process's connection; its next statement goes to the primary."""
        client = self._client()
        self._connected.pop(client, None)
        self.run.affects(self._connection_label(client))

    async def provision(self, name: str) -> Standby:
        """Set up an empty second node; see `Standby` for how it becomes useful.

        Raises:
          NameTaken: this database has a node of that name.
          ConnectionLost: the node to copy from is down.
        """
        self.run.depends(f"node {name}")  # there is none so far, or somebody was here before
        if any(node.name == name for node in self._nodes):
            raise self._refuse(NameTaken(name, "node"))
        source = self._node()
        standby: Standby = await source.execute(
            self.point("provision", name), self._provision, source, name
        )
        return standby

    def _provision(self, source: Node, name: str) -> Standby:
        # Records from here on are applied over whatever the copy finds: they hold values.
        node = self._add_node(name, {}, lsn=source.engine.flushed_lsn)
        node.engine.follow()
        source.followed = True
        # Where the log stands: so far no commit has said that it writes it.
        self.run.depends(self._observers[source].table_label)
        self.run.write(source.log_label, "followed")
        self.run.write(node.label, "provisioned")
        self.run.note(f"{self.name}: provision {name}")
        return Standby(self, source, node)

    async def scale_up(
        self, name: str, *, atomic: bool = True, caught_up: bool = True, fence: bool = True
    ) -> Standby:
        """Provision a second node, copy to it, catch up, promote it.

        Args:
          name: the new node's name.
          atomic: copy all rows in one step; else row by row.
          caught_up: promote only when nothing is missing; else straight after the copy.
          fence: forbid the old node any further writes; else both take them.

        Raises:
          ConnectionLost: a node went down; the standby is left as it is.
        """
        standby = await self.provision(name)
        await standby.copy(atomic=atomic)
        if caught_up:
            await standby.catch_up()
        await standby.promote(fence=fence)
        return standby

    def lead_to(self, node: Node) -> None:
        """Make `node` the primary: what is looked at from now on is what it holds."""
        before, self._primary = self._primary, node
        self.run.write(self._primary_label, node.name)
        for key, watchers in self._watchers.items():
            old, new = before.engine.rows.get(key), node.engine.rows.get(key)
            version = (node.name, node.engine.version_of(key))
            if old == new:
                self._origins[key, version] = self._version(
                    before, key, before.engine.version_of(key)
                )
                continue
            for watcher in watchers:
                watcher.wrote(key, old, new, version)

    def _add_node(self, name: str, rows: Mapping[Any, Any], *, lsn: int) -> Node:
        engine = Engine(
            rows,
            name=name,
            isolation=self._isolation,
            synchronous_commit=self._synchronous,
            lsn=lsn,
        )
        node = Node(self.run, engine)
        # Two nodes hold different rows under the same keys.
        suffix = f"@{name}" if self._nodes else ""
        self._observers[node] = engine.observer = _Observer(self, node, suffix)
        self._nodes.append(node)
        return node

    def _client(self) -> int:
        process = self.run.process
        return 0 if process is None else process.index

    def _connection_label(self, client: int) -> str:
        return f"{self.name} (connection of {self.run.processes[client].label})"

    def _node(self) -> Node:
        """The node that the calling process is connected to."""
        client = self._client()
        node = self._connected.get(client)
        # Where the first statement goes, all others of the process go.
        self.run.depends(self._primary_label)
        self.run.depends(self._connection_label(client))
        if node is not None and node is not self._primary:
            self.run.depends(node.label)  # it is where the process goes on as long as it is up
        if node is None or not node.engine.up:
            self.run.read(self._primary_label)
            node = self._connected[client] = self._primary
        return node

    # ---- looking on ----------------------------------------------------------------------------

    def peek(self, key: Any) -> Any:
        """The committed value on the primary, for properties: no step, no connection."""
        self.run.peeked(self._primary_label, self._observers[self._primary].row_label(key))
        return self._primary.engine.rows.get(key)

    def peek_all(self) -> Mapping[Any, Any]:
        """All committed rows on the primary, for properties: no step. Not to be changed."""
        self.run.peeked(self._primary_label, self._observers[self._primary].table_label)
        return self._primary.engine.rows

    def critical(self, key: Any, **options: Any) -> Any:
        """Declare the value under `key` critical; see `Critical`.

        Args:
          key: the row.
          **options: `valid`, a predicate over (last valid value, new value); `allow_missing`,
            whether the row may be missing; `name`, what messages call it (the key by default).
        """
        return self._world.properties.critical(self, key, **options)

    def watch(self, key: Any, watcher: Watcher) -> None:
        """Tell `watcher` about every commit on the primary and every read of `key` from now on."""
        self._watchers.setdefault(key, []).append(watcher)

    def _level(self, isolation: Isolation | str) -> Isolation:
        try:
            return Isolation(isolation)
        except ValueError:
            raise self._refuse(UnknownIsolation(isolation, list(Isolation))) from None

    def _refuse(self, error: HarnessError) -> HarnessError:
        """`error`, noted on the run too, because code under test may swallow what is raised in it."""
        self.run.broken = error
        return error

    # ---- for the room --------------------------------------------------------------------------

    def point(self, verb: str, key: Any) -> WorldPoint:
        """The schedule point before a statement. One object for all who come by."""
        point = self._points.get((verb, key))
        if point is None:
            row = key if isinstance(key, str) else clean(key)
            text = f"{self.name}.{verb} {row}".rstrip()
            point = WorldPoint(text, thing=f"{self.name}.{row or '*'}")
            self._points[verb, key] = point
        return point

    def tell_changed(self, node: Node, key: Any, old: Any, new: Any) -> None:
        """A commit replaced a row."""
        if node is self._primary and key in self._watchers:
            version = (node.name, node.engine.version_of(key))
            for watcher in self._watchers[key]:
                watcher.wrote(key, old, new, version)

    def tell_read(
        self, node: Node, key: Any, value: Any, transaction: Transaction | None = None
    ) -> None:
        """A statement returned a row, or that there is none."""
        if key not in self._watchers or self.run.closing:
            return
        if transaction is None:
            number: int | None = node.engine.version_of(key)
        else:
            number = node.engine.version_seen(key, transaction)
        if number is None:
            return  # its own change: nobody else has seen it, and it may never be committed
        version = self._version(node, key, number)
        for watcher in self._watchers[key]:
            watcher.was_read(key, value, version)

    def tell_scanned(
        self,
        node: Node,
        rows: Mapping[Any, Any],
        where: Where | None,
        transaction: Transaction | None = None,
    ) -> None:
        """A statement returned these rows, and without `where` showed that there are no others."""
        for key in self._watchers:
            if key in rows or where is None:
                self.tell_read(node, key, rows.get(key), transaction)
        if self.run.recording:
            self.run.note(f"{self.name}.scan -> {len(rows)} rows")

    def _version(self, node: Node, key: Any, number: int) -> Version:
        version = (node.name, number)
        return self._origins.get((key, version), version)


class _Observer(Footprint):
    """Footprints of one node's statements, and word of its commits to the database."""

    __slots__ = ("_database", "_node", "_run")

    def __init__(self, database: Database, node: Node, suffix: str) -> None:
        super().__init__(database.run, database.name, suffix)
        self._run = database.run
        self._database = database
        self._node = node

    def contended(self, key: Any) -> None:
        """The statement took a row or tried to: with its connection dropped, it lets it go."""
        super().contended(key)
        self._run.affects(self._node.connections_label, part=True)

    def released(self, key: Any) -> None:
        """Somebody let a row go."""
        super().released(key)
        self._run.affects(self._node.connections_label, part=True)

    def serialized(self) -> None:
        """The outcome rests on the order of serializable steps: its end with the connection is one."""
        super().serialized()
        self._run.affects(self._node.connections_label, part=True)

    def changed(self, key: Any, old: Any, new: Any) -> None:
        """A commit replaced a row."""
        if self._run.closing:
            return
        super().changed(key, old, new)
        self._run.affects(self._node.connections_label, part=True)
        if self._node.followed:
            self._run.write(self._node.log_label, self._node.engine.lsn)
        self._database.tell_changed(self._node, key, old, new)
