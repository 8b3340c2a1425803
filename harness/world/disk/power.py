"""What is found on the disk when the power comes back: one of the states that the model allows.

What was synced is there. Of the rest, each write and each operation on a directory is asked for: kept
(the default), lost, or, for a write, torn. What rests on something lost is lost with it, unasked:

* a later write to the same block, since what is written back is the whole block;
* everything done to a file after a truncation of it;
* operations on directories as the ordering says: see `journal`.

Blocks of one file, files, and directories are independent of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs

from harness.world.disk.content import Change, Content, Page, overlay
from harness.world.disk.nodes import DirectoryNode, FileNode

if TYPE_CHECKING:
    from harness.world.disk.journal import Journal, Operation

Decide: TypeAlias = Callable[[str, str, Sequence[str]], int]
"""Picks an option of one kind of fault ("lost_write", "torn_write"); 0 is that nothing is lost."""


@attrs.define
class Loss:
    """What a power cut took.

    Attributes:
      lost, torn: how many writes and operations on directories.
    """

    lost: int = 0
    torn: int = 0


def cut_power(root: DirectoryNode, journal: Journal, decide: Decide) -> Loss:
    """Bring everything into the state in which it is found again."""
    loss = Loss()
    _decide_operations(journal, decide, loss)
    journal.pending.clear()
    for path, node in _found(root):
        if isinstance(node, DirectoryNode):
            node.entries = dict(node.durable)
        else:
            node.content.restart(_Recovery(node.content, path, decide, loss).found())
    return loss


def _found(root: DirectoryNode) -> Iterator[tuple[str, DirectoryNode | FileNode]]:
    """What names lead to after the cut, each once, by path: whoever made what first."""
    seen: list[DirectoryNode | FileNode] = []
    todo: list[tuple[str, DirectoryNode | FileNode]] = [("", root)]
    while todo:
        path, node = todo.pop(0)
        if node in seen:
            continue
        seen.append(node)
        yield path, node
        if isinstance(node, DirectoryNode):
            todo += [(f"{path}/{name}", node.durable[name]) for name in sorted(node.durable)]


# ---- directories ---------------------------------------------------------------------------------


def _decide_operations(journal: Journal, decide: Decide, loss: Loss) -> None:
    operations = journal.in_order()
    lost = _lost_from_the_end if journal.ordered else _lost_one_by_one
    gone = lost(operations, decide)
    loss.lost += len(gone)
    for operation in operations:
        if operation not in gone:
            operation.apply()


def _lost_from_the_end(operations: list[Operation], decide: Decide) -> list[Operation]:
    """Metadata is ordered: the first few are kept."""
    lies = [place for place, operation in enumerate(operations) if operation.lied]
    left = operations[: min(lies)] if lies else operations
    if left:
        options = ["all kept", *(f"{count} lost" for count in range(1, len(left) + 1))]
        count = decide("lost_write", "operations on directories", options)
        left = left[: len(left) - count]
    return operations[len(left) :]


def _lost_one_by_one(operations: list[Operation], decide: Decide) -> list[Operation]:
    gone: list[Operation] = []
    for operation in operations:
        if (
            operation.lied
            or any(operation.rests_on(lost) for lost in gone)
            or decide("lost_write", operation.label, ("kept", "lost"))
        ):
            gone.append(operation)
    return gone


# ---- files ---------------------------------------------------------------------------------------


class _Recovery:
    """What is found of one file, change by change, oldest first."""

    def __init__(self, content: Content, path: str, decide: Decide, loss: Loss) -> None:
        self._content = content
        self._path = path
        self._decide = decide
        self._loss = loss
        self._data = bytearray(content.durable)
        #: Blocks that lack a write: no later one can be in them.
        self._stale: list[int] = []

    def found(self) -> bytearray:
        """The bytes."""
        pending = self._content.pending
        for place, change in enumerate(pending):
            if change.size_bytes is None:
                self._add_write(change)
            elif not self._add_truncation(change, change.size_bytes):
                self._loss.lost += len(pending) - place
                break
        return self._data

    def _add_truncation(self, change: Change, size_bytes: int) -> bool:
        if self._is_lost(change):
            return False
        self._content.apply(self._data, change)
        block_bytes = self._content.block_bytes
        self._stale = [block for block in self._stale if block * block_bytes < size_bytes]
        return True

    def _add_write(self, change: Change) -> None:
        pages = [page for page in change.pages if page.block not in self._stale]
        kept = [] if not pages or self._is_lost(change) else self._kept(change, pages)
        for page in kept:
            overlay(self._data, page.block * self._content.block_bytes, page.image)
        whole = [page.block for page in kept if page in pages]
        self._stale += [page.block for page in pages if page.block not in whole]
        self._loss.lost += not kept
        self._loss.torn += bool(kept) and len(whole) < len(change.pages)

    def _is_lost(self, change: Change) -> bool:
        label = f"{change.label} of {self._path}"
        return change.lied or self._decide("lost_write", label, ("kept", "lost")) == 1

    def _kept(self, change: Change, pages: list[Page]) -> list[Page]:
        tears = _tears(pages) if len(pages) > 1 else self._tears_of(pages[0])
        if not tears:
            return pages
        options = ["whole", *(f"torn: {text}" for text in tears)]
        picked = self._decide("torn_write", f"{change.label} of {self._path}", options)
        return pages if picked == 0 else list(tears.values())[picked - 1]

    def _tears_of(self, page: Page) -> dict[str, list[Page]]:
        """The ways in which a write within one block is found in part."""
        length = page.stop - page.start
        tears: dict[str, list[Page]] = {}
        if length > 1:
            half = page.image[: page.start + length // 2]
            tears[f"first {length // 2} of {length} bytes"] = [page._replace(image=half)]
        if page.block * self._content.block_bytes + page.stop > len(self._data):
            zeros = page.image[: page.start] + bytes(length)
            tears[f"{length} zeros"] = [page._replace(image=zeros)]
        return tears


def _tears(pages: list[Page]) -> dict[str, list[Page]]:
    """The ways in which some blocks of a write are found and others are not."""
    total = len(pages)
    tears: dict[str, list[Page]] = {}
    for count in dict.fromkeys((1, total // 2, total - 1)):
        tears[f"first {count} of {total} blocks"] = pages[:count]
        tears[f"last {count} of {total} blocks"] = pages[-count:]
    return tears
