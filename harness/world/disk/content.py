"""The content of one file: what processes see, what is durable, and what lies between the two.

As in a kernel's page cache: a write changes a page in memory, and what goes to the device later is
the page as it was at some moment. So of several unsynced writes to one block the first few are
durable or all of them, never a later one without an earlier one. Blocks are independent.
"""

from __future__ import annotations

from typing import NamedTuple

import attrs


class Page(NamedTuple):
    """One block of a file as a write left it in memory.

    Fields:
      block: which block of the file.
      image: its content, as far as the file reached then.
      start, stop: the part of it that the write wrote.
    """

    block: int
    image: bytes
    start: int
    stop: int


@attrs.define
class Change:
    """A write or a truncation that is not durable yet.

    Attributes:
      number: counted per file from 1.
      pages: what a write left; none for a truncation.
      size_bytes: what the file was cut (or stretched) to; None for a write.
      lied: whether an fsync claimed that it is durable.
    """

    number: int
    pages: tuple[Page, ...] = ()
    size_bytes: int | None = None
    lied: bool = False

    @property
    def label(self) -> str:
        """For a choice."""
        return f"{'write' if self.size_bytes is None else 'truncation'} {self.number}"


class Content:
    """Bytes in memory and on the device.

    Invariant: without a failed fsync, `durable` with all of `pending` applied is `cached`.

    Attributes:
      cached: what every read sees.
      durable: what is left if everything unsynced is lost.
      pending: what is neither lost nor durable, oldest first.
    """

    def __init__(self, block_bytes: int) -> None:
        self.block_bytes = block_bytes
        self.cached = bytearray()
        self.durable = bytearray()
        self.pending: list[Change] = []
        self._changes = 0

    @property
    def size_bytes(self) -> int:
        """As processes see it."""
        return len(self.cached)

    def write(self, offset: int, data: bytes) -> None:
        """Into memory. What lies between the old end and `offset` is zeros."""
        overlay(self.cached, offset, data)
        self._changes += 1
        size, end = self.block_bytes, offset + len(data)
        pages = []
        for block in range(offset // size, (end - 1) // size + 1):
            first = block * size
            image = bytes(self.cached[first : first + size])
            pages.append(Page(block, image, max(offset - first, 0), min(end - first, size)))
        self.pending.append(Change(self._changes, tuple(pages)))

    def truncate(self, size_bytes: int) -> None:
        """Cut the file, or stretch it with zeros."""
        cut(self.cached, size_bytes)
        self._changes += 1
        self.pending.append(Change(self._changes, size_bytes=size_bytes))

    def sync(self) -> None:
        """Make durable what is pending."""
        for change in self.pending:
            self.apply(self.durable, change)
        self.pending.clear()

    def pretend_to_sync(self) -> None:
        """Say so and do nothing: what is pending is lost if the power goes before a true sync."""
        for change in self.pending:
            change.lied = True

    def forget_dirty_pages(self) -> None:
        """As Linux does when writing back fails: the pages count as clean, and are not durable.

        They are still read, and go to the device with the next write to the same block. Truncations
        are the journal's business, and stay.
        """
        self.pending = [change for change in self.pending if change.size_bytes is not None]

    def restart(self, data: bytearray) -> None:
        """After a power cut: what was found on the device."""
        self.cached, self.durable = data, bytearray(data)
        self.pending.clear()

    def apply(self, data: bytearray, change: Change) -> None:
        """What a change does to what is on the device."""
        if change.size_bytes is not None:
            cut(data, change.size_bytes)
        for page in change.pages:
            overlay(data, page.block * self.block_bytes, page.image)


def overlay(data: bytearray, offset: int, new: bytes) -> None:
    """Write into bytes, with zeros up to where it begins."""
    if offset > len(data):
        data.extend(bytes(offset - len(data)))
    data[offset : offset + len(new)] = new


def cut(data: bytearray, size_bytes: int) -> None:
    """Make bytes that long, with zeros where there was nothing."""
    del data[size_bytes:]
    data.extend(bytes(size_bytes - len(data)))
