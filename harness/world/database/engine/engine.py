"""The database of one node: committed rows, open transactions, the log."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from harness.world.database.engine.log import Log, apply_changes
from harness.world.database.engine.serializable import Dependencies
from harness.world.database.engine.transaction import Transaction
from harness.world.database.engine.versions import NEVER, Version
from harness.world.database.errors import ConnectionLost, ReadOnlyNode
from harness.world.database.isolation import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.database.engine.log import Change, Record
    from harness.world.database.engine.observer import Observer
    from harness.world.database.engine.waiting import Waiting


class Role(enum.Enum):
    """What a node is good for. The value completes "this node is ..."."""

    PRIMARY = "the primary"
    STANDBY = "a standby"
    FENCED = "fenced"


@attrs.frozen
class Backup:
    """All committed rows at one moment.

    Attributes:
        lsn: the number of the newest commit in it.
        rows: the rows; read only.
    """

    lsn: int
    rows: Mapping[Any, Any]


class Engine:
    """Keyed rows with PostgreSQL's transactions and a write-ahead log. No clock, no tasks.

    A pure state machine: the same calls in the same order give the same results. A missing row
    is None. Keys and values are immutable; `rows` is taken over as it is, shared and never
    written, so that a thousand engines can be made from one mapping.

    The verbs of the engine itself are transactions of one statement each; `begin` opens a
    transaction with the same verbs. Verbs that may wait return a `Waiting` when they do.

    Args:
        rows: the rows before the first commit; durable.
        name: the node's name in messages.
        isolation: the level of single statements, and of `begin()` without one.
        synchronous_commit: whether a commit returns only once its record is durable. Off, a
            crash may take commits that were acknowledged (PostgreSQL manual, section 30.4).
        lsn: the number of the newest commit in `rows`.
    """

    __slots__ = (
        "_base",
        "_copied",
        "_log",
        "_open",
        "_reads_need_care",
        "_snapshots",
        "_transactions",
        "_writes_need_care",
        "chains",
        "dependencies",
        "isolation",
        "lsn",
        "name",
        "observer",
        "read_only",
        "role",
        "rows",
        "up",
        "versions",
        "waiting",
    )

    def __init__(
        self,
        rows: Mapping[Any, Any] = MappingProxyType({}),
        *,
        name: str = "database",
        isolation: Isolation = Isolation.READ_COMMITTED,
        synchronous_commit: bool = True,
        lsn: int = 0,
    ) -> None:
        self.name = name
        self.isolation = isolation
        # The latest committed rows. A key that is not in `chains` has this state for everybody.
        self.rows: dict[Any, Any] = dict(rows)
        # Row versions of the keys that open transactions touched or may see in an older state.
        self.chains: dict[Any, list[Version]] = {}
        self.lsn = lsn
        self.dependencies = Dependencies()
        # Blocked statements in order of arrival.
        self.waiting: list[Waiting] = []
        # How often each row was replaced; missing is 0. Tells equal values apart.
        self.versions: dict[Any, int] = {}
        self.observer: Observer | None = None
        self.role = Role.PRIMARY
        self.up = True
        self.read_only = False
        # What recovery starts from; a standby's own to change.
        self._base = rows
        self._copied: dict[Any, Any] = {}
        self._log = Log(lsn, synchronous=synchronous_commit)
        self._open: dict[Transaction, None] = {}
        self._transactions = 0
        # How many open transactions keep a snapshot.
        self._snapshots = 0
        # Whether single statements have to go the long way, through a transaction.
        self._reads_need_care = False
        self._writes_need_care = False

    # ------------------------------------------------------------- one statement, committed

    def get(self, key: Any) -> Any:
        """The value of `key`, or None if there is no such row."""
        if self._reads_need_care:
            return self._alone().get(key)
        value = self.rows.get(key)
        if self.observer is not None:
            self._observe_alone(self.observer)
            self.observer.saw(key, value)
        return value

    def scan(self, where: Callable[[Any, Any], bool] | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, as a dict in the order of the table."""
        if self._reads_need_care:
            return self._alone().scan(where)
        if self.observer is not None:
            self._observe_alone(self.observer)
            self.observer.saw_all(where)
        if where is None:
            return dict(self.rows)
        return {key: value for key, value in self.rows.items() if where(key, value)}

    def put(self, key: Any, value: Any) -> Waiting | None:
        """Insert or replace the row."""
        if self._writes_need_care or value is None or key in self.chains:
            waiting: Waiting | None = self._alone().put(key, value)
            return waiting
        old = self.rows.get(key)
        self.rows[key] = value
        self.versions[key] = self.versions.get(key, 0) + 1
        self.lsn += 1
        self._log.append(((key, value),))
        if self.observer is not None:
            self._observe_alone(self.observer)
            self.observer.changed(key, old, value)
        return None

    def get_for_update(self, key: Any) -> Any:
        """The value of `key` once nobody holds its row. The lock ends with the statement."""
        return self._alone().get_for_update(key)

    def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the value by `change(value)`; see `Transaction.update`."""
        return self._alone().update(key, change)

    def delete(self, key: Any) -> Any:
        """Delete the row. The result is whether there was one."""
        return self._alone().delete(key)

    def clear(self) -> Any:
        """Delete every row in one statement. The result is how many there were."""
        return self._alone().clear()

    def put_all(self, rows: Mapping[Any, Any]) -> Any:
        """Insert or replace several rows, all in one commit."""
        return self._alone().put_all(rows)

    def replace_all(self, rows: Mapping[Any, Any]) -> Any:
        """Delete every row and insert those of `rows`, all in one commit."""
        return self._alone().replace_all(rows)

    def begin(
        self,
        isolation: Isolation | None = None,
        *,
        label: str | None = None,
        autocommit: bool = False,
    ) -> Transaction:
        """Open a transaction. Its snapshot is taken by its first statement.

        Args:
            isolation: what it may see of others; the engine's own level by default.
            label: its name in messages.
            autocommit: it runs one statement and commits with it.

        Raises:
            ConnectionLost: the node is down.
        """
        if not self.up:
            raise ConnectionLost(self.name)
        self._transactions += 1
        label = label or f"transaction {self._transactions}"
        transaction = Transaction(self, isolation or self.isolation, label, autocommit=autocommit)
        self._open[transaction] = None
        return transaction

    def _observe_alone(self, observer: Observer) -> None:
        if self.isolation is Isolation.SERIALIZABLE:
            observer.unserialized()

    def _alone(self) -> Transaction:
        return self.begin(autocommit=True)

    # --------------------------------------------------------------- for transactions' use

    def chain(self, key: Any) -> list[Version]:
        """The versions of `key`, made from its row if there were none so far."""
        chain = self.chains.get(key)
        if chain is None:
            value = self.rows.get(key)
            chain = [] if value is None else [Version(value, None)]
            self.chains[key] = chain
        return chain

    def keep_snapshot(self, transaction: Transaction) -> None:
        """Give `transaction` the snapshot that all its statements share."""
        transaction.snapshot = self.lsn
        self._snapshots += 1
        if self.observer is not None and not transaction.autocommit:
            self.observer.saw_all(None)  # else the one statement says what it rests on
        if transaction.isolation is Isolation.SERIALIZABLE:
            transaction.access = self.dependencies.begin(self.lsn)
        self._choose_way()

    def version_of(self, key: Any) -> int:
        """The number of the row's committed version.

        Each replacement of a row has a number of its own; 0 is how it was at first.
        """
        return self.versions.get(key, 0)

    def version_seen(self, key: Any, transaction: Transaction) -> int | None:
        """The number of the version that `transaction` sees; None if that is its own change."""
        if key in transaction.changes:
            return None
        current = self.version_of(key)
        chain = self.chains.get(key)
        if not transaction.snapshot_kept or chain is None:
            return current
        commits = {version.created for version in chain} | {version.deleted for version in chain}
        return current - sum(transaction.snapshot < lsn <= self.lsn for lsn in commits)

    def commit(self, transaction: Transaction) -> None:
        """Make the changes of `transaction` the committed state and append its record."""
        if transaction.access is not None:
            self.dependencies.commit(transaction.access)
        if transaction.changes:
            lsn = self.lsn + 1
            for _, version in transaction.created:
                version.created = lsn
            for version in transaction.deleted:
                version.deleted = lsn
            self._apply(tuple(transaction.changes.items()))
        self._end(transaction)

    def abort(self, transaction: Transaction) -> None:
        """Forget `transaction`, whose changes have been undone."""
        if transaction.access is not None:
            self.dependencies.abort(transaction.access)
        self._end(transaction)

    def advance_queue(self, queue: list[Transaction], gone: Transaction) -> None:
        """`gone` has left the queue for a row: if it was the first, somebody else is now."""
        first = queue[0].waiting
        assert first is not None
        if gone in first.by:
            first.wake()
            for transaction in queue[1:]:
                assert transaction.waiting is not None
                transaction.waiting.by = (queue[0],)

    def _apply(self, changes: tuple[Change, ...]) -> None:
        before = [self.rows.get(key) for key, _ in changes]
        apply_changes(self.rows, changes)
        self.lsn += 1
        self._log.append(changes)
        for (key, new), old in zip(changes, before, strict=True):
            self._changed(key, old, new)

    def _changed(self, key: Any, old: Any, new: Any) -> None:
        self.versions[key] = self.versions.get(key, 0) + 1
        if self.observer is not None:
            self.observer.changed(key, old, new)

    def _end(self, transaction: Transaction) -> None:
        for version in transaction.locked:
            version.locker = None
        if self.observer is not None:
            for key in transaction.contended:
                self.observer.released(key)
            if transaction.isolation is Isolation.SERIALIZABLE and not transaction.unnoticed:
                self.observer.serialized()
        del self._open[transaction]
        if transaction.snapshot != NEVER:
            self._snapshots -= 1
        if not self._open:
            self.chains.clear()
        self._choose_way()
        for waiting in tuple(self.waiting):
            if transaction in waiting.by and not waiting.ready:
                waiting.wake()

    def _choose_way(self) -> None:
        serializable = self.isolation is Isolation.SERIALIZABLE and self.dependencies.any_active
        self._reads_need_care = serializable or not self.up
        self._writes_need_care = self._snapshots > 0 or self.read_only or not self.up

    # -------------------------------------------------------------------- log and durability

    @property
    def flushed_lsn(self) -> int:
        """The number of the newest commit that a crash leaves."""
        return self._log.flushed

    @property
    def synchronous_commit(self) -> bool:
        """Whether a commit is durable when it returns."""
        return self._log.synchronous

    @synchronous_commit.setter
    def synchronous_commit(self, value: bool) -> None:
        self._log.set_synchronous(synchronous=value)

    def flush(self) -> None:
        """Make every commit so far durable."""
        if self.observer is not None:
            self.observer.saw_all(None)
        self._log.flush()

    def crash(self) -> int:
        """Cut the power: connections drop, commits that are not durable never happened.

        Returns how many commits were lost. Everything raises ConnectionLost until `start`.
        """
        self.up = False
        self._drop_connections()
        self._choose_way()
        commits_lost = self._log.lose_unflushed()
        if commits_lost:
            self._recover()
        return commits_lost

    def start(self) -> None:
        """Power on again after a crash."""
        self.up = True
        self._choose_way()

    def _recover(self) -> None:
        """Go back to the rows of the last durable commit."""
        before, self.rows = self.rows, dict(self._base)
        self._log.replay(self.rows)
        self.lsn = self._log.end
        for key in {**before, **self.rows}:
            if before.get(key) != self.rows.get(key):
                self._changed(key, before.get(key), self.rows.get(key))

    def _drop_connections(self) -> None:
        for transaction in tuple(self._open):
            transaction.lose()

    # ---------------------------------------------------------------------- backup and copies

    def snapshot(self) -> Backup:
        """A copy of all committed rows, as an operator takes before maintenance."""
        if self.observer is not None:
            self.observer.saw_all(None)
        return Backup(self.lsn, MappingProxyType(dict(self.rows)))

    def rollback_to(self, backup: Backup) -> None:
        """Restore all rows from `backup`, durably, as one commit; open connections drop.

        Raises:
            ReadOnlyNode: this node takes no writes.
        """
        if self.read_only:
            self.refuse_write("RESTORE")
        self._drop_connections()
        wanted = {key: backup.rows.get(key) for key in {**self.rows, **backup.rows}}
        self._install(
            tuple((key, value) for key, value in wanted.items() if value != self.rows.get(key))
        )
        self.flush()

    def records_since(self, lsn: int) -> list[Record]:
        """The durable commits after number `lsn`, which another node applies one by one."""
        return self._log.since(lsn)

    def follow(self) -> None:
        """Become a standby: take no writes but rows copied and records applied."""
        assert not self._open
        self._base = self._copied = dict(self._base)
        self._play(Role.STANDBY)

    def copy_row(self, key: Any, value: Any) -> None:
        """Store one row of the initial copy that a standby is made from. No commit of its own.

        The rows copied one by one are of no single moment. Applying the records of all commits
        since the copy began makes them so: a record holds values, not differences.
        """
        assert self.role is Role.STANDBY
        assert self._log.end == self._log.start, "rows are copied before any record is applied"
        old = self.rows.get(key)
        self._copied[key] = self.rows[key] = value
        self._changed(key, old, value)

    def apply(self, record: Record) -> None:
        """Repeat a commit of another node. Records come in order, without gaps."""
        assert self.role is Role.STANDBY
        assert record.lsn == self.lsn + 1
        self._install(record.changes)

    def promote(self) -> None:
        """Take writes from now on."""
        self._play(Role.PRIMARY)

    def fence(self) -> None:
        """Take no more writes; open transactions lose their connections."""
        self._drop_connections()
        self._play(Role.FENCED)

    def refuse_write(self, verb: str) -> None:
        """Raise ReadOnlyNode."""
        raise ReadOnlyNode(verb, self.role.value)

    def _play(self, role: Role) -> None:
        self.role = role
        self.read_only = role is not Role.PRIMARY
        self._choose_way()

    def _install(self, changes: tuple[Change, ...]) -> None:
        """Commit changes that no open transaction made, and that no open one can contend for."""
        lsn = self.lsn + 1
        for key, value in changes:
            if key in self.chains or self._snapshots:
                chain = self.chain(key)
                for version in chain:
                    version.deleted = min(version.deleted, lsn)
                if value is not None:
                    chain.append(Version(value, None))
                    chain[-1].created = lsn
        self._apply(changes)
