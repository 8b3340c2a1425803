"""The write-ahead log: one record a commit, in commit order, numbered without gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Hashable

Change: TypeAlias = tuple["Hashable", Any]
"""A key and its new value; None as the value deletes the row."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """What one commit changed.

    Attributes:
        lsn: its number (log sequence number); the first commit of a fresh database has 1.
        changes: each changed key once, with its value after the commit (None: deleted).
    """

    lsn: int
    changes: tuple[Change, ...]


class Log:
    """Committed changes since `start`; those up to `flushed` survive a crash."""

    __slots__ = ("_entries", "_flushed", "start", "synchronous")

    def __init__(self, start: int, *, synchronous: bool) -> None:
        self.start = start
        # With synchronous commits nothing is ever unflushed, and `_flushed` is not kept up.
        self.synchronous = synchronous
        self._flushed = start
        # Invariant: _entries[i] are the changes of record start + 1 + i.
        self._entries: list[tuple[Change, ...]] = []

    @property
    def end(self) -> int:
        """The number of the newest record."""
        return self.start + len(self._entries)

    @property
    def flushed(self) -> int:
        """The number of the newest record that a crash leaves."""
        return self.end if self.synchronous else self._flushed

    def append(self, changes: tuple[Change, ...]) -> None:
        """Add the changes of one commit."""
        self._entries.append(changes)

    def flush(self) -> None:
        """Make everything so far durable."""
        self._flushed = self.end

    def set_synchronous(self, *, synchronous: bool) -> None:
        """Say whether commits flush themselves from now on."""
        self._flushed = self.flushed
        self.synchronous = synchronous

    def since(self, lsn: int) -> list[Record]:
        """The durable records after number `lsn`; what is not flushed is sent to nobody."""
        assert self.start <= lsn <= self.end
        return [
            Record(number, self._entries[number - self.start - 1])
            for number in range(lsn + 1, self.flushed + 1)
        ]

    def lose_unflushed(self) -> int:
        """Forget what a power cut takes. Returns how many records that were."""
        kept = self.flushed - self.start
        lost = len(self._entries) - kept
        del self._entries[kept:]
        return lost

    def replay(self, rows: dict[Hashable, Any]) -> None:
        """Apply every record to `rows`."""
        for changes in self._entries:
            apply_changes(rows, changes)


def apply_changes(rows: dict[Hashable, Any], changes: tuple[Change, ...]) -> None:
    """Apply the changes of one commit to `rows`."""
    for key, value in changes:
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value
