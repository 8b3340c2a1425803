"""Scenarios that fail in some orders, each on another part of what a run is made of.

Traces of them are replayed in fresh interpreters, so they use whatever might differ there: sets, texts
of objects, hashes, threads, generators, randomness, time.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

import trio

import harness

TICK_S = 1.0


@harness.scenario
async def cells(world: harness.World) -> None:
    """A lost update among three."""
    cell = harness.Cell(0)

    async def increment() -> None:
        await cell.write(await cell.read() + 1)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(increment)
    assert cell.get() == 3, f"{cell!r} lost an update"


@harness.scenario(fairness="none")
async def primitives(world: harness.World) -> None:
    """A lock, a condition, a semaphore, a limiter, an event and a channel; the order is wrong."""
    lock, condition, done = trio.Lock(), trio.Condition(), trio.Event()
    semaphore, limiter = trio.Semaphore(1), trio.CapacityLimiter(1)
    send, receive = trio.open_memory_channel[str](1)
    order: list[str] = []

    async def producer(name: str) -> None:
        async with semaphore, limiter:
            await trio.lowlevel.checkpoint()
            await send.send(name)
        async with condition:
            condition.notify_all()

    async def consumer() -> None:
        for _ in range(2):
            async with lock:
                order.append(await receive.receive())
        done.set()

    async with trio.open_nursery() as nursery:
        for name in ("a", "b"):
            nursery.start_soon(producer, name)
        nursery.start_soon(consumer)
        await done.wait()
    assert order == ["a", "b"], f"{order} came through {lock}"


@harness.scenario(time_model="asynchronous", horizon=10)
async def timers(world: harness.World) -> None:
    """A lease that is thought to last, a ticker, and somebody slow."""
    holder = harness.Cell("nobody")

    async def lease(name: str) -> None:
        await holder.write(name)
        with trio.move_on_after(2 * TICK_S):
            for _ in range(2):
                await trio.sleep(TICK_S / 2)
                assert await holder.read() == name, f"{name} lost it at {time.time():.1f}"

    async def ticker() -> None:
        while True:
            await trio.sleep(TICK_S)
            await holder.write("ticker")

    world.start(ticker)
    await world.settle()
    await world.start(lease, "first").wait()


@harness.scenario(horizon=20)
async def processes(world: harness.World) -> None:
    """A restart that publishes what it has not loaded, on the way killed by an operator."""
    rows = world.database("rows", {"BTC": 20_000, "ETH": 800})
    chain = world.database("chain", {"BTC": 20_000, "ETH": 800})
    index = chain.critical("BTC", valid=lambda old, new: abs(new - old) <= 1)
    names = {"BTC", "ETH"}

    async def funding() -> None:
        memory: dict[str, int] = {}

        async def load() -> None:
            for name in sorted(names):
                memory[name] = await rows.get(name)

        async def tick() -> None:
            for name in sorted(names):
                await chain.put(name, memory.get(name, 0))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(load)
            nursery.start_soon(tick)

    async def risk() -> None:
        if await chain.get("BTC") < 10_000:
            index.irreversible("liquidate alice", cost=1)

    service = world.start(funding)
    await world.settle()
    world.start(risk)
    await service.restart()
    service.kill()
    service.start_again()
    await index.gate("reconcile", reference=20_000)


@harness.scenario(horizon=20)
async def power_cut(world: harness.World) -> None:
    """A commit that is in flight when the database loses power may have happened, or not."""
    bank = world.database("bank", {"alice": 100, "bob": 0})

    async def transfer() -> None:
        async with bank.transaction(isolation="read committed") as session:
            balance = await session.get("alice")
            await session.put("alice", balance - 10)
            await session.put("bob", 10)

    async def audit() -> None:
        await trio.lowlevel.checkpoint()
        assert await bank.get("bob") == 10, "not there"

    first = world.start(transfer, name="first", may_fail=True)
    world.start(audit)
    await first.wait()


@harness.scenario
async def threads(world: harness.World) -> None:
    """Threads in lockstep, which call back into Trio."""
    cell = harness.Cell(0)

    def work(amount: int) -> None:
        seen = trio.from_thread.run(cell.read)
        trio.from_thread.run(cell.write, seen + amount)

    async with trio.open_nursery() as nursery:
        for amount in (1, 2):
            nursery.start_soon(trio.to_thread.run_sync, work, amount)
    assert cell.get() == 3, f"{cell.get()}"


class Order:
    """Shown with its address, unless somebody takes that out; hashed by it, too."""

    def __init__(self, name: str) -> None:
        self.name = name


@harness.scenario
async def texts(world: harness.World) -> None:
    """What differs in every interpreter, written where it is recorded: sets, objects, errors."""
    store = world.database("store", {})

    async def publish(name: str) -> None:
        orders = {Order(name), Order("other")}
        await store.put(name, {"tags": {"a", "b", "c", name}, "orders": orders})
        await store.put("last", name)

    async with trio.open_nursery() as nursery:
        for name in ("x", "y"):
            nursery.start_soon(publish, name)
    if store.peek("last") != "y":
        raise ExceptionGroup("late", [KeyError({"a", "b", store.peek("last")}), ValueError(Order)])


@harness.scenario
async def randomness(world: harness.World) -> None:
    """Jitter, identities and hashes, as services use them."""
    store = world.database("store", {})
    lot = random.Random()

    async def service(name: str) -> None:
        await trio.sleep(random.random())
        await store.put(name, [uuid.uuid4().hex, lot.randrange(10), time.time()])
        if store.peek("first") is None:
            await store.put("first", name)

    for name in ("a", "b", "c"):
        world.start(service, name, name=name)
    await trio.sleep(2)
    assert store.peek("first") == "a", f"{store.peek('first')} was first"


@harness.scenario
async def generators(world: harness.World) -> None:
    """Generators that are left behind, cancelled scopes, and questions."""
    cell = harness.Cell[tuple[str, ...]](())

    async def rows() -> AsyncIterator[int]:
        try:
            for row in range(3):
                yield row
                await trio.lowlevel.checkpoint()
        finally:
            cell.set((*cell.get(), "closed"))

    async def read(stop: int) -> None:
        async for row in rows():
            if row == stop:
                break
            cell.set((*cell.get(), f"{stop}.{row}"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read, world.choose("stop", [1, 2]))
        nursery.start_soon(read, world.choose("stop there", [2, 1]))
        await trio.lowlevel.checkpoint()
        if world.choose("give up", ["no", "yes"]) == "yes":
            nursery.cancel_scope.cancel()
    assert cell.get()[:3] != ("2.0", "1.0", "2.1"), f"{cell.get()}"


@harness.scenario
async def kills(world: harness.World) -> None:
    """A kill in the middle, a termination, a supervisor: what is left is not what was meant."""
    store = world.database("store", {"n": 0})

    async def service() -> None:
        for step in range(3):
            await store.put("n", step + 1)
        await world.termination()
        await store.put("n", -1)

    process = world.start(service)
    world.supervise(process, backoff_s=0.5, restarts_max=1)
    await trio.lowlevel.checkpoint()
    process.kill()
    await trio.sleep(1)
    await process.terminate(grace_s=1)
    await trio.sleep(1)
    assert process.incarnation == 1, f"{store.peek('n')} {process}"
    assert store.peek("n") == -1, f"{store.peek('n')} {process}"


SCENARIOS: tuple[Any, ...] = (
    cells,
    primitives,
    timers,
    processes,
    power_cut,
    threads,
    texts,
    randomness,
    generators,
    kills,
)
