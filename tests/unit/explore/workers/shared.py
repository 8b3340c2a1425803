"""Scenarios that workers import by their names."""

from __future__ import annotations

import faulthandler
import sys
from itertools import repeat

import trio

import harness


@harness.scenario(fixes=["atomic"], fairness="none", faults={"kill": 1})
async def visitors(world: harness.World) -> None:
    """Two services count in one row; a corrupt count is used now and then, and a wrong one found."""
    db = world.database("counter", {"n": 0})
    count = db.critical("n", valid=lambda old, new: new > old)

    async def visit() -> None:
        before = await db.get("n")
        await db.put("n", before + (1 if world.choose("luck", ["good", "bad"]) == "good" else -1))
        if before and not world.fix("atomic"):
            count.irreversible("bill", cost=before + 5)

    services = [world.start(visit, name=str(n)) for n in range(2)]
    for service in services:
        await service.wait()
    world.sometimes("both", reached=abs(db.peek("n")) == 2)
    assert world.fix("atomic") or db.peek("n") != -2, "both had bad luck, one after the other"


@harness.scenario(fixes=["once"], fairness="none", params={"tasks": 3})
async def writers(world: harness.World) -> None:
    """Tasks write twice each; the first of them writes last in a third of the classes."""
    cell = harness.Cell(0)

    async def write(number: int) -> None:
        await cell.write(number)
        if not world.fix("once"):
            await cell.write(number)

    async with trio.open_nursery() as nursery:
        for number in range(world.params["tasks"]):
            nursery.start_soon(write, number)
    assert world.fix("once") or cell.get() != 0, "the first was the last"


@harness.scenario(fairness="none", params={"how": "crash"})
async def deadly(world: harness.World) -> None:
    """One order in twenty kills whoever makes it, or takes for ever."""
    order: list[int] = []

    async def task(who: int) -> None:
        for step in range(3):
            if step:
                await trio.lowlevel.checkpoint()
            order.append(who)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(task, 0)
        nursery.start_soon(task, 1)
    if order == [1, 0, 1, 0, 0, 1]:
        if world.params["how"] == "crash":
            faulthandler._sigsegv()  # type: ignore[attr-defined]  # as C code may
        sum(repeat(0, 10**12))  # nothing interrupts this


@harness.scenario(fairness="none")
async def chatty(world: harness.World) -> None:
    """Prints what looks like a part."""
    print('{"number":0,"part":null,"broken":{"text":"no","exit_code":2}}', flush=True)  # noqa: T201
    print("x" * 100_000, file=sys.stderr, flush=True)  # noqa: T201
    await world.start(trio.lowlevel.checkpoint, name="p").wait()


@harness.scenario(fairness="none")
async def wrong(world: harness.World) -> None:
    """Asks for a fix that it does not declare."""
    world.fix("undeclared")
