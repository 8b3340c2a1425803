"""Schedules per second: ours, plain `trio.run`, and the fastest peer, on the same work.

The work is that of the field's comparisons: 3 tasks x 4 steps of `v = x; checkpoint; x = v + 1`, the
schedule drawn at random, every choice recorded and the run digested. Contenders take turns in short
batches, so that a noisy machine is noisy for all; ratios are between medians of the batches, and
between the best of them, which is what an idle machine would show.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import detangle
import trio

from harness.explore.scenario import as_scenario
from harness.explore.strategies import RandomWalk
from harness.explore.subject import Subject
from harness.kernel import Kernel, Model

PAGE = Path(__file__).parents[2] / "docs/explanation/performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
BATCHES = 40
TASKS, ROUNDS = 3, 4


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


@attrs.define
class Contender:
    """Something that runs schedules; `run(n)` runs n of them."""

    name: str
    run: Callable[[int], object]
    batch: int
    times_us: list[float] = attrs.field(factory=list)

    def turn(self) -> None:
        """One batch."""
        started = time.perf_counter()
        self.run(self.batch)
        self.times_us.append((time.perf_counter() - started) / self.batch * 1e6)

    @property
    def middle_us(self) -> float:
        """The median batch, per schedule."""
        return median(self.times_us)

    @property
    def best_us(self) -> float:
        """The best batch, per schedule."""
        return min(self.times_us)


def main() -> None:
    """Print the figures; with `--write`, put them into the page on performance."""
    lines = [*compare(), "", *breakdown()]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write("\n".join(lines))


def compare() -> list[str]:
    """Ours against the others, in turns."""
    with Kernel() as kernel:
        walk = RandomWalk(0)
        subject = Subject(scenario=as_scenario(with_trio), fixes=(), params={}, model=Model())

        def ours(count: int) -> None:
            for _ in range(count):
                subject.run(kernel, walk)

        def plain(count: int) -> None:
            for _ in range(count):
                trio.run(with_trio)

        contenders = [
            Contender("harness: random, recorded, digested, judged", ours, 30),
            Contender("plain trio.run", plain, 8),
            Contender("detangle: random", peer, 30),
        ]
        for contender in contenders:
            contender.run(20)
        for _ in range(BATCHES):
            for contender in contenders:
                contender.turn()
    first = contenders[0]
    lines = [
        "| 3 tasks x 4 steps | median us | best us | ours is faster by (median) | (best) |",
        "|---|---|---|---|---|",
    ]
    for other in contenders:
        middle, best = other.middle_us / first.middle_us, other.best_us / first.best_us
        lines.append(
            f"| {other.name} | {other.middle_us:.0f} | {other.best_us:.0f} "
            f"| {middle:.1f} | {best:.1f} |"
        )
    return lines


def peer(count: int) -> Any:
    """Schedules of the peer: its own random strategy, nothing saved, nothing shrunk."""
    return detangle.explore(
        with_asyncio, runs=count, strategy="random", seed=1, database=False, shrink=False
    )


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
    for name, body, digested, judged in steps:
        spent = _best_us(body, digested=digested, judged=judged)
        lines.append(f"| {name} | {spent:.1f} | {spent - before:+.1f} |")
        before = spent
    return lines


def _best_us(body: Any, *, digested: bool, judged: bool) -> float:
    subject = Subject(scenario=as_scenario(body), fixes=(), params={}, model=Model())
    walk = RandomWalk(0)
    best = float("inf")
    with Kernel() as kernel:
        for _ in range(4 * BATCHES):
            started = time.perf_counter()
            for _ in range(40):
                if judged:
                    subject.run(kernel, walk)
                else:
                    engine = kernel.run(subject.body, walk)
                    if digested:
                        engine.digest()
            best = min(best, (time.perf_counter() - started) / 40 * 1e6)
    return best


def write(text: str) -> None:
    """Replace what stands between the markers of the page."""
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")
