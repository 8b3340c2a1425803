"""One transaction: its snapshot, its locks, its uncommitted changes, and the verbs."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from harness.world.database.engine import statements
from harness.world.database.engine.versions import NEVER, newest_visible
from harness.world.database.engine.waiting import Waiting, find_circle
from harness.world.database.errors import (
    ConnectionBusy,
    ConnectionLost,
    DeadlockDetected,
    InFailedTransaction,
    NoActiveTransaction,
    NotNullViolation,
    SerializationFailure,
)
from harness.world.database.isolation import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.world.database.engine.engine import Engine
    from harness.world.database.engine.observer import Observer
    from harness.world.database.engine.serializable import Access
    from harness.world.database.engine.versions import Version
    from harness.world.database.engine.waiting import Steps


class State(enum.Enum):
    """Where a transaction stands."""

    ACTIVE = "active"
    FAILED = "failed"  # a statement failed: all is undone, all but the end is refused
    COMMITTED = "committed"
    ROLLED_BACK = "rolled back"
    LOST = "lost"  # its connection is gone


class Transaction:
    """A transaction at one isolation level. Made by `Engine.begin`.

    Reads return at once. The other verbs return their result, or a `Waiting` when another
    transaction stands in the way. Any error undoes the whole transaction and sets its locks free
    there and then; what is left to do is `rollback()`, and every other verb raises
    InFailedTransaction (PostgreSQL manual, section 3.4).

    Args:
        engine: the database.
        isolation: what it sees of others.
        label: its name in messages.
        autocommit: the one statement it runs is the whole transaction.
    """

    __slots__ = (
        "_engine",
        "access",
        "autocommit",
        "changes",
        "contended",
        "created",
        "deleted",
        "isolation",
        "label",
        "locked",
        "snapshot",
        "snapshot_kept",
        "state",
        "unnoticed",
        "waiting",
    )

    def __init__(
        self, engine: Engine, isolation: Isolation, label: str, *, autocommit: bool
    ) -> None:
        self.isolation = isolation
        self.label = label
        self.state = State.ACTIVE
        # Whether all its statements share one snapshot (from REPEATABLE READ on).
        self.snapshot_kept = isolation is not Isolation.READ_COMMITTED
        # The log position it sees; NEVER until the first statement.
        self.snapshot = NEVER
        # What serializable isolation knows of it; None at other levels and before the snapshot.
        self.access: Access | None = None
        # The statement that waits, if one does.
        self.waiting: Waiting | None = None
        # Uncommitted: the net change of each key in order of first change, and what to undo.
        self.changes: dict[Any, Any] = {}
        self.created: list[tuple[list[Version], Version]] = []
        self.deleted: list[Version] = []
        self.locked: list[Version] = []
        # The keys whose rows it took or tried to take, the last one last.
        self.contended: dict[Any, None] = {}
        # Whether it has run no more than one step, with no serializable transaction open beside it.
        self.unnoticed = False
        self.autocommit = autocommit
        self._engine = engine

    def __repr__(self) -> str:
        return f"<{self.label} {self.state.value}>"

    # --------------------------------------------------------------------------------- verbs

    def get(self, key: Any) -> Any:
        """The value of `key`, or None if there is no such row."""
        self._admit()
        if self.autocommit or self.isolation is Isolation.SERIALIZABLE:
            return self.advance(statements.get(self, self._engine, key))
        snapshot = self.take_snapshot()
        if self._engine.observer is not None and not self.snapshot_told:
            self._engine.observer.saw(key, self._engine.rows.get(key))
        chain = self._engine.chains.get(key)
        if chain is None:
            return self._engine.rows.get(key)
        version = newest_visible(chain, self, snapshot)
        return None if version is None else version.value

    def scan(self, where: Callable[[Any, Any], bool] | None = None) -> dict[Any, Any]:
        """All rows for which `where(key, value)` holds, as a dict in the order of the table."""
        self._admit()
        if self.autocommit or self.isolation is Isolation.SERIALIZABLE:
            rows: dict[Any, Any] = self.advance(statements.scan(self, self._engine))
        else:
            rows = statements.visible_rows(self, self._engine, self.take_snapshot())
        if self._engine.observer is not None and not self.snapshot_told:
            self._engine.observer.saw_all(where)
        if where is None:
            return rows
        return {key: value for key, value in rows.items() if where(key, value)}

    def get_for_update(self, key: Any) -> Any:
        """Lock the row and return its value, or None if there is none. SELECT .. FOR UPDATE."""
        self._admit_write("SELECT FOR UPDATE")
        return self.advance(statements.get_for_update(self, self._engine, key))

    def put(self, key: Any, value: Any) -> Any:
        """Insert or replace the row. INSERT .. ON CONFLICT DO UPDATE. The result is None."""
        self._admit_write("INSERT")
        self._refuse_null({key: value})
        return self.advance(statements.put(self, self._engine, key, value))

    def put_all(self, rows: Mapping[Any, Any]) -> Any:
        """Insert or replace several rows in one statement. The result is None."""
        self._admit_write("INSERT")
        self._refuse_null(rows)
        return self.advance(statements.put_all(self, self._engine, rows))

    def replace_all(self, rows: Mapping[Any, Any]) -> Any:
        """Delete every row and insert those of `rows`, seen by others at the commit."""
        self._admit_write("DELETE")
        self._refuse_null(rows)
        return self.advance(statements.replace_all(self, self._engine, rows))

    def update(self, key: Any, change: Callable[[Any], Any]) -> Any:
        """Replace the row's value by `change(value)`; None from `change` leaves the row alone.

        UPDATE .. WHERE key = .. AND condition RETURNING. The result is the new value, or None if
        there is no row or the condition was false. At READ COMMITTED `change` is called again on
        the newer value if the row was changed while the statement waited, so it must be pure.
        """
        self._admit_write("UPDATE")
        return self.advance(statements.update(self, self._engine, key, change))

    def delete(self, key: Any) -> Any:
        """Delete the row. The result is whether there was one."""
        self._admit_write("DELETE")
        return self.advance(statements.delete(self, self._engine, key))

    def clear(self) -> Any:
        """Delete every row in one statement. The result is how many there were.

        DELETE without a condition. PostgreSQL's TRUNCATE is another thing: it locks everybody
        else out of the table until the transaction ends.
        """
        self._admit_write("DELETE")
        return self.advance(statements.clear(self, self._engine))

    def commit(self) -> bool:
        """End the transaction. Returns False if it had failed: then it has been rolled back.

        Raises:
            SerializationFailure: serializable isolation does not let it commit.
        """
        if self.state is State.FAILED:
            self.state = State.ROLLED_BACK
            return False
        self._admit()
        try:
            self._engine.commit(self)
        except SerializationFailure:
            self.rollback()
            raise
        self.state = State.COMMITTED
        return True

    def rollback(self) -> None:
        """Undo everything. Harmless on a transaction that has ended."""
        if self.state is State.ACTIVE:
            self._undo()
        if self.state in (State.ACTIVE, State.FAILED):
            self.state = State.ROLLED_BACK

    @property
    def snapshot_told(self) -> bool:
        """Whether its first statement has said already that it rests on all there is."""
        return self.snapshot_kept and not self.autocommit

    @property
    def over(self) -> bool:
        """Whether its client has ended it, or it ended with its only statement."""
        return self.state in (State.COMMITTED, State.ROLLED_BACK)

    # ------------------------------------------------------------------- for the engine's use

    def take_snapshot(self) -> int:
        """The log position that the statement which starts now sees."""
        if not self.snapshot_kept:
            return self._engine.lsn
        if self.snapshot == NEVER:
            self._engine.keep_snapshot(self)
        return self.snapshot

    def contend(self, key: Any) -> None:
        """Note that the statement is about to take the row of `key`."""
        self.contended.pop(key, None)
        self.contended[key] = None
        if self._engine.observer is not None:
            self._engine.observer.contended(key)

    def advance(self, steps: Steps) -> Any:
        """Run a statement until it is done, or as far as it gets."""
        if self.state is not State.ACTIVE:
            self._refuse()
        if self._engine.observer is not None:
            self._observe(self._engine.observer)
        try:
            blockers = next(steps)
        except StopIteration as done:
            return self._done(done.value)
        except BaseException:
            self.fail()
            raise
        return self._wait(steps, blockers)

    def fail(self) -> None:
        """A statement failed: undo everything now; the client still has to roll back."""
        if self.state is State.ACTIVE:
            self._undo()
            self.state = State.ROLLED_BACK if self.autocommit else State.FAILED

    def lose(self) -> None:
        """The connection is gone: the server undoes everything; the client will be told."""
        if self.state is State.ACTIVE:
            waiting = self.waiting
            self._undo()
            self.state = State.LOST
            if waiting is not None:
                waiting.wake()
        elif self.state is State.FAILED:
            self.state = State.LOST

    # -------------------------------------------------------------------------------- private

    def _admit(self) -> None:
        if self.state is not State.ACTIVE:
            self._refuse()
        if self.waiting is not None:
            raise ConnectionBusy(self.label)

    def _admit_write(self, verb: str) -> None:
        self._admit()
        if self._engine.read_only:
            self.fail()
            self._engine.refuse_write(verb)

    def _refuse_null(self, rows: Mapping[Any, Any]) -> None:
        for key, value in rows.items():
            if value is None:
                self.fail()
                raise NotNullViolation(key)

    def _refuse(self) -> None:
        if self.state is State.FAILED:
            raise InFailedTransaction
        if self.state is State.LOST:
            raise ConnectionLost(self._engine.name)
        raise NoActiveTransaction(self.label)

    def _observe(self, observer: Observer) -> None:
        """Whatever statement it is, and for one that goes on after waiting, what it waits for."""
        if self.isolation is Isolation.SERIALIZABLE:
            self._observe_order(observer)
        if self.waiting is not None and self.contended:
            observer.contended(next(reversed(self.contended)))

    def _observe_order(self, observer: Observer) -> None:
        alone = self.autocommit and self.access is None and self.waiting is None
        self.unnoticed = alone and not self._engine.dependencies.any_active
        if self.unnoticed:
            observer.unserialized()
        else:
            observer.serialized()

    def _done(self, value: Any) -> Any:
        self._stop_waiting()
        if self.autocommit:
            self.commit()
        return value

    def _wait(self, steps: Steps, blockers: tuple[Transaction, ...]) -> Waiting:
        if self._engine.observer is not None:
            self._engine.observer.waited()
            if self.isolation is Isolation.SERIALIZABLE:
                self.unnoticed = False  # others may come before its end
                self._engine.observer.serialized()
        circle = find_circle(self, blockers)
        if circle is not None:
            steps.close()
            self.fail()
            raise DeadlockDetected([member.label for member in circle])
        if self.waiting is None:
            self.waiting = Waiting(self, steps, blockers)
            self._engine.waiting.append(self.waiting)
        else:
            self.waiting.wait_for(blockers)
        if not blockers:
            self.waiting.wake()
        return self.waiting

    def _stop_waiting(self) -> None:
        if self.waiting is not None:
            self._engine.waiting.remove(self.waiting)
            self.waiting = None

    def _undo(self) -> None:
        waiting = self.waiting
        self._stop_waiting()
        if waiting is not None:
            waiting.close()
        for chain, version in self.created:
            chain.remove(version)
        for version in self.deleted:
            version.deleter = None
            version.successor = None
        self._engine.abort(self)
