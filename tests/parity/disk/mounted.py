"""`unshare -rm python -m tests.parity.disk.mounted`: file systems of our own, read-only and full.

Needs to be allowed to mount something, if only in a namespace of its own. Raises if the simulated
disk answers anything else.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from errno import ENOSPC
from pathlib import Path
from typing import Any

import trio
from hypothesis import given, settings

import harness
from tests.parity.disk.operations import Operation, Outcome, operations, play
from tests.parity.disk.real import RealDisk
from tests.unit.database.worlds import once


def _mount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True)


def _simulated(before: list[Operation], after: list[Operation]) -> list[Outcome]:
    async def body(world: harness.World) -> list[Outcome]:
        disk = world.disk("disk")
        await play(disk, before)
        disk._volume.trouble.read_only = True
        return await play(disk, after)

    outcomes: list[Outcome] = once(body)[0]
    return outcomes


def read_only(folder: Path) -> None:
    """What was done before, and then, read-only, anything: the same errors for the same reasons."""

    @given(before=operations, after=operations)
    @settings(max_examples=300, deadline=None)
    def check(before: list[Operation], after: list[Operation]) -> None:
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        disk = RealDisk(folder)
        trio.run(play, disk, before)
        _mount(folder, "remount,ro")
        try:
            outcomes = trio.run(play, disk, after)
        finally:
            _mount(folder, "remount,rw")
        assert _simulated(before, after) == outcomes

    check()


async def _fill(disk: Any) -> list[object]:
    """Write until there is no room; then what can still be done."""
    seen: list[object] = []
    async with await disk.open("log", "a") as log:
        size, short = 3_000, 0
        while True:
            try:
                written = await log.write(b"x" * size)
            except OSError as error:
                seen.append(error.errno == ENOSPC)
                break
            short += written < size
        seen.append(short <= 1)
    async with await disk.open("log", "r+") as log:
        seen.append(await log.write(b"over"))
    async with await disk.open("empty", "x") as empty:
        try:
            await empty.write(b"x")
        except OSError as error:
            seen.append(error.errno)
    return seen


def full(folder: Path) -> None:
    """A write is cut short once at most, then there is no room; what is there is overwritten."""

    async def body(world: harness.World) -> list[object]:
        disk = world.disk("disk", {"log": b"0123"})
        disk._volume.trouble.full = True
        return await _fill(disk)

    assert once(body)[0] == trio.run(_fill, RealDisk(folder)) == [True, True, 4, ENOSPC]


def main() -> None:
    """Both."""
    with tempfile.TemporaryDirectory() as above:
        for name, options, check in (("ro", "size=1m", read_only), ("full", "size=16k", full)):
            folder = Path(above) / name
            folder.mkdir()
            _mount(folder, options)
            try:
                check(folder)
            finally:
                subprocess.run(["umount", str(folder)], check=True)


if __name__ == "__main__":
    main()
