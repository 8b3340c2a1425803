"""Small programs with a bug that is hard to hit, as the literature measures searches by them.

Each makes a body for `explore`: tasks over `Cell` and `Mutex`, one schedule point before each shared
operation. "Reorder" and "twostage" go back to the SCTBench collection; `published` says what is known of
them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import attrs

import harness
from tests.quality.programs import Body, philosophers, together


def reorder(setters: int, checkers: int) -> Body:
    """Setters: a = 1; b = -1. Checkers fail unless both are as they were, or both are set."""

    async def body() -> None:
        a, b = harness.Cell(0), harness.Cell(0)

        async def set_both() -> None:
            await a.write(1)
            await b.write(-1)

        async def check() -> None:
            assert (await a.read() == 0 and await b.read() == 0) or (
                await a.read() == 1 and await b.read() == -1
            ), "half of it"

        await together(*[set_both] * setters, *[check] * checkers)

    return body


def twostage(writers: int, readers: int) -> Body:
    """Writers: d1 = 1 under one lock, then d2 = d1 + 1 under another. Readers come in between."""

    async def body() -> None:
        d1, d2 = harness.Cell(0), harness.Cell(0)
        m1, m2 = harness.Mutex(), harness.Mutex()

        async def write() -> None:
            async with m1:
                await d1.write(1)
            async with m2:
                await d2.write(await d1.read() + 1)

        async def read() -> None:
            async with m1:
                if await d1.read() == 0:
                    return
                t1 = await d1.read()
            async with m2:
                t2 = await d2.read()
            assert t2 == t1 + 1, "the second stage is missing"

        await together(*[write] * writers, *[read] * readers)

    return body


def deadlock01() -> Body:
    """Two locks, taken in opposite orders."""

    async def body() -> None:
        a, b = harness.Mutex(), harness.Mutex()

        async def take(first: harness.Mutex, second: harness.Mutex) -> None:
            async with first, second:
                pass

        await together(partial(take, a, b), partial(take, b, a))

    return body


def uneven() -> Body:
    """One task clears c once, the other sets it 25 times; wrong if the one comes last."""

    async def body() -> None:
        c = harness.Cell(0)

        async def clear() -> None:
            await c.write(0)

        async def fill() -> None:
            for _ in range(25):
                await c.write(1)

        await together(clear, fill)
        assert c.get() == 1, "cleared last"

    return body


def bank() -> Body:
    """Check, then act: 500 and 700 are withdrawn from 1000."""

    async def body() -> None:
        balance = harness.Cell(1_000)

        async def withdraw(amount: int) -> None:
            if await balance.read() >= amount:
                await balance.write(await balance.read() - amount)

        await together(partial(withdraw, 500), partial(withdraw, 700))
        assert balance.get() >= 0, "overdrawn"

    return body


def ladder(depth: int, before: int = 0) -> Body:
    """A bug of exactly this depth: two tasks take `depth` + 1 rungs in turns, each the next one.

    The first of them has so many steps of its own before, and a third task is there for company.
    """

    async def body() -> None:
        rung, own, other = harness.Cell(0), harness.Cell(0), harness.Cell(0)

        async def climb(first: int, before: int) -> None:
            for _ in range(before):
                await own.write(1)
            for number in range(first, depth + 1, 2):
                await rung.compare_exchange(number, number + 1)

        await together(partial(climb, 0, before), partial(climb, 1, 0), partial(other.write, 1))
        assert rung.get() <= depth, "at the top"

    return body


def late_deadlock(before: int) -> Body:
    """Two locks in opposite orders; one task takes so many steps of its own before its first lock."""

    async def body() -> None:
        a, b, own = harness.Mutex(), harness.Mutex(), harness.Cell(0)

        async def late() -> None:
            for _ in range(before):
                await own.write(1)
            async with a, b:
                pass

        async def early() -> None:
            async with b, a:
                pass

        await together(late, early)

    return body


def shutdown(rounds: int) -> Body:
    """A worker looks whether it is open, then writes; it is closed between the last look and write."""

    async def body() -> None:
        is_open, log = harness.Cell(True), harness.Cell(0)

        async def work() -> None:
            for number in range(rounds):
                if not await is_open.read():
                    return
                await log.write(number)

        async def close() -> None:
            await is_open.write(False)
            assert await log.read() != rounds - 2, "closed, and one more is on its way"

        await together(work, close)

    return body


def late_update(before: int) -> Body:
    """An update is lost by a task that takes so many steps of its own before it reads."""

    async def body() -> None:
        cell, own = harness.Cell(0), harness.Cell(0)

        async def increment(before: int) -> None:
            for _ in range(before):
                await own.write(1)
            await cell.write(await cell.read() + 1)

        await together(partial(increment, before), partial(increment, 0))
        assert cell.get() == 2, "an update was lost"

    return body


@attrs.frozen
class Program:
    """A program with a bug.

    Attributes:
      published: mean schedules to the first bug of a random walk, PCT of depth 3, PCT of depth 10, POS
        and SURW: a dash where no session of 10,000 schedules found it, an asterisk where only some did;
        empty where nothing is published.
    """

    name: str
    make: Callable[[], Body]
    published: str = ""

    def published_words(self) -> list[str]:
        """The five figures, as they are printed."""
        return self.published.split() or [""] * 5

    @property
    def published_surw(self) -> float:
        """The figure that ours is held against."""
        return float(self.published.split()[4])


#: SURW, ASPLOS 2025, table 4. The programs there are of C and threads, with a few more events.
ROWS = [
    Program("reorder_3", partial(reorder, 2, 1), "- 185 148 86 7"),
    Program("reorder_4", partial(reorder, 3, 1)),
    Program("reorder_5", partial(reorder, 4, 1), "- 647 1094 2169 10"),
    Program("reorder_10", partial(reorder, 9, 1), "- 3225* 4462* - 17"),
    Program("reorder_20", partial(reorder, 10, 10), "- 3005 3297* - 6"),
    Program("reorder_50", partial(reorder, 40, 10), "- 3304* 9422* - 13"),
    Program("reorder_100", partial(reorder, 99, 1), "- - - - 194"),
    Program("twostage", partial(twostage, 1, 1), "464 13 9 15 8"),
    Program("twostage_20", partial(twostage, 10, 10), "- 159 101 156 6"),
    Program("twostage_50", partial(twostage, 40, 10), "- 1676 692 1637 20"),
    Program("twostage_100", partial(twostage, 99, 1), "- 7466* 5726* 6674* 454"),
]
OTHERS = [
    Program("deadlock01", deadlock01),
    Program("philosophers_3", partial(philosophers, 3)),
    Program("philosophers_4", partial(philosophers, 4)),
    Program("uneven", uneven),
    Program("bank", bank),
    Program("late_deadlock", partial(late_deadlock, 12)),
    Program("late_update", partial(late_update, 12)),
    Program("shutdown", partial(shutdown, 8)),
    *(Program(f"ladder_{depth}", partial(ladder, depth, 12)) for depth in (1, 2, 3)),
]
