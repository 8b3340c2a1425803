"""A directory of this machine with the verbs of a simulated disk."""

# ruff: noqa: ASYNC240, PTH102, PTH104, PTH106, PTH108, PTH123, PTH208  # what is compared are the system calls, under their own names
from __future__ import annotations

import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Self, TypeVar

T = TypeVar("T")


class RealFile:
    """A file of Python's, and the system calls that it does not offer."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    async def read(self, size: int = -1) -> bytes:
        """`read`, again and again where all is wanted."""
        if size >= 0:
            return os.read(self._file.fileno(), size)
        parts: list[bytes] = []
        while not parts or parts[-1]:
            parts.append(os.read(self._file.fileno(), 4096))
        return b"".join(parts)

    async def pread(self, size: int, offset: int) -> bytes:
        """The system call."""
        return os.pread(self._file.fileno(), size, offset)

    async def write(self, data: bytes) -> int:
        """The system call."""
        return os.write(self._file.fileno(), data)

    async def pwrite(self, data: bytes, offset: int) -> int:
        """The system call."""
        return os.pwrite(self._file.fileno(), data, offset)

    async def truncate(self, size: int | None = None) -> int:
        """`ftruncate`; here, by default, as Python's files do."""
        if size is None:
            size = os.lseek(self._file.fileno(), 0, os.SEEK_CUR)
        os.ftruncate(self._file.fileno(), size)
        return size

    async def size(self) -> int:
        """From `fstat`."""
        return os.fstat(self._file.fileno()).st_size

    async def fsync(self) -> None:
        """The system call."""
        os.fsync(self._file.fileno())

    def seek(self, offset: int) -> int:
        """From the beginning."""
        return os.lseek(self._file.fileno(), offset, os.SEEK_SET)

    def tell(self) -> int:
        """Where one is."""
        return os.lseek(self._file.fileno(), 0, os.SEEK_CUR)

    def close(self) -> None:
        """Python's: once is enough."""
        self._file.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


class RealDisk:
    """A directory as the root of a file system. Errors name paths as they were given."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._given: dict[str | None, str] = {}

    async def open(self, path: str, mode: str) -> RealFile:
        """Python's, unbuffered."""
        mode = mode if "b" in mode else f"{mode}b"
        return self._named(lambda: RealFile(open(self._at(path), mode, buffering=0)))  # type: ignore[arg-type]

    async def read_bytes(self, path: str) -> bytes:
        """Open, read, close."""
        return self._named(lambda: Path(self._at(path)).read_bytes())

    async def write_bytes(self, path: str, data: bytes) -> int:
        """Open, write, close."""
        return self._named(lambda: Path(self._at(path)).write_bytes(data))

    async def rename(self, old: str, new: str) -> None:
        """The system call."""
        self._named(lambda: os.rename(self._at(old), self._at(new)))

    async def link(self, old: str, new: str) -> None:
        """The system call."""
        self._named(lambda: os.link(self._at(old), self._at(new)))

    async def unlink(self, path: str) -> None:
        """The system call."""
        self._named(lambda: os.unlink(self._at(path)))

    async def mkdir(self, path: str) -> None:
        """The system call."""
        self._named(lambda: os.mkdir(self._at(path)))

    async def rmdir(self, path: str) -> None:
        """The system call."""
        self._named(lambda: os.rmdir(self._at(path)))

    async def listdir(self, path: str) -> list[str]:
        """In no order, so in ours."""
        return self._named(lambda: sorted(os.listdir(self._at(path))))

    async def exists(self, path: str) -> bool:
        """Python's."""
        return os.path.lexists(self._at(path))

    async def fsync_directory(self, path: str) -> None:
        """Open it as a directory, fsync."""
        descriptor = self._named(lambda: os.open(self._at(path), os.O_RDONLY | os.O_DIRECTORY))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def tree(self) -> dict[str, bytes | None]:
        """Everything that is there, as `Disk.peek_all` shows it."""
        found: dict[str, bytes | None] = {}
        for path in sorted(self._root.rglob("*")):
            name = f"/{path.relative_to(self._root)}"
            found[name] = None if path.is_dir() else path.read_bytes()
        return dict(sorted(found.items()))

    def _at(self, path: str) -> str:
        place = f"{self._root}/{path.strip('/')}".rstrip("/")
        self._given[place] = path
        return place

    def _named(self, call: Callable[[], T]) -> T:
        """Paths in errors without where the directory happens to be."""
        try:
            return call()
        except OSError as error:
            error.filename = self._given.get(error.filename)
            error.filename2 = self._given.get(error.filename2)
            raise
