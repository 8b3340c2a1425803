"""A small file system that outlives processes: files, directories, and what a power cut leaves.

Every operation is one schedule point and one step. `kill -9` of a process loses nothing: what a
write returned for is in the machine's memory, for all who read. A power cut loses what was not synced.
"""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from harness.errors import DiskMisused, HarnessError, ProcessMisused
from harness.world.disk.handle import File
from harness.world.disk.journal import Ordering
from harness.world.disk.looking import look, look_at_all
from harness.world.disk.modes import MODES, Mode
from harness.world.disk.tree import parts
from harness.world.disk.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.kernel import Engine
    from harness.world.disk.power import Decide
    from harness.world.disk.trouble import Faults

Path: TypeAlias = str | PurePath
Unsynced = Literal["any", "faults", "lost", "kept"]


class Disk:
    """The disk of a machine: a tree of files. Made by `World.disk`.

    Paths begin at its root: `log` and `/log` are the same. The processes that use it run on the
    machine that it belongs to.

    Args:
      files: what is on it at the start, durable: bytes by path. Directories are made.
      ordering: what of operations on directories is durable after a power cut that nobody synced:
        "none" (each by itself, as POSIX allows) or "metadata-ordered" (the first few, and a sync of
        a file takes along what came before: as journalling file systems do).
      block_bytes: what is written back whole or not at all.

    Raises:
      DiskMisused: one of these is none that there is.
    """

    def __init__(
        self,
        run: Engine,
        faults: Faults,
        name: str,
        files: Mapping[str, bytes] | None = None,
        *,
        ordering: Ordering = "none",
        block_bytes: int = 4096,
    ) -> None:
        self.name = name
        self._run = run
        self._faults = faults
        self._one_of(get_args(Ordering), "ordering", ordering)
        if block_bytes < 1:
            raise self._refuse(DiskMisused(name, f"block_bytes={block_bytes}", "say at least 1"))
        self._volume = Volume(run, faults, name, ordering=ordering, block_bytes=block_bytes)
        for path, data in (files or {}).items():
            self._volume.furnish(self._text(path), data)
        self._offer_power_loss()

    def __repr__(self) -> str:
        return f"<disk {self.name}>"

    # ---- files ---------------------------------------------------------------------------------

    async def open(self, path: Path, mode: str = "r") -> File:
        """Open a file, as `open(path, mode, buffering=0)` does with a binary mode.

        Args:
          path: of the file.
          mode: "r", "w" (made, or cut to nothing), "a" (made; all writes go to the end) or "x" (made;
            it must not exist), each also with "+" for reading and writing. A "b" may stand in it.

        Raises:
          OSError: ENOENT, EEXIST, EISDIR, ENOTDIR; EIO, EROFS.
          DiskMisused: there is no such mode.
        """
        self._one_of([*MODES], "mode", plain := mode.replace("b", "", 1))
        file: File = await self._volume.step(
            f"open {path}", self._open, self._text(path), MODES[plain]
        )
        return file

    async def read_bytes(self, path: Path) -> bytes:
        """Open, read all, close: two steps."""
        async with await self.open(path) as file:
            return await file.read()

    async def write_bytes(self, path: Path, data: bytes) -> int:
        """Open for writing, write, close: two steps, and nothing of it durable."""
        async with await self.open(path, "w") as file:
            return await file.write(data)

    # ---- names ---------------------------------------------------------------------------------

    async def rename(self, old: Path, new: Path) -> None:
        """Give a file or directory another name; what had that name is gone, in the same moment.

        Raises:
          OSError: ENOENT, ENOTDIR, EISDIR, ENOTEMPTY, EINVAL (into itself), EBUSY (the root); EIO, EROFS.
        """
        await self._act(f"rename {old} to {new}", self._volume.tree.rename, old, new)

    async def link(self, old: Path, new: Path) -> None:
        """Give a file a second name.

        Raises:
          OSError: ENOENT, ENOTDIR, EEXIST, EPERM (a directory); EIO, EROFS.
        """
        await self._act(f"link {old} to {new}", self._volume.tree.link, old, new)

    async def unlink(self, path: Path) -> None:
        """Take a file's name away; who has it open goes on using it.

        Raises:
          OSError: ENOENT, ENOTDIR, EISDIR; EIO, EROFS.
        """
        await self._act(f"unlink {path}", self._volume.tree.unlink, path)

    async def mkdir(self, path: Path) -> None:
        """Make a directory.

        Raises:
          OSError: EEXIST, ENOENT, ENOTDIR; EIO, ENOSPC, EROFS.
        """
        await self._act(f"mkdir {path}", self._volume.tree.mkdir, path)

    async def rmdir(self, path: Path) -> None:
        """Take an empty directory away.

        Raises:
          OSError: ENOENT, ENOTDIR, ENOTEMPTY, EBUSY (the root); EIO, EROFS.
        """
        await self._act(f"rmdir {path}", self._volume.tree.rmdir, path)

    async def listdir(self, path: Path = "/") -> list[str]:
        """The names in a directory, sorted.

        Raises:
          OSError: ENOENT, ENOTDIR; EIO.
        """
        names: list[str] = await self._act(f"list {path}", self._volume.tree.listdir, path)
        return names

    async def exists(self, path: Path) -> bool:
        """Whether there is anything of that name."""
        return bool(await self._act(f"look for {path}", self._volume.tree.exists, path))

    # ---- durability ----------------------------------------------------------------------------

    async def fsync_directory(self, path: Path = "/") -> None:
        """Make durable which names are in a directory and what they lead to, not what is in the files.

        Raises:
          OSError: ENOENT, ENOTDIR, EROFS.
        """
        await self._act(f"fsync {path}", self._volume.sync_directory, path)

    async def sync(self) -> None:
        """Make everything durable, as the command `sync` does. No fault strikes it."""
        await self._volume.step("sync", self._volume.sync)

    def power_loss(self, *, unsynced: Unsynced = "any") -> None:
        """Cut the machine's power, now, and put it on again. Every process that uses the disk dies.

        Args:
          unsynced: what becomes of what was not synced: "any" (the search decides, among all states
            that the model allows), "faults" (kept, but for what the budgets of `lost_write` and
            `torn_write` allow), "lost" or "kept" (all of it).

        Raises:
          ProcessMisused: a process that uses the disk calls it.
          DiskMisused: there is no such `unsynced`.
        """
        if self._run.closing:
            return
        self._one_of(get_args(Unsynced), "unsynced", unsynced)
        caller = self._run.process
        if caller is not None and caller.index in self._volume.users:
            instead = "use `disk.power_loss()` in the scenario's main, or in a process of its own"
            raise self._refuse(ProcessMisused(caller.label, "cut its own power", instead))
        self._lose_power(unsynced)

    def make_room(self) -> None:
        """After the fault "full": there is room again."""
        if not self._run.closing:
            self._volume.trouble.mended("full")

    def remount(self) -> None:
        """After the fault "read_only": it can be written to again."""
        if not self._run.closing:
            self._volume.trouble.mended("read only")

    def _offer_power_loss(self) -> None:
        self._faults.offer("power_loss", self.name, self._struck_by_power_loss)

    def _struck_by_power_loss(self) -> None:
        self._lose_power("faults")
        self._offer_power_loss()

    def _lose_power(self, unsynced: Unsynced) -> None:
        loss = self._volume.lose_power(self._deciding(unsynced))
        text = f"power loss of {self.name}: of what was not synced, {loss.lost} lost"
        self._run.note(f"{text}, {loss.torn} torn", "kill")

    def _deciding(self, unsynced: Unsynced) -> Decide:
        def decide(kind: str, what: str, options: Sequence[str]) -> int:
            if unsynced == "any":
                return self._run.choose(f"{self.name} without power: {what}", options)
            if unsynced == "faults":
                return self._faults.choose(kind, f"{self.name}: {what}", options)
            return len(options) - 1 if unsynced == "lost" and kind == "lost_write" else 0

        return decide

    # ---- looking on ----------------------------------------------------------------------------

    def peek(self, path: Path) -> bytes | None:
        """What processes would read there; None if there is no such file. For properties: no step."""
        data, labels = look(self._volume.tree.root, parts(self._text(path)))
        self._peeked(labels)
        return data

    def peek_all(self) -> dict[str, bytes | None]:
        """Every path, sorted, with a file's bytes, None for a directory. For properties: no step."""
        found, labels = look_at_all(self._volume.tree.root)
        self._peeked(labels)
        return found

    def _peeked(self, labels: list[str]) -> None:
        """It is in the footprint of the property that asks, or of the current step."""
        self._run.peeked(self._volume.footprint.power, *labels)

    # ---- at the door ---------------------------------------------------------------------------

    async def _act(self, what: str, call: Callable[..., Any], *paths: Path) -> Any:
        return await self._volume.step(what, call, *(self._text(path) for path in paths))

    def _open(self, path: str, mode: Mode) -> File:
        volume = self._volume
        node = volume.tree.open(path, mode)
        offset = 0
        if mode.cuts:
            volume.truncate(node, 0)
        elif mode.appends:
            volume.footprint.read_content(node)
            offset = node.content.size_bytes
        return File(volume, node, path, mode, offset)

    def _text(self, path: Path) -> str:
        text = os.fspath(path)
        if ".." in parts(text) or "\0" in text:
            instead = "go from the root, without `..`"
            raise self._refuse(DiskMisused(self.name, f"the path {text!r}", instead))
        return text

    def _one_of(self, known: Sequence[str], option: str, value: str) -> None:
        if value not in known:
            instead = f"say one of {', '.join(known)}"
            raise self._refuse(DiskMisused(self.name, f"{option}={value!r}", instead))

    def _refuse(self, error: HarnessError) -> HarnessError:
        """`error`, noted on the run too, because code under test may swallow what is raised in it."""
        self._run.broken = error
        return error
