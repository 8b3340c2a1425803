"""Small programs, and for each a footprint to forget: what an audit must notice.

Each program is right as it is; only what is recorded of it is made wrong.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from unittest import mock

import attrs
import trio

import harness
from harness.kernel import ObservedEngine
from tests.quality.audited import unheard, unsaid
from tests.quality.programs import together

Body = Callable[[harness.World], Awaitable[None]]
Plant = Callable[[], AbstractContextManager[object]]


@attrs.frozen
class Forgotten:
    """A program, and what is forgotten of it.

    Attributes:
      what: in words.
      body: the program.
      plant: makes it be forgotten.
    """

    what: str
    body: Body
    plant: Plant = nullcontext


async def cells(world: harness.World) -> None:
    """One task writes a cell, another reads it."""
    a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")

    async def write() -> None:
        await a.write(1)

    async def read() -> None:
        await b.write(await a.read())

    await together(write, read)


async def locked(world: harness.World) -> None:
    """One task lets a lock go when another may find it taken."""
    lock = trio.Lock()
    busy = harness.Cell(0, name="busy")

    async def hold() -> None:
        async with lock:
            await trio.lowlevel.checkpoint()

    async def ask() -> None:
        await trio.lowlevel.checkpoint()
        try:
            lock.acquire_nowait()
        except trio.WouldBlock:
            await busy.write(1)

    await together(hold, ask)


async def awaited(world: harness.World) -> None:
    """One task sets an event that another asks about."""
    event = trio.Event()
    seen = harness.Cell(False, name="seen")

    async def tell() -> None:
        await trio.lowlevel.checkpoint()
        event.set()

    async def ask() -> None:
        await trio.lowlevel.checkpoint()
        await seen.write(event.is_set())

    await together(tell, ask)


async def sent(world: harness.World) -> None:
    """One task sends what another may receive, or not yet."""
    sending, receiving = trio.open_memory_channel[int](1)
    got = harness.Cell(0, name="got")

    async def send() -> None:
        await trio.lowlevel.checkpoint()
        sending.send_nowait(7)

    async def receive() -> None:
        await trio.lowlevel.checkpoint()
        try:
            await got.write(receiving.receive_nowait())
        except trio.WouldBlock:
            await got.write(-1)

    await together(send, receive)


async def cancelled(world: harness.World) -> None:
    """One task cancels the scope that another works in."""
    scope = trio.CancelScope()
    done = harness.Cell(0, name="done")

    async def work() -> None:
        with scope:
            for turn in range(3):
                await done.write(turn)

    async def cancel() -> None:
        await trio.lowlevel.checkpoint()
        scope.cancel()

    await together(work, cancel)


async def stored(world: harness.World) -> None:
    """Two processes meet in a row."""
    db = world.database("db", {"x": 0})

    async def writer() -> None:
        await db.put("x", 1)

    async def reader() -> None:
        await db.put("y", await db.get("x"))

    world.start(writer)
    world.start(reader)


async def raised(world: harness.World) -> None:
    """One process raises a flag, another looks."""
    flag = world.flag("ready")
    db = world.database("db", {})

    async def writer() -> None:
        await flag.set()

    async def reader() -> None:
        await db.put("seen", await flag.is_set())

    world.start(writer)
    world.start(reader)


async def killed(world: harness.World) -> None:
    """A process may be killed before it has written, or after."""
    db = world.database("db", {})

    async def writer() -> None:
        await db.put("x", 1)
        await db.put("y", 1)

    async def other() -> None:
        await db.put("z", 1)

    process = world.start(writer)
    world.start(other)
    await trio.lowlevel.checkpoint()
    process.kill()


async def judged(world: harness.World) -> None:
    """A property looks at two cells, which two tasks write."""
    a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
    world.always("a is ahead", lambda: a.peek() >= b.peek())
    await together(lambda: a.write(1), lambda: b.write(1))


async def spawned(world: harness.World) -> None:
    """A task waits for what another puts, and goes on as soon as it is there."""
    sending, receiving = trio.open_memory_channel[int](0)
    got = harness.Cell(0, name="got")

    async def receive() -> None:
        await got.write(await receiving.receive())

    await together(lambda: sending.send(1), receive)


def _nobody_looks() -> AbstractContextManager[object]:
    return mock.patch.object(ObservedEngine, "looks_at", return_value=None)


def _nobody_dies() -> AbstractContextManager[object]:
    return mock.patch.object(ObservedEngine, "_life", return_value=0)


def _nobody_is_woken() -> AbstractContextManager[object]:
    known = ObservedEngine._wake

    def wake(engine: ObservedEngine, index: int) -> None:
        before = engine._writes, dict(engine._next_after)
        known(engine, index)
        if engine._idling or engine.process is None:
            return
        engine._writes, engine._next_after = before

    return mock.patch.object(ObservedEngine, "_wake", wake)


FORGOTTEN = [
    Forgotten("the write of a cell", cells, lambda: unsaid("write", about="main:a")),
    Forgotten("the read of a cell", cells, lambda: unsaid("read", about="main:a")),
    Forgotten("that a lock is let go", locked, lambda: unheard(trio.Lock.__mro__[1], "release")),
    Forgotten("that an event is set", awaited, lambda: unheard(trio.Event, "set")),
    Forgotten("that somebody asked", awaited, lambda: unheard(trio.Event, "is_set")),
    Forgotten(
        "that something is sent", sent, lambda: unheard(trio.MemorySendChannel, "send_nowait")
    ),
    Forgotten("that a scope is cancelled", cancelled, lambda: unheard(trio.CancelScope, "_cancel")),
    Forgotten("that a row is put", stored, lambda: unsaid("write", about="db.x")),
    Forgotten("that a row is read", stored, lambda: unsaid("read", about="db.x")),
    Forgotten("that a flag is raised", raised, lambda: unsaid("write", about="flag ready")),
    Forgotten("that a process is dead", killed, _nobody_dies),
    Forgotten("what a property looks at", judged, _nobody_looks),
    Forgotten("who was woken by whom", spawned, _nobody_is_woken),
]
