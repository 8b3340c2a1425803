"""Row versions: what multi-version concurrency control keeps beside the latest committed rows.

A key's versions stand in a list, oldest first. An update ends one version and starts its
successor; a delete only ends one; a put of a missing key starts a new line without predecessor.
Versions of a transaction that rolled back are taken out at once.

Versions exist only for keys that an open transaction has touched, or may still see in an older
state. All other keys are plain entries of `Engine.rows`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.world.database.engine.serializable import Access
    from harness.world.database.engine.transaction import Transaction

NEVER = sys.maxsize
"""The position in the log of what has not been committed: after every snapshot."""


class Version:
    """One version of one row."""

    __slots__ = (
        "created",
        "creator",
        "deleted",
        "deleter",
        "locker",
        "queue",
        "readers",
        "root",
        "successor",
        "value",
    )

    def __init__(self, value: Any, creator: Transaction | None, *, root: bool = True) -> None:
        self.value = value
        # The transaction that made this version; None when it was there before all open ones.
        self.creator = creator
        # Log position of the commit that made it, NEVER while that is open.
        self.created = NEVER if creator is not None else 0
        # The transaction that ended it (invariant: set whenever `deleted` is a position),
        # and the log position of that commit, NEVER while it is open.
        self.deleter: Transaction | None = None
        self.deleted = NEVER
        # The version that an update put in its place; None if it lives or was deleted.
        self.successor: Version | None = None
        # False for the successor of another version (an index finds it through its root).
        self.root = root
        # The open transaction that locked it FOR UPDATE without changing it.
        self.locker: Transaction | None = None
        # Transactions that wait for this version, in order of arrival; the first goes first.
        self.queue: list[Transaction] = []
        # Serializable transactions that read this very version.
        self.readers: dict[Access, None] | None = None

    def visible(self, transaction: Transaction, snapshot: int) -> bool:
        """Whether a statement of `transaction` with this snapshot (a log position) sees it."""
        if self.creator is not transaction and self.created > snapshot:
            return False
        return self.deleter is not transaction and self.deleted > snapshot


def newest_visible(chain: list[Version], transaction: Transaction, snapshot: int) -> Version | None:
    """The version a plain read returns.

    Two can be visible at once from REPEATABLE READ on: a row that another transaction deleted
    after our snapshot, and the row that we put in its place since. The newest is ours.
    """
    for version in reversed(chain):
        if version.visible(transaction, snapshot):
            return version
    return None
