"""SERIALIZABLE, the way PostgreSQL does it: serializable snapshot isolation.

A transaction runs on a snapshot. What it reads is remembered, and every pair "one read a version
that the other replaced" is an edge (reader -> writer) between two transactions that overlap.
A cycle in the serial order needs two such edges in a row, `in -> pivot -> out`, with `out` first
to commit; whoever would complete that shape is failed, usually the pivot. Nothing ever waits.

Sources: Cahill, Roehm, Fekete, "Serializable Isolation for Snapshot Databases" (SIGMOD 2008);
Ports, Grittner, "Serializable Snapshot Isolation in PostgreSQL" (VLDB 2012); the rules, their
order are those of PostgreSQL 15, src/backend/storage/lmgr/predicate.c. (There, whether two overlap
is judged by transaction numbers, which errs towards yes; here by what was committed at the
snapshot. No outcome depends on it: an edge from a transaction that had committed by then can only
complete a shape whose `out` did not commit first.)

What a read remembers is what PostgreSQL locks for these plans:

* by key (get, update, delete): an index scan. The row version it found, and the key's place in
  the index, so that a later insert of a missing key is seen. On a table of a few rows all keys
  share one index page, and PostgreSQL takes an insert of any of them for a conflict; here, as in
  any table worth an index, each key has its own.
* scan: a sequential scan. The whole table, whatever the predicate says: any write conflicts.

PostgreSQL notices that a transaction is doomed when it next looks at a row; here it is noticed at
the next statement, also when that finds no row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.world.database.engine.versions import NEVER
from harness.world.database.errors import SerializationFailure

if TYPE_CHECKING:
    from harness.world.database.engine.versions import Version

_PIVOT = "read/write dependencies among transactions"


class Access:
    """What is known of one serializable transaction, until nothing it overlapped is left."""

    __slots__ = (
        "committed",
        "conflict_out",
        "doomed",
        "ins",
        "last_commit_seen",
        "number",
        "outs",
        "places",
        "read_only",
        "released",
        "snapshot",
        "wrote",
    )

    def __init__(self, snapshot: int, last_commit_seen: int) -> None:
        # The log position it sees.
        self.snapshot = snapshot
        # The newest serializable commit when the snapshot was taken.
        self.last_commit_seen = last_commit_seen
        # Its own place among the serializable commits; NEVER until it commits.
        self.number = NEVER
        self.committed = False
        self.wrote = False
        # Committed without having written.
        self.read_only = False
        # Must fail at its next statement, so that another can live.
        self.doomed = False
        # Nothing can conflict with it any more.
        self.released = False
        # Committed after a transaction that it has an edge to.
        self.conflict_out = False
        # Edges: they read what we replaced (ins), we read what they replaced (outs).
        self.ins: dict[Access, None] = {}
        self.outs: dict[Access, None] = {}
        # The sets of readers in which it stands.
        self.places: list[dict[Access, None]] = []


class Dependencies:
    """The edges between the serializable transactions of one engine."""

    __slots__ = ("_active", "_commits", "_finished", "_key_readers", "_readers")

    def __init__(self) -> None:
        self._commits = 0
        self._active: dict[Access, None] = {}
        # Committed, in that order, and still overlapping an active one.
        self._finished: list[Access] = []
        self._key_readers: dict[Any, dict[Access, None]] = {}
        self._readers: dict[Access, None] = {}

    @property
    def any_active(self) -> bool:
        """Whether a serializable transaction has its snapshot and is open."""
        return bool(self._active)

    def begin(self, snapshot: int) -> Access:
        """Note that a serializable transaction took its snapshot."""
        access = Access(snapshot, self._commits)
        self._active[access] = None
        return access

    # -------------------------------------------------------------------------------- reading

    def read_key(self, me: Access, key: Any) -> None:
        """Remember that `key` was looked up, found or not. Raises SerializationFailure."""
        _fail_if_doomed(me)
        _remember(me, self._key_readers.setdefault(key, {}))

    def read_table(self, me: Access) -> None:
        """Remember that everything was read. Raises SerializationFailure."""
        _fail_if_doomed(me)
        _remember(me, self._readers)

    def read_row(self, me: Access, version: Version) -> None:
        """Remember that this version was read by its key."""
        if version.readers is None:
            version.readers = {}
        _remember(me, version.readers)

    def meet(self, me: Access, version: Version, *, visible: bool) -> None:
        """A read came upon `version`: whoever replaced it, or made it too late, comes after us."""
        other = version.deleter if visible else version.creator
        if other is None or other.access is None or other.access is me:
            return
        their = other.access
        position = version.deleted if visible else version.created
        if their.doomed or their.released or position <= me.snapshot or their in me.outs:
            return
        self._add_edge(me, their, me)

    # -------------------------------------------------------------------------------- writing

    def replace(self, me: Access, version: Version) -> None:
        """`me` updates or deletes `version`: whoever read it comes before us."""
        _fail_if_doomed(me)
        me.wrote = True
        if version.readers:
            self._meet_readers(me, version.readers)
        self._meet_readers(me, self._readers)

    def insert(self, me: Access, key: Any) -> None:
        """`me` inserts a row: whoever looked for it comes before us."""
        _fail_if_doomed(me)
        me.wrote = True
        self._meet_readers(me, self._readers)
        self._meet_readers(me, self._key_readers.get(key, {}))

    def _meet_readers(self, me: Access, readers: dict[Access, None]) -> None:
        for reader in tuple(readers):
            overlaps = reader.number > me.last_commit_seen
            if reader is not me and not reader.doomed and overlaps and me not in reader.outs:
                self._add_edge(reader, me, me)

    # ------------------------------------------------------------------------------ judgement

    def _add_edge(self, reader: Access, writer: Access, me: Access) -> None:
        if _dangerous(reader, writer):
            # Whoever can still be failed is: us if we write, else the writer if it is open.
            if me is writer or writer.committed:
                raise SerializationFailure(_PIVOT)
            writer.doomed = True
        reader.outs[writer] = None
        writer.ins[reader] = None

    def commit(self, me: Access) -> None:
        """Let `me` commit, dooming pivots that its commit would make fatal.

        Raises:
            SerializationFailure: another transaction's commit doomed this one.
        """
        _fail_if_doomed(me)
        for pivot in me.ins:
            if pivot.committed or pivot.doomed:
                continue
            pivot.doomed = any(far is me or not (far.committed or far.doomed) for far in pivot.ins)
        self._commits += 1
        me.number = self._commits
        me.committed = True
        me.read_only = not me.wrote
        for out in tuple(me.outs):
            if out.committed:
                me.conflict_out = not me.read_only
                _drop_edge(me, out)
        for reader in tuple(me.ins):
            if reader.committed:
                _drop_edge(reader, me)
        self._finished.append(me)
        self._leave(me)

    def abort(self, me: Access) -> None:
        """Forget a transaction that rolled back."""
        me.doomed = True
        self._release(me)
        self._leave(me)

    def _leave(self, me: Access) -> None:
        del self._active[me]
        oldest = min((access.last_commit_seen for access in self._active), default=NEVER)
        while self._finished and self._finished[0].number <= oldest:
            self._release(self._finished.pop(0))

    def _release(self, access: Access) -> None:
        access.released = True
        for out in tuple(access.outs):
            _drop_edge(access, out)
        for reader in tuple(access.ins):
            _drop_edge(reader, access)
        for place in access.places:
            del place[access]
        access.places.clear()


def _fail_if_doomed(me: Access) -> None:
    if me.doomed:
        raise SerializationFailure(_PIVOT)


def _remember(me: Access, readers: dict[Access, None]) -> None:
    if me not in readers:
        readers[me] = None
        me.places.append(readers)


def _drop_edge(reader: Access, writer: Access) -> None:
    del reader.outs[writer]
    del writer.ins[reader]


def _dangerous(reader: Access, writer: Access) -> bool:
    """Whether the edge reader -> writer completes `in -> pivot -> out` with `out` committed first.

    OnConflict_CheckForSerializationFailure of predicate.c, rule by rule.
    """
    # reader -> writer -> out, where all that is left of `out` is that it committed before writer.
    if writer.committed and writer.conflict_out:
        return True
    # reader -> writer -> out. No danger if the reader or the writer committed before `out`, or
    # if the reader only read, on a snapshot older than `out`.
    for out in writer.outs:
        if (
            out.committed
            and out.number <= reader.number
            and out.number <= writer.number
            and (not reader.read_only or out.number <= reader.last_commit_seen)
        ):
            return True
    # first -> reader -> writer. No danger if `first` committed before the writer, or if it only
    # read, on a snapshot older than the writer's commit.
    return (
        writer.committed
        and not reader.read_only
        and any(
            not first.doomed
            and first.number >= writer.number
            and (not first.read_only or first.last_commit_seen >= writer.number)
            for first in reader.ins
        )
    )
