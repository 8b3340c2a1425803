"""Small programs with known answers, as async tasks over `Cell` and `Mutex`.

Each makes a body for `explore`: one schedule point before each shared operation, nothing else shared.
Their numbers of Mazurkiewicz classes are known exactly; see `known`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

import harness

Body = Callable[[], Awaitable[None]]
Job = Callable[[], Awaitable[object]]


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


def indexer(count: int) -> Body:
    """Task t puts w = 11 m + t, for m = 1 to 4, into a table of 128, probing on from 7 w mod 128."""

    async def body() -> None:
        table = [harness.Cell(0, name=f"slot{place}") for place in range(128)]

        async def insert(task: int) -> None:
            for turn in range(1, 5):
                word = 11 * turn + task
                place = 7 * word % 128
                while not await table[place].compare_exchange(0, word):
                    place = (place + 1) % 128

        await together(*[lambda t=t: insert(t) for t in range(count)])

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


def two_stage(writers: int, readers: int) -> Body:
    """Two steps of a writer, each under a lock of its own; a reader may come between them.

    Writers: lock m1; a = 1; unlock; lock m2; b = a + 1; unlock. Readers: lock m1, leave if a = 0,
    remember a; unlock; lock m2; read b; unlock.
    """

    async def body() -> None:
        first, second = harness.Mutex(name="m1"), harness.Mutex(name="m2")
        a, b = harness.Cell(0), harness.Cell(0)

        async def write() -> None:
            async with first:
                await a.write(1)
            async with second:
                await b.write(await a.read() + 1)

        async def read() -> None:
            async with first:
                if await a.read() == 0:
                    return
            async with second:
                await b.read()

        await together(*[write] * writers, *[read] * readers)

    return body


def store_buffering() -> Body:
    """Litmus test SB: x = 1; read y // y = 1; read x."""
    return _litmus("Wx Ry", "Wy Rx")


def load_buffering() -> Body:
    """Litmus test LB: read x; y = 1 // read y; x = 1."""
    return _litmus("Rx Wy", "Ry Wx")


def message_passing() -> Body:
    """Litmus test MP: x = 1; y = 1 // read y; read x."""
    return _litmus("Wx Wy", "Ry Rx")


def store_ordering() -> Body:
    """Litmus test S: x = 1; y = 1 // read y; x = 2."""
    return _litmus("Wx Wy", "Ry Wx")


def two_plus_two_writes() -> Body:
    """Litmus test 2+2W: x = 1; y = 1 // y = 2; x = 2."""
    return _litmus("Wx Wy", "Wy Wx")


def write_to_read_causality() -> Body:
    """Litmus test WRC: x = 1 // read x; y = 1 // read y; read x."""
    return _litmus("Wx", "Rx Wy", "Ry Rx")


def three_task_causality() -> Body:
    """Litmus test ISA2: x = 1; y = 1 // read y; z = 1 // read z; read x."""
    return _litmus("Wx Wy", "Ry Wz", "Rz Rx")


def write_to_read_write_causality() -> Body:
    """Litmus test W+RWC: x = 1; y = 1 // read y; read z // z = 1; read x."""
    return _litmus("Wx Wy", "Ry Rz", "Wz Rx")


def three_task_load_buffering() -> Body:
    """Litmus test LB3: read x; y = 1 // read y; z = 1 // read z; x = 1."""
    return _litmus("Rx Wy", "Ry Wz", "Rz Wx")


def independent_reads() -> Body:
    """Litmus test IRIW: x = 1 // y = 1 // read x; read y // read y; read x."""
    return _litmus("Wx", "Wy", "Rx Ry", "Ry Rx")


def _litmus(*tasks: str) -> Body:
    """Tasks as their accesses in order: "Wx" writes to x the number of the task, "Rx" reads x."""

    async def body() -> None:
        cells = {name: harness.Cell(0, name=name) for name in "xyz"}

        async def run(number: int, accesses: list[str]) -> None:
            for access in accesses:
                cell = cells[access[1]]
                await (cell.write(number) if access[0] == "W" else cell.read())

        await together(*[lambda n=n, t=t: run(n, t.split()) for n, t in enumerate(tasks, 1)])

    return body
