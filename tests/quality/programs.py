"""Small programs with known answers, as async tasks over `Cell` and `Mutex`.

Each makes a body for `explore`: one schedule point before each shared operation, nothing else shared.
Their numbers of Mazurkiewicz classes are known exactly; see `test_classes.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

import harness

Body = Callable[[], Awaitable[None]]
Job = Callable[[], Awaitable[None]]


async def together(*jobs: Job) -> None:
    """Run jobs as sibling tasks."""
    async with trio.open_nursery() as nursery:
        for number, job in enumerate(jobs):
            nursery.start_soon(job, name=f"t{number}")


def readers(count: int) -> Body:
    """One task writes x, `count` tasks read it."""

    async def body() -> None:
        x = harness.Cell(0)

        async def write() -> None:
            await x.write(1)

        async def read() -> None:
            await x.read()

        await together(write, *[read] * count)

    return body


def writers(count: int) -> Body:
    """`count` tasks write different values to x."""

    async def body() -> None:
        x = harness.Cell(0)
        await together(*[lambda value=value: x.write(value) for value in range(1, count + 1)])

    return body


def lost(tasks: int, rounds: int) -> Body:
    """Each task, `rounds` times: v = x; x = v + 1."""

    async def body() -> None:
        x = harness.Cell(0)

        async def increment() -> None:
            for _ in range(rounds):
                value = await x.read()
                await x.write(value + 1)

        await together(*[increment] * tasks)

    return body


def increments(tasks: int, rounds: int) -> Body:
    """Each task, `rounds` times: an atomic increment."""

    async def body() -> None:
        x = harness.Cell(0)

        async def increment() -> None:
            for _ in range(rounds):
                await x.add(1)

        await together(*[increment] * tasks)

    return body


def locked(tasks: int, rounds: int) -> Body:
    """Each task, `rounds` times: an increment under a lock."""

    async def body() -> None:
        x, mutex = harness.Cell(0), harness.Mutex()

        async def increment() -> None:
            for _ in range(rounds):
                async with mutex:
                    x.set(x.get() + 1)

        await together(*[increment] * tasks)

    return body


def last_zero(count: int) -> Body:
    """a[0..N] = 0; reader: i = N, while a[i] != 0: i -= 1; writer j: v = a[j-1]; a[j] = v + 1."""

    async def body() -> None:
        cells = [harness.Cell(0) for _ in range(count + 1)]

        async def read() -> None:
            index = count
            while await cells[index].read() != 0:
                index -= 1

        async def write(number: int) -> None:
            value = await cells[number - 1].read()
            await cells[number].write(value + 1)

        await together(read, *[lambda n=n: write(n) for n in range(1, count + 1)])

    return body


def cas_rotation(count: int) -> Body:
    """Task i = 1..N: compare-and-swap x from i - 1 to i. A failed one is a read."""

    async def body() -> None:
        x = harness.Cell(0)

        async def swap(number: int) -> None:
            await x.compare_exchange(number - 1, number)

        await together(*[lambda n=n: swap(n) for n in range(1, count + 1)])

    return body


def philosophers(count: int) -> Body:
    """Lock the own fork, lock the next, unlock both."""

    async def body() -> None:
        forks = [harness.Mutex() for _ in range(count)]

        async def dine(number: int) -> None:
            async with forks[number], forks[(number + 1) % count]:
                pass

        await together(*[lambda n=n: dine(n) for n in range(count)])

    return body


def store_buffering() -> Body:
    """Litmus test SB: x = 1; read y // y = 1; read x."""
    return _litmus([("x", 1), ("y", None)], [("y", 1), ("x", None)])


def message_passing() -> Body:
    """Litmus test MP: x = 1; y = 1 // read y; read x."""
    return _litmus([("x", 1), ("y", 1)], [("y", None), ("x", None)])


def load_buffering() -> Body:
    """Litmus test LB: read x; y = 1 // read y; x = 1."""
    return _litmus([("x", None), ("y", 1)], [("y", None), ("x", 1)])


def write_to_read_causality() -> Body:
    """Litmus test WRC: x = 1 // read x; y = 1 // read y; read x."""
    return _litmus([("x", 1)], [("x", None), ("y", 1)], [("y", None), ("x", None)])


def independent_reads() -> Body:
    """Litmus test IRIW: x = 1 // y = 1 // read x; read y // read y; read x."""
    return _litmus([("x", 1)], [("y", 1)], [("x", None), ("y", None)], [("y", None), ("x", None)])


def _litmus(*tasks: list[tuple[str, int | None]]) -> Body:
    """Tasks as lists of (variable, value to write or None to read)."""

    async def body() -> None:
        cells = {"x": harness.Cell(0), "y": harness.Cell(0)}

        async def run(operations: list[tuple[str, int | None]]) -> None:
            for name, value in operations:
                if value is None:
                    await cells[name].read()
                else:
                    await cells[name].write(value)

        await together(*[lambda ops=ops: run(ops) for ops in tasks])

    return body


def reorder(setters: int, checkers: int) -> Body:
    """Setters: a = 1; b = -1. Checkers read a and b, short circuit, each its own step."""

    async def body() -> None:
        a, b = harness.Cell(0), harness.Cell(0)

        async def set_both() -> None:
            await a.write(1)
            await b.write(-1)

        async def check() -> None:
            untouched = await a.read() == 0 and await b.read() == 0
            if not untouched:
                _ = await a.read() == 1 and await b.read() == -1

        await together(*[set_both] * setters, *[check] * checkers)

    return body
