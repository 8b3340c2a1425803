"""What each verb does to row versions, as PostgreSQL's executor and heap do it.

Every function here is one statement of a transaction. It is a generator: it yields the
transactions it has to wait for, is resumed when one of them has ended, and returns its result.
Comments name the PostgreSQL 15 function whose behaviour a passage follows.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.world.database.engine.versions import NEVER, Version, newest_visible
from harness.world.database.errors import SerializationFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from harness.world.database.engine.engine import Engine
    from harness.world.database.engine.transaction import Transaction
    from harness.world.database.engine.waiting import Steps

    Finding: TypeAlias = Generator[tuple[Transaction, ...], None, Version | None]


class Verdict(enum.Enum):
    """What became of a row version that a statement wants to lock."""

    FREE = "free"
    UPDATED = "updated"
    DELETED = "deleted"


# ------------------------------------------------------------------------------------- reading


def visible_rows(transaction: Transaction, engine: Engine, snapshot: int) -> dict[Any, Any]:
    """Every row that the snapshot shows."""
    rows = dict(engine.rows)
    for key, chain in engine.chains.items():
        version = newest_visible(chain, transaction, snapshot)
        if version is not None:
            rows[key] = version.value
        else:
            rows.pop(key, None)
    return rows


def get(transaction: Transaction, engine: Engine, key: Any) -> Steps:
    """A plain read by key."""
    found = _look_up(transaction, engine, key)
    return found[-1].value if found else None
    yield ()  # makes this a generator, like its neighbours


def scan(transaction: Transaction, engine: Engine) -> Steps:
    """A plain read of the whole table."""
    snapshot = transaction.take_snapshot()
    if transaction.access is not None:
        engine.dependencies.read_table(transaction.access)
        # A sequential scan comes upon every version (heapgetpage).
        for version in [version for chain in engine.chains.values() for version in chain]:
            visible = version.visible(transaction, snapshot)
            engine.dependencies.meet(transaction.access, version, visible=visible)
    return visible_rows(transaction, engine, snapshot)
    yield ()  # makes this a generator, like its neighbours


def _observe(transaction: Transaction, engine: Engine, key: Any) -> None:
    if engine.observer is not None and not transaction.snapshot_told:
        engine.observer.saw(key, engine.rows.get(key))


def _look_up(transaction: Transaction, engine: Engine, key: Any) -> list[Version]:
    """The versions of `key` that the statement sees, oldest first. An index scan."""
    snapshot = transaction.take_snapshot()
    chain = engine.chain(key)
    access = transaction.access
    _observe(transaction, engine, key)
    if access is None:
        return [version for version in chain if version.visible(transaction, snapshot)]
    found = []
    engine.dependencies.read_key(access, key)
    # The index leads to each root, from which successors are followed up to the first visible
    # version (heap_hot_search_buffer).
    for root in [version for version in chain if version.root]:
        version: Version | None = root
        while version is not None:
            visible = version.visible(transaction, snapshot)
            engine.dependencies.meet(access, version, visible=visible)
            if visible:
                found.append(version)
                if version.creator is not transaction:
                    engine.dependencies.read_row(access, version)
                break
            version = version.successor
    return found


# ------------------------------------------------------------------------------------- writing


def get_for_update(transaction: Transaction, engine: Engine, key: Any) -> Steps:
    """SELECT .. FOR UPDATE."""
    value = None
    for version in _look_up(transaction, engine, key):
        transaction.contend(key)
        locked = yield from _claim(transaction, engine, version, follow=True)
        if locked is not None:
            _lock(transaction, locked)
            value = locked.value
    return value


def put(transaction: Transaction, engine: Engine, key: Any, value: Any) -> Steps:
    """INSERT .. ON CONFLICT DO UPDATE: a blind write (ExecInsert, ExecOnConflictUpdate)."""
    snapshot = transaction.take_snapshot()
    transaction.contend(key)
    while True:
        chain = engine.chain(key)
        present, blocker = _present(transaction, chain)
        if blocker is not None:
            # Whether the key is taken is not decided yet. These waits keep no order of arrival.
            yield (blocker,)
            continue
        if present is None:
            _insert(transaction, engine, key, chain, value)
            return None
        verdict = yield from _acquire(transaction, engine, present)
        if verdict is Verdict.FREE:
            break
        if transaction.snapshot_kept:
            raise SerializationFailure(f"concurrent {_participle(verdict)}")
    # ExecCheckTupleVisible: never replace what the snapshot does not show.
    if transaction.snapshot_kept and not present.visible(transaction, snapshot):
        raise SerializationFailure("concurrent update")
    _replace(transaction, engine, key, present, value)
    return None


def update(
    transaction: Transaction, engine: Engine, key: Any, change: Callable[[Any], Any]
) -> Steps:
    """UPDATE .. WHERE key = .. AND condition RETURNING."""
    result = None
    for version in _look_up(transaction, engine, key):
        value = change(version.value)
        if value is None:
            continue  # the condition is false for what the statement sees: not even locked
        transaction.contend(key)
        target = yield from _claim(transaction, engine, version)
        if target is None:
            continue
        if target is not version:
            value = change(target.value)
            if value is None:
                continue  # false for the newer version, which stays locked all the same
        _replace(transaction, engine, key, target, value)
        result = value
    return result


def delete(transaction: Transaction, engine: Engine, key: Any) -> Steps:
    """DELETE .. WHERE key = .."""
    count = yield from _delete_all(
        transaction, engine, [(key, version) for version in _look_up(transaction, engine, key)]
    )
    return count > 0


def clear(transaction: Transaction, engine: Engine) -> Steps:
    """DELETE of every row the statement sees, in the order of the table."""
    snapshot = transaction.take_snapshot()
    if engine.observer is not None and not transaction.snapshot_told:
        engine.observer.saw_all(None)
    rows = yield from scan(transaction, engine)
    targets = [
        (key, version)
        for key in rows
        for version in engine.chain(key)
        if version.visible(transaction, snapshot)
    ]
    return (yield from _delete_all(transaction, engine, targets))


def put_all(transaction: Transaction, engine: Engine, rows: Mapping[Any, Any]) -> Steps:
    """Put several rows, in their order."""
    for key in rows:
        _observe(transaction, engine, key)  # it may wait for one of them while another changes
    for key, value in rows.items():
        yield from put(transaction, engine, key, value)
    return None


def replace_all(transaction: Transaction, engine: Engine, rows: Mapping[Any, Any]) -> Steps:
    """Delete every row and put those of `rows` instead."""
    yield from clear(transaction, engine)
    return (yield from put_all(transaction, engine, rows))


def _delete_all(
    transaction: Transaction, engine: Engine, targets: Iterable[tuple[Any, Version]]
) -> Steps:
    count = 0
    for key, version in targets:
        transaction.contend(key)
        target = yield from _claim(transaction, engine, version)
        if target is not None:
            _remove(transaction, engine, key, target)
            count += 1
    return count


# ------------------------------------------------------------------------------- taking a row


def _present(
    transaction: Transaction, chain: list[Version]
) -> tuple[Version | None, Transaction | None]:
    """The row that holds the key now, or the open transaction that will decide it.

    check_exclusion_or_unique_constraint, with a snapshot that sees uncommitted changes.
    """
    present = None
    for version in chain:
        if version.deleter is transaction or version.deleted != NEVER:
            continue
        if version.created == NEVER and version.creator is not transaction:
            return None, version.creator
        if version.deleter is not None:
            return None, version.deleter
        present = version
    return present, None


def _claim(
    transaction: Transaction, engine: Engine, version: Version, *, follow: bool = False
) -> Finding:
    """The version to change instead of `version`, free to change; None if the row is gone.

    Raises:
        SerializationFailure: it was changed since the transaction's snapshot.
    """
    verdict = yield from _acquire(transaction, engine, version, follow=follow)
    if verdict is Verdict.FREE:
        return version
    if transaction.snapshot_kept:
        raise SerializationFailure(f"concurrent {_participle(verdict)}")
    return (yield from _latest(transaction, engine, version))


def _latest(transaction: Transaction, engine: Engine, version: Version) -> Finding:
    """Lock the newest version of a row that was updated; None if it was deleted.

    READ COMMITTED goes on with the newest version (heapam_tuple_lock).
    """
    newer = version.successor
    while newer is not None:
        if newer.deleted != NEVER:
            newer = newer.successor
        elif newer.deleter is not None:
            yield (newer.deleter,)  # these waits keep no order of arrival either
        elif (yield from _acquire(transaction, engine, newer)) is Verdict.FREE:
            _lock(transaction, newer)
            return newer
    return None


def _acquire(
    transaction: Transaction, engine: Engine, version: Version, *, follow: bool = False
) -> Generator[tuple[Transaction, ...], None, Verdict]:
    """Wait until nobody holds `version` (heap_lock_tuple, heap_update, heap_delete).

    Those who wait stand in a queue, and its first goes first. Somebody who comes upon a free row
    takes it, queue or no queue. With `follow`, whoever has waited for an update also waits for
    what became of the row since, and only then hears the verdict.
    """
    queue = version.queue
    queued = False
    others_go_on = False
    try:
        while version.deleted == NEVER:
            holder = version.deleter or version.locker
            if holder is None or holder is transaction:
                return Verdict.FREE
            expected = version.successor
            if not queued:
                queue.append(transaction)
                queued = True
            while queue[0] is not transaction:
                yield (queue[0],)
            while holder in (version.deleter, version.locker) and version.deleted == NEVER:
                yield (holder,)
            if follow and expected is version.successor:
                yield from _follow(transaction, expected)
    finally:
        if queued:
            queue.remove(transaction)
            others_go_on = bool(queue)
            if others_go_on:
                engine.advance_queue(queue, transaction)
    if others_go_on and not transaction.snapshot_kept:
        yield ()  # having left the queue, we may be overtaken on the way to the newest version
    return Verdict.DELETED if version.successor is None else Verdict.UPDATED


def _follow(
    transaction: Transaction, newer: Version | None
) -> Generator[tuple[Transaction, ...], None, None]:
    """Lock a version that an update made, and those after it (heap_lock_updated_tuple)."""
    while newer is not None and newer.deleted == NEVER:
        holder = newer.deleter or newer.locker
        if holder is None or holder is transaction:
            _lock(transaction, newer)
            newer = newer.successor
        else:
            yield (holder,)  # these waits keep no order of arrival


def _participle(verdict: Verdict) -> str:
    return "delete" if verdict is Verdict.DELETED else "update"


def _lock(transaction: Transaction, version: Version) -> None:
    if version.locker is not transaction:
        assert version.locker is None
        version.locker = transaction
        transaction.locked.append(version)


def _insert(
    transaction: Transaction, engine: Engine, key: Any, chain: list[Version], value: Any
) -> None:
    if transaction.access is not None:
        engine.dependencies.insert(transaction.access, key)
    _add(transaction, key, chain, Version(value, transaction))


def _replace(transaction: Transaction, engine: Engine, key: Any, old: Version, value: Any) -> None:
    new = Version(value, transaction, root=False)
    _end(transaction, engine, old)
    old.successor = new
    _add(transaction, key, engine.chain(key), new)


def _remove(transaction: Transaction, engine: Engine, key: Any, old: Version) -> None:
    _end(transaction, engine, old)
    transaction.changes[key] = None


def _add(transaction: Transaction, key: Any, chain: list[Version], new: Version) -> None:
    chain.append(new)
    transaction.created.append((chain, new))
    transaction.changes[key] = new.value


def _end(transaction: Transaction, engine: Engine, old: Version) -> None:
    if transaction.access is not None:
        engine.dependencies.replace(transaction.access, old)
    assert old.deleter is None
    old.deleter = transaction
    transaction.deleted.append(old)
