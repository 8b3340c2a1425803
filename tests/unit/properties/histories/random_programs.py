"""Small random programs whose tasks share a cell and a copy of it, and record what they do to them."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import trio

import harness

#: What a task may do. The copy is not always up to date, so some runs are not linearizable.
DEEDS = (
    *("write 1", "write 1", "write 2", "read", "read copy", "read copy", "read copy"),
    *("copy", "write both", "slow read", "read twice"),
)

Body = Callable[[harness.World], Awaitable[None]]


class Shared:
    """What the tasks of one run share."""

    def __init__(self, world: harness.World, spec: Any) -> None:
        self.cell = harness.Cell(0, name="cell")
        self.copy = harness.Cell(0, name="copy")
        self.history: Any = world.history("h", spec=spec)
        self.keyed = isinstance(spec, harness.histories.KeyValue)

    async def do(self, deed: str) -> None:
        """One of `DEEDS`."""
        match deed.split():
            case "write", "both":
                with self._operation("write", 3):
                    await self.cell.write(3)
                    await self.copy.write(3)
            case "write", value:
                with self._operation("write", int(value)):
                    await self.cell.write(int(value))
            case "read", "copy":
                with self._operation("read") as operation:
                    operation.returns(await self.copy.read())
            case "read", "twice":
                with self._operation("read") as operation:
                    await self.copy.read()
                    operation.returns(await self.cell.read())
            case "slow", _:
                with self._operation("read") as operation:
                    seen = self.cell.get()
                    await trio.lowlevel.checkpoint()
                    operation.returns(seen)
            case ("copy",):
                await self.copy.write(await self.cell.read())
            case _:
                with self._operation("read") as operation:
                    operation.returns(await self.cell.read())

    def _operation(self, name: str, *arguments: Any) -> Any:
        if self.keyed:
            name = {"read": "get", "write": "put"}[name]
            return self.history.operation(name, "k", *arguments)
        return self.history.operation(name, *arguments)


def random_program(seed: object) -> tuple[str, Body]:
    """A program in words, and its body."""
    draw = random.Random(f"history {seed}")
    kind = draw.choice(("tasks", "tasks", "killed", "cancelled"))
    tasks = [draw.choices(DEEDS, k=draw.randint(1, 2)) for _ in range(2)]
    if kind == "tasks" and draw.random() < 0.3:
        tasks.append(draw.choices(DEEDS))
    spec = draw.choice((harness.histories.Register(0), harness.histories.KeyValue({"k": 0})))
    return f"{kind}: {tasks} on a {type(spec).__name__}", program(tasks, kind, spec)


def program(tasks: list[list[str]], kind: str, spec: Any) -> Body:
    """A program; the first task is one that is killed or cancelled, by kind."""

    async def body(world: harness.World) -> None:
        shared = Shared(world, spec)

        async def task(deeds: list[str]) -> None:
            for deed in deeds:
                await shared.do(deed)

        scope = trio.CancelScope()
        if kind == "killed":
            process = world.start(task, tasks[0], name="first")
        async with trio.open_nursery() as nursery:
            for number, deeds in enumerate(tasks):
                if number or kind == "tasks":
                    nursery.start_soon(task, deeds)
            if kind == "cancelled":
                nursery.start_soon(_within, scope, task, tasks[0])
                nursery.start_soon(_later, scope.cancel)
            elif kind == "killed":
                nursery.start_soon(_later, process.kill)

    return body


async def _within(scope: trio.CancelScope, task: Any, deeds: list[str]) -> None:
    with scope:
        await task(deeds)


async def _later(act: Callable[[], object]) -> None:
    await trio.lowlevel.checkpoint()
    act()
