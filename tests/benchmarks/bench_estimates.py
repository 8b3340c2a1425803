"""How good the estimates of what is left are, on programs where the truth is known.

Every interleaving of each program is run once, for its number and for the probability of each class under
a random walk. Then 200 seeds draw 600 random schedules each, and what is estimated from some of
them is held against the truth.

    python -m tests.benchmarks.bench_estimates [--write]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from math import exp, inf
from pathlib import Path
from statistics import median

import attrs
import trio

import harness
from harness.explore.estimate import (
    ClassCounter,
    Level,
    Probe,
    Probing,
    Remaining,
    Unseen,
    remaining_schedules,
)
from harness.explore.estimate.classes import class_hash
from harness.explore.scenario import as_scenario
from harness.explore.strategies import DepthFirst, RandomWalk
from harness.explore.subject import Subject
from harness.kernel import Kernel, Model
from tests.quality import programs

PAGE = Path(__file__).parents[2] / "docs/explanation/estimates.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SEEDS = 200
DRAWS = (50, 200, 600)
#: Random schedules that a portfolio has made before the first of its search, and then for each three.
EARLY = 100
#: Programs, small ones first.
PROGRAMS = {
    "lost(2,2)": programs.lost(2, 2),
    "philosophers(3)": programs.philosophers(3),
    "last_zero(2)": programs.last_zero(2),
    "lost(3,1)": programs.lost(3, 1),
    "reorder(2,1)": programs.reorder(2, 1),
    "lost(2,3)": programs.lost(2, 3),
    "last_zero(3)": programs.last_zero(3),
    "lost(3,2)": programs.lost(3, 2),
}


@attrs.frozen
class Stop:
    """Where a depth-first search stood after so many runs."""

    runs: int
    levels: list[Level]


@attrs.define
class Truth:
    """A program, run in every way.

    Attributes:
      runs: how many interleavings it has.
      classes: the probability of each class under a random walk.
      stops: a depth-first search on its way: 200 to 400 evenly spaced ones, all of a small program.
    """

    runs: int
    classes: dict[int, float]
    stops: list[Stop]


@attrs.define
class Sample:
    """600 random schedules of one seed: the probes, and after each of `DRAWS` what was estimated."""

    probes: list[Probe]
    unseen: list[tuple[Unseen, float]]


def truth(body: programs.Body) -> Truth:
    """Every interleaving, in the order of a depth-first search that is looked at on its way."""
    strategy = DepthFirst()
    probing = Probing(strategy)
    found = Truth(0, {}, [])
    subject = subject_of(body)
    stride = 1
    with subject.kernel(0) as kernel:
        while strategy.more():
            engine = kernel.run(subject.body, probing, auditing=False)
            seen = class_hash(engine)
            probing.keep()
            probability = exp(-probing.probes.pop().log_weight)
            found.classes[seen] = found.classes.get(seen, 0.0) + probability
            strategy.finished(engine)
            if strategy.runs % stride == 0 and strategy.more():
                levels = [Level(w, p, tuple(u)) for w, p, u in strategy.levels()]
                found.stops.append(Stop(strategy.runs, levels))
            if len(found.stops) > 2 * SEEDS:
                found.stops, stride = found.stops[1::2], 2 * stride
    found.runs = strategy.runs
    return found


def samples(body: programs.Body, known: Truth) -> Iterator[Sample]:
    """What each seed draws."""
    subject = subject_of(body)
    with subject.kernel(0) as kernel:
        for seed in range(SEEDS):
            probing, counter = Probing(RandomWalk(seed)), ClassCounter()
            left = dict(known.classes)
            unseen: list[tuple[Unseen, float]] = []
            for draw in range(1, max(DRAWS) + 1):
                engine = kernel.run(subject.body, probing, auditing=False)
                probing.keep()
                counter.add(engine)
                left.pop(class_hash(engine), None)
                if draw in DRAWS:
                    estimate = counter.unseen()
                    assert estimate is not None
                    unseen.append((estimate, sum(left.values())))
            yield Sample(probing.probes, unseen)


def subject_of(body: programs.Body) -> Subject:
    """The program as `explore` runs a plain function."""
    return Subject(scenario=as_scenario(body), fixes=(), params={}, model=Model(stall_s=0.0))


# ---- tables ----------------------------------------------------------------------------------------


def main() -> None:
    """Print the tables; with `--write`, put them into the page."""
    columns = (
        f"| program | interleavings | `portfolio` after {EARLY} schedules | inside | half of it explored "
        "| inside | `dfs` alone, on its way | inside |"
    )
    left = [columns, "|---|--:|---|--:|---|--:|---|--:|"]
    new = [
        "| program | classes | random schedules | truth, median | estimate, median (5% to 95%) | inside |",
        "|---|--:|--:|--:|---|--:|",
    ]
    for name, body in PROGRAMS.items():
        started = time.perf_counter()
        known = truth(body)
        drawn = list(samples(body, known))
        left.append(remaining_row(name, known, drawn))
        new += unseen_rows(name, known, drawn)
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    text = "\n".join(
        ["### Schedules left", "", *left, "", "### Something new", "", *new, "", *cost()]
    )
    print(text)
    if "--write" in sys.argv:
        write(text)


def remaining_row(name: str, known: Truth, drawn: Sequence[Sample]) -> str:
    """Estimates of a portfolio as it begins and at half, and of depth-first search by itself."""
    half = min(known.stops, key=lambda stop: abs(2 * stop.runs - known.runs))
    probes = min(EARLY + half.runs // 3, max(DRAWS))
    early = [(remaining_schedules([], 0, one.probes[:EARLY]), known.runs) for one in drawn]
    later = [
        (
            remaining_schedules(half.levels, half.runs, one.probes[:probes]),
            known.runs - half.runs,
        )
        for one in drawn
    ]
    alone = [
        (remaining_schedules(stop.levels, stop.runs), known.runs - stop.runs)
        for stop in known.stops
    ]
    cells = [quality(pairs) for pairs in (early, later, alone)]
    return f"| {name} | {known.runs:,} | {' | '.join(cells)} |"


def quality(pairs: Iterable[tuple[Remaining | None, int]]) -> str:
    """Estimate over truth, and the share of intervals that held the truth."""
    ratios, inside = [], 0
    for estimate, left in pairs:
        if estimate is None:
            continue
        ratios.append(estimate.likely / left)
        inside += estimate.low <= left + 1e-9 and left <= estimate.high + 1e-9
    return f"{spread(ratios, '.2f')} | {inside / len(ratios):.0%}"


def unseen_rows(name: str, known: Truth, drawn: Sequence[Sample]) -> Iterator[str]:
    """Good-Turing after 50, 200 and 1000 random schedules."""
    for index, draws in enumerate(DRAWS):
        pairs = [one.unseen[index] for one in drawn]
        inside = sum(u.low - 1e-9 <= mass <= u.high + 1e-9 for u, mass in pairs) / len(pairs)
        middle = median(mass for _, mass in pairs)
        yield (
            f"| {name} | {len(known.classes):,} | {draws} | {middle:.3f} "
            f"| {spread([u.likely for u, _ in pairs], '.3f')} | {inside:.0%} |"
        )


def spread(values: Sequence[float], form: str) -> str:
    """Median, and what 5% and 95% of the values stay below."""
    ordered = sorted(values)
    low, high = (ordered[int(share * (len(ordered) - 1))] for share in (0.05, 0.95))
    return f"{median(ordered):{form}} ({low:{form}} to {high:{form}})"


# ---- cost ------------------------------------------------------------------------------------------


async def three_by_four() -> None:
    """3 tasks, each 4 times: v = x; x = v + 1."""
    x = harness.Cell(0)

    async def increment() -> None:
        for _ in range(4):
            value = x.get()
            await trio.lowlevel.checkpoint()
            x.set(value + 1)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(increment)


def cost() -> list[str]:
    """What telling classes apart adds to a random schedule."""
    bodies = {
        "3 tasks x 4 steps, `get` and `set`": three_by_four,
        "3 tasks x 4 rounds, `read` and `write`": programs.lost(3, 4),
    }
    lines = [
        "### Cost",
        "",
        "| | a random schedule, us | telling its class, us | share | after 1,000 schedules |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, body in bodies.items():
        subject, walk, counter = subject_of(body), RandomWalk(0), ClassCounter()
        run = add = inf
        with Kernel(Model(stall_s=0.0)) as kernel:
            for _ in range(100):
                started = time.process_time()
                for _ in range(40):
                    subject.run(kernel, walk)
                run = min(run, (time.process_time() - started) / 40 * 1e6)
                started = time.process_time()
                for _ in range(40):
                    counter.add(kernel.engine)
                add = min(add, (time.process_time() - started) / 40 * 1e6)
        lines.append(f"| {name} | {run:.0f} | {add:.1f} | {add / run:.1%} | {add / run / 2:.1%} |")
    return lines


def write(text: str) -> None:
    """Replace what stands between the markers of the page."""
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")


if __name__ == "__main__":
    main()
