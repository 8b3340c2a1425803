"""Small random programs on one disk, for a reduction to be held against brute force."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import trio

import harness
from harness.world.disk import Disk
from tests.quality.outcomes import keep, see

PATHS = ("a", "b", "d/a", "d/b")


async def _open_and(disk: Disk, path: str, mode: str, verb: str, *arguments: Any) -> object:
    async with await disk.open(path, mode) as file:
        return await getattr(file, verb)(*arguments)


Step = Callable[[Disk, random.Random], Awaitable[object]]

#: Few verbs on few names, so that they meet.
STEPS: dict[str, Step] = {
    "append": lambda disk, r: _open_and(disk, r.choice(PATHS), "a", "write", b"xy"),
    "overwrite": lambda disk, r: _open_and(disk, r.choice(PATHS), "r+", "write", b"z"),
    "read": lambda disk, r: disk.read_bytes(r.choice(PATHS)),
    "make": lambda disk, r: disk.open(r.choice(PATHS), "x"),
    "cut": lambda disk, r: disk.open(r.choice(PATHS), "w"),
    "sync": lambda disk, r: _open_and(disk, r.choice(PATHS), "r", "fsync"),
    "rename": lambda disk, r: disk.rename(r.choice(PATHS), r.choice(PATHS)),
    "link": lambda disk, r: disk.link(r.choice(PATHS), r.choice(PATHS)),
    "unlink": lambda disk, r: disk.unlink(r.choice(PATHS)),
    "list": lambda disk, r: disk.listdir(r.choice(("/", "d"))),
    "rmdir": lambda disk, r: disk.rmdir("d"),
    "move": lambda disk, r: disk.rename("d", "e"),
    "sync names": lambda disk, r: disk.fsync_directory(r.choice(("/", "d"))),
}


@attrs.frozen
class Program:
    """Tasks that do things to one disk.

    Attributes:
      seed: what their arguments are drawn from.
      tasks: the verbs of each.
      cut: whether the power is cut at some moment.
      options: of the disk.
    """

    seed: int
    tasks: tuple[tuple[str, ...], ...]
    cut: bool
    options: dict[str, Any]

    async def body(self, world: harness.World) -> None:
        """The scenario."""
        files = {"a": b"1", "d/a": b"2"}
        disk = world.disk("disk", files, block_bytes=2, **self.options)
        keep(disk)
        async with trio.open_nursery() as nursery:
            for number, verbs in enumerate(self.tasks):
                nursery.start_soon(self._task, disk, number, verbs, name=f"task {number}")
            if self.cut:
                nursery.start_soon(self._cut, disk, name="cut")

    async def _task(self, disk: Disk, number: int, verbs: tuple[str, ...]) -> None:
        draw = random.Random(f"{self.seed}/{number}")
        for verb in verbs:
            try:
                see(await STEPS[verb](disk, draw))
            except OSError as error:
                see(error)

    async def _cut(self, disk: Disk) -> None:
        await trio.lowlevel.checkpoint()
        disk.power_loss()


def random_program(seed: int, *, cut: bool) -> Program:
    """One of two or three tasks with a few verbs each."""
    draw = random.Random(seed)
    tasks = draw.choice((2, 2, 3)) if not cut else draw.choice((1, 2))
    most = 4 - tasks if cut else 5 - tasks
    verbs = [*STEPS]
    ordering = draw.choice(("none", "metadata-ordered"))
    return Program(
        seed,
        tuple(tuple(draw.choices(verbs, k=draw.randint(1, most))) for _ in range(tasks)),
        cut,
        {"ordering": ordering},
    )
