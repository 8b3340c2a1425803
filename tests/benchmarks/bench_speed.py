"""Schedules per second: ours, plain `trio.run`, and the fastest peer, on the same work.

The work is that of the field's comparisons: 3 tasks x 4 steps of `v = x; checkpoint; x = v + 1`, the
schedule drawn at random, every choice recorded and the run digested and judged. Each contender lives
in a process of its own, in the environment that it makes for itself (its patches, its garbage
collector), and only one works at a time: they take turns in short batches, so that a noisy machine is
noisy for all. Times are of the processor, so that what others do on the machine counts as little as it
can. Ratios are between medians of the batches, and between the best of them, which is what an idle
machine would show.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import attrs
import detangle
import trio

from harness.explore.scenario import as_scenario
from harness.explore.strategies import RandomWalk
from harness.explore.subject import Subject
from harness.kernel import Kernel, Model
from tests.benchmarks.figures import write

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PAGE = Path(__file__).parents[2] / "docs/explanation/performance.md"
BATCHES = 80
TASKS, ROUNDS = 3, 4

#: Runs so many schedules.
Run = Callable[[int], object]


async def with_trio() -> None:
    """The work, for Trio."""
    x = 0

    async def count() -> None:
        nonlocal x
        for _ in range(ROUNDS):
            value = x
            await trio.lowlevel.checkpoint()
            x = value + 1

    async with trio.open_nursery() as nursery:
        for _ in range(TASKS):
            nursery.start_soon(count)


async def with_asyncio() -> None:
    """The same work, for asyncio."""
    x = 0

    async def count() -> None:
        nonlocal x
        for _ in range(ROUNDS):
            value = x
            await asyncio.sleep(0)
            x = value + 1

    await asyncio.gather(*(count() for _ in range(TASKS)))


async def nothing() -> None:
    """An empty schedule."""


async def one_nursery() -> None:
    """A schedule that opens a nursery."""
    async with trio.open_nursery():
        pass


# ---- the contenders ----------------------------------------------------------------------------------


def ours() -> Iterator[Run]:
    """As `explore` runs it: one kernel for all schedules, each recorded, digested and judged."""
    walk = RandomWalk(0)
    subject = Subject(scenario=as_scenario(with_trio), fixes=(), params={}, model=Model())
    with Kernel() as kernel:

        def run(count: int) -> None:
            for _ in range(count):
                subject.run(kernel, walk)

        yield run


def plain() -> Iterator[Run]:
    """Trio itself, which explores next to nothing."""

    def run(count: int) -> None:
        for _ in range(count):
            trio.run(with_trio)

    yield run


def peer() -> Iterator[Run]:
    """The peer: its own random strategy, nothing saved, nothing shrunk."""

    def run(count: int) -> Any:
        return detangle.explore(
            with_asyncio, runs=count, strategy="random", seed=1, database=False, shrink=False
        )

    yield run


def serve(make: Callable[[], Iterator[Run]], pipe: Connection) -> None:
    """In a contender's process: run as many schedules as told, and say how long each took; 0 ends."""
    with contextmanager(make)() as run:
        run(20)
        while count := pipe.recv():
            started = time.process_time()
            run(count)
            pipe.send((time.process_time() - started) / count * 1e6)


@attrs.define
class Contender:
    """Something that runs schedules, in a process of its own."""

    name: str
    make: Callable[[], Iterator[Run]]
    batch: int
    times_us: list[float] = attrs.field(factory=list)

    @contextmanager
    def at_work(self) -> Iterator[Callable[[], None]]:
        """Start the process; what is yielded has it run one batch."""
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe()
        process = spawn.Process(target=serve, args=(self.make, there), daemon=True)
        process.start()
        there.close()

        def turn() -> None:
            here.send(self.batch)
            self.times_us.append(here.recv())

        try:
            yield turn
        finally:
            here.send(0)
            process.join()

    def row(self, first: Contender) -> str:
        """A line of the table, compared with `first`."""
        middle, best = median(self.times_us), min(self.times_us)
        return (
            f"| {self.name} | {middle:.0f} | {best:.0f} | {1e6 / middle:,.0f} | {1e6 / best:,.0f} "
            f"| {middle / median(first.times_us):.1f} | {best / min(first.times_us):.1f} |"
        )


def main() -> None:
    """Print the figures; with `--write`, put them into the page on performance."""
    lines = [*compare(), "", *breakdown()]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write(PAGE, "\n".join(lines))


def compare() -> list[str]:
    """Ours against the others, in turns."""
    contenders = [
        Contender("harness: random, recorded, digested, judged", ours, 100),
        Contender("plain trio.run", plain, 20),
        Contender("detangle: random", peer, 40),
    ]
    with ExitStack() as stack:
        turns = [stack.enter_context(contender.at_work()) for contender in contenders]
        for _ in range(BATCHES):
            for turn in turns:
                turn()
    columns = [
        f"{TASKS} tasks x {ROUNDS} steps",
        *("us (median)", "(best)", "schedules/s (median)", "(best)"),
        *("ours is faster by (median)", "(best)"),
    ]
    return [
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(contender.row(contenders[0]) for contender in contenders),
    ]


# ---- where the time goes -----------------------------------------------------------------------------


def breakdown() -> list[str]:
    """Where the time of one schedule goes, by programs that do more and more."""
    lines = ["| a schedule of ours | best us | of it |", "|---|---|---|"]
    before = 0.0
    steps = [
        ("reset, an empty main, collect", nothing, False, False),
        ("+ a nursery", one_nursery, False, False),
        (f"+ {TASKS} tasks x {ROUNDS} steps, random choices recorded", with_trio, False, False),
        ("+ digest", with_trio, True, False),
        ("+ judgement", with_trio, True, True),
    ]
    for (name, *_), spent in zip(steps, _best_us(steps), strict=True):
        lines.append(f"| {name} | {spent:.1f} | {spent - before:+.1f} |")
        before = spent
    return lines


def _best_us(steps: list[tuple[str, Any, bool, bool]]) -> list[float]:
    """The best batch of each program, per schedule; they take turns too."""
    best = [float("inf")] * len(steps)
    walk = RandomWalk(0)
    with Kernel() as kernel:
        for _ in range(2 * BATCHES):
            for place, (_, body, digested, judged) in enumerate(steps):
                subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=Model())
                started = time.process_time()
                for _ in range(40):
                    engine = kernel.run(subject.body, walk)
                    if judged:
                        subject.judge(engine)
                    elif digested:
                        engine.digest()
                best[place] = min(best[place], (time.process_time() - started) / 40 * 1e6)
    return best
