"""Operations on directories that are not durable yet, and in which order they become so.

Two models:

* "none": each operation is durable or not by itself, but for those that share a name: a rename of what
  was made before is not durable unless the making is. It is what POSIX promises.
* "metadata-ordered": they are durable in the order in which they were done, so the first few are or all
  of them. A sync of a file takes along every operation up to the last that concerned it. It is what
  journalling file systems do (ext4, XFS).

In both, an operation is durable whole or not at all, a rename too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import attrs

from harness.world.disk.nodes import DirectoryNode, Node

if TYPE_CHECKING:
    from collections.abc import Iterable

Ordering = Literal["none", "metadata-ordered"]


class Entry(NamedTuple):
    """What an operation did to one name: it leads to `node` now, or to nothing."""

    directory: DirectoryNode
    name: str
    node: Node | None


@attrs.define(eq=False)
class Operation:
    """One operation on directories.

    Attributes:
      label: for a choice. Two that have one label share a name.
      entries: the names that it changed.
      concerns: the files and directories that got or lost a name by it.
      lied: whether an fsync claimed that it is durable.
    """

    label: str
    entries: tuple[Entry, ...]
    concerns: tuple[Node, ...]
    lied: bool = False

    def apply(self) -> None:
        """Make it durable."""
        for directory, name, node in self.entries:
            directory.durable.pop(name, None)
            if node is not None:
                directory.durable[name] = node

    def in_directory(self, directory: DirectoryNode) -> bool:
        """Whether it changed a name in there."""
        return any(entry.directory is directory for entry in self.entries)

    def rests_on(self, earlier: Operation) -> bool:
        """Whether it changed a name that an earlier one had changed."""
        mine = [(entry.directory, entry.name) for entry in self.entries]
        return any((entry.directory, entry.name) in mine for entry in earlier.entries)


class Journal:
    """The operations that are not durable yet, oldest first."""

    def __init__(self, ordering: Ordering) -> None:
        self.ordered = ordering == "metadata-ordered"
        self.pending: list[Operation] = []

    def needed_for(self, directory: DirectoryNode) -> list[Operation]:
        """What a sync of a directory makes durable."""
        return self._with_what_they_need([op for op in self.pending if op.in_directory(directory)])

    def needed_for_file(self, node: Node) -> list[Operation]:
        """What a sync of a file makes durable."""
        if not self.ordered:
            return []
        return self._with_what_they_need([op for op in self.pending if node in op.concerns])

    def sync(self, operations: Iterable[Operation]) -> None:
        """Make these durable; there must be nothing pending that they rest on and that is not of them."""
        done = list(operations)
        for operation in done:
            operation.apply()
        self.pending = [op for op in self.pending if op not in done]

    def in_order(self) -> list[Operation]:
        """All that is pending, in an order that rests on what was done, not on who came first."""
        if self.ordered:
            return list(self.pending)
        left, done = list(self.pending), []
        while left:
            ready = [op for i, op in enumerate(left) if not any(op.rests_on(e) for e in left[:i])]
            first = min(ready, key=lambda op: op.label)
            left.remove(first)
            done.append(first)
        return done

    def _with_what_they_need(self, wanted: list[Operation]) -> list[Operation]:
        if self.ordered:
            last = max((self.pending.index(op) for op in wanted), default=-1)
            return self.pending[: last + 1]
        needed: list[Operation] = []
        for operation in reversed(self.pending):
            if operation in wanted or any(later.rests_on(operation) for later in needed):
                needed.append(operation)
        return needed[::-1]
