"""Small objects with a planted bug, one for each specification, and the same without it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import trio

import harness
from harness.histories import (
    Counter,
    KeyValue,
    ListAppend,
    Queue,
    ReadWriteRegister,
    Register,
    Set,
)

Task = Callable[[], Awaitable[None]]


@attrs.frozen
class Planted:
    """A program.

    Attributes:
      violated: what does not hold with the bug.
      tasks: makes its tasks, with the bug or without.
    """

    name: str
    violated: str
    tasks: Callable[[harness.World, bool], list[Task]]

    def body(self, *, wrong: bool) -> Callable[[harness.World], Awaitable[None]]:
        """What `explore` takes."""

        async def body(world: harness.World) -> None:
            async with trio.open_nursery() as nursery:
                for task in self.tasks(world, wrong):
                    nursery.start_soon(task)

        return body


async def change(cell: harness.Cell[Any], by: Callable[[Any], Any], *, wrong: bool) -> Any:
    """Replace the value of a cell by `by` of it; wrongly, others come between. Returns the old one."""
    if wrong:
        old = await cell.read()
        await cell.write(by(old))
        return old
    await trio.lowlevel.checkpoint()
    old = cell.get()
    cell.set(by(old))
    return old


def stale_read(world: harness.World, wrong: bool) -> list[Task]:
    """A register with a copy that is written later."""
    history = world.history("object", spec=Register(0))
    cell, copy = harness.Cell(0), harness.Cell(0)

    async def write() -> None:
        with history.operation("write", 1):
            await cell.write(1)
        await copy.write(1)

    async def read() -> None:
        await history.client("reader").call("read", (copy if wrong else cell).read)

    return [read, write]


def lost_increment(world: harness.World, wrong: bool) -> list[Task]:
    """A counter that is read, and then written."""
    history = world.history("object", spec=Counter())
    cell = harness.Cell(0)

    async def increment() -> None:
        with history.operation("increment"):
            await change(cell, lambda value: value + 1, wrong=wrong)
        await history.call("read", cell.read)

    return [increment, increment]


def duplicated_dequeue(world: harness.World, wrong: bool) -> list[Task]:
    """A queue whose head is looked at, and then taken away."""
    history = world.history("object", spec=Queue([1, 2]))
    cell = harness.Cell((1, 2))

    async def dequeue() -> None:
        with history.operation("dequeue") as operation:
            operation.returns((await change(cell, lambda items: items[1:], wrong=wrong))[0])

    return [dequeue, dequeue]


def lost_member(world: harness.World, wrong: bool) -> list[Task]:
    """A set that is read, and then written with one member more."""
    history = world.history("object", spec=Set())
    cell: harness.Cell[Any] = harness.Cell(frozenset())

    async def add(member: str) -> None:
        with history.operation("add", member):
            await change(cell, lambda members: members | {member}, wrong=wrong)
        with history.operation("contains", member) as operation:
            operation.returns(member in await cell.read())

    return [lambda: add("a"), lambda: add("b")]


def vanished_key(world: harness.World, wrong: bool) -> list[Task]:
    """A map that deletes a key before it puts the new value there."""
    history = world.history("object", spec=KeyValue({"BTC": 1}))
    cell: harness.Cell[Any] = harness.Cell({"BTC": 1, "ETH": 1})

    async def put() -> None:
        with history.operation("put", "BTC", 2):
            if wrong:
                await cell.write({"ETH": 1})
            await cell.write({"BTC": 2, "ETH": 1})

    async def get() -> None:
        with history.operation("get", "BTC") as operation:
            operation.returns((await cell.read()).get("BTC"))

    return [put, get]


@attrs.frozen
class Lock:
    """A specification of one's own: `acquire(owner)` tells whether it got it."""

    initial: str | None = None

    def apply(
        self, state: str | None, operation: harness.histories.Operation
    ) -> tuple[str | None, bool]:
        """See the class."""
        (owner,) = operation.arguments
        return (owner, True) if state is None else (state, False)


def two_holders(world: harness.World, wrong: bool) -> list[Task]:
    """A lock that is looked at, and then taken."""
    history = world.history("object", spec=Lock())
    cell: harness.Cell[Any] = harness.Cell(None)

    async def acquire(owner: str) -> None:
        with history.operation("acquire", owner) as operation:
            old = await change(cell, lambda held: held or owner, wrong=wrong)
            operation.returns(old is None)

    return [lambda: acquire("a"), lambda: acquire("b")]


def lost_append(world: harness.World, wrong: bool) -> list[Task]:
    """A list that is read, and then written with one item more."""
    history = world.history("object", spec=ListAppend())
    cell: harness.Cell[Any] = harness.Cell(())

    async def append(item: int) -> None:
        with history.transaction() as recorded:
            recorded.append("x", item)
            old = await change(cell, lambda items: (*items, item), wrong=wrong)
            recorded.read("x", (*old, item))

    return [lambda: append(1), lambda: append(2)]


def write_skew(world: harness.World, wrong: bool) -> list[Task]:
    """Two registers, of which each transaction reads one and writes the other."""
    history = world.history("object", spec=ReadWriteRegister({"x": 0, "y": 0}))
    cells = {"x": harness.Cell(0, name="x"), "y": harness.Cell(0, name="y")}
    lock = harness.Mutex()

    async def both(read: str, written: str) -> None:
        with history.transaction() as recorded:
            if not wrong:
                await lock.acquire()
            recorded.read(read, await cells[read].read())
            recorded.write(written, 1)
            await cells[written].write(1)
            if not wrong:
                lock.release()

    return [lambda: both("x", "y"), lambda: both("y", "x")]


PLANTED = [
    Planted("stale read", "object is linearizable", stale_read),
    Planted("lost increment", "object is linearizable", lost_increment),
    Planted("duplicated dequeue", "object is linearizable", duplicated_dequeue),
    Planted("lost member", "object is linearizable", lost_member),
    Planted("vanished key", "object is linearizable", vanished_key),
    Planted("two holders", "object is linearizable", two_holders),
    Planted("lost append", "object has no contradictory order", lost_append),
    Planted("write skew", "object has no G2-item", write_skew),
]
