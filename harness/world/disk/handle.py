"""An open file of one process, as `open(path, mode, buffering=0)` of Python gives it."""

from __future__ import annotations

from errno import EBADF, EINVAL, EIO
from typing import TYPE_CHECKING, Self

from harness.errors import ProcessMisused
from harness.world.disk.failures import failure

if TYPE_CHECKING:
    from types import TracebackType

    from harness.kernel import KernelProcess
    from harness.world.disk.modes import Mode
    from harness.world.disk.nodes import FileNode
    from harness.world.disk.volume import Volume


class File:
    """An open file. Each `await` of its methods is one step, in which all of it happens.

    Made by `Disk.open`; belongs to the process that opened it, and ends with it. Nothing is buffered
    in the process: what `write` returned for, a kill of the process does not take back.

    Raises:
      OSError: what the operating system would report: EBADF (the mode does not allow it), EINVAL,
        EIO, ENOSPC, EROFS.
      ValueError: it was closed.

    Attributes:
      path: what it was opened as.
    """

    def __init__(self, volume: Volume, node: FileNode, path: str, mode: Mode, offset: int) -> None:
        self.path = path
        self._volume = volume
        self._node = node
        self._mode = mode
        self._offset = offset
        self._owner: KernelProcess | None = volume.run.process
        self._boot = volume.boot
        self._closed = False

    def __repr__(self) -> str:
        return f"<file {self.path} of disk {self._volume.name}>"

    # ---- bytes ---------------------------------------------------------------------------------

    async def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes from where one is; without it, all that follow. None are left: b""."""
        data: bytes = await self._volume.step(f"read {self.path}", self._read, size)
        return data

    async def pread(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        data: bytes = await self._volume.step(f"read {self.path}", self._pread, size, offset)
        return data

    async def write(self, data: bytes) -> int:
        """Write where one is, or at the end if the file was opened for appending.

        Returns:
          How many bytes were written: less than all if there was no room for more.
        """
        return int(await self._volume.step(f"write {self.path}", self._write, bytes(data)))

    async def pwrite(self, data: bytes, offset: int) -> int:
        """Write at `offset`; as in Linux, at the end if the file was opened for appending."""
        return int(await self._volume.step(f"write {self.path}", self._pwrite, bytes(data), offset))

    async def truncate(self, size: int | None = None) -> int:
        """Cut the file to `size` bytes (where one is, by default), or stretch it with zeros."""
        size = self._offset if size is None else size
        await self._volume.step(f"truncate {self.path}", self._truncate, size)
        return size

    async def size(self) -> int:
        """How long the file is, in bytes."""
        return int(await self._volume.step(f"size of {self.path}", self._size))

    async def fsync(self) -> None:
        """Make what is in the file durable. Its name is another matter: see `Disk.fsync_directory`."""
        await self._volume.step(f"fsync {self.path}", self._fsync)

    # ---- where one is, and the end: no steps, since nobody else can tell ----------------------------

    def seek(self, offset: int) -> int:
        """Go to `offset`, from the beginning."""
        self._check()
        if offset < 0:
            raise failure(EINVAL)
        self._offset = offset
        return offset

    def tell(self) -> int:
        """Where one is."""
        self._check()
        return self._offset

    def close(self) -> None:
        """Close it; once is enough. It makes nothing durable."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ---- in one step ---------------------------------------------------------------------------

    def _check(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file.")
        run = self._volume.run
        if run.process is not self._owner and not run.closing:
            mine = "main" if self._owner is None else self._owner.label
            user = "main" if run.process is None else run.process.label
            run.broken = ProcessMisused(
                user, f"use a file that {mine} opened", "open it there, too"
            )
            raise run.broken
        if self._boot != self._volume.boot:
            raise failure(EIO)

    def _may_read(self) -> None:
        self._check()
        if not self._mode.reads:
            raise failure(EBADF)

    def _read(self, size: int) -> bytes:
        self._may_read()
        data = self._bytes(size, self._offset)
        self._offset += len(data)
        return data

    def _pread(self, size: int, offset: int) -> bytes:
        self._check()
        if size < 0 or offset < 0:
            raise failure(EINVAL)
        self._may_read()
        return self._bytes(size, offset)

    def _bytes(self, size: int, offset: int) -> bytes:
        self._volume.footprint.read_content(self._node)
        self._volume.trouble.reading(f"read {self.path}")
        cached = self._node.content.cached
        return bytes(cached[offset:] if size < 0 else cached[offset : offset + size])

    def _write(self, data: bytes) -> int:
        offset = self._node.content.size_bytes if self._mode.appends else self._offset
        count = self._pwrite(data, offset)
        if count:
            self._offset = offset + count
        return count

    def _pwrite(self, data: bytes, offset: int) -> int:
        self._check()
        if offset < 0:
            raise failure(EINVAL)
        if not self._mode.writes:
            raise failure(EBADF)
        if not data:
            return 0
        content = self._node.content
        if self._mode.appends:
            offset = content.size_bytes
        self._volume.trouble.changing(f"write {self.path}")
        data = data[: self._room(offset, len(data))]
        content.write(offset, data)
        self._volume.footprint.wrote_content(self._node)
        return len(data)

    def _room(self, offset: int, length: int) -> int:
        """How many of the bytes find room: those that lie within the file already do."""
        growth = min(length, max(0, offset + length - self._node.content.size_bytes))
        if growth == 0:
            return length
        try:
            return length - growth + self._volume.trouble.room(f"write {self.path}", growth)
        except OSError:
            if growth == length:
                raise
            return length - growth

    def _truncate(self, size: int) -> None:
        self._check()
        if size < 0 or not self._mode.writes:
            raise failure(EINVAL)
        self._volume.trouble.changing(f"truncate {self.path}")
        self._volume.truncate(self._node, size)

    def _size(self) -> int:
        self._check()
        self._volume.footprint.read_content(self._node)
        return self._node.content.size_bytes

    def _fsync(self) -> None:
        self._check()
        self._volume.sync_file(self._node, self.path)
