"""How good the estimates of what is left are, on programs and scenarios where the truth is known.

Every interleaving of each is run once: how many there are, how likely a random walk is to take each, and
its class. A random walk is then a draw among them, so that each of 200 seeds draws 1000 schedules in
no time; what is estimated from some of them is held against the truth.

    python -m tests.benchmarks.bench_estimates [--write] [--reduction]

With `--reduction` only what a reduction says is left, which takes seconds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from math import exp, inf
from pathlib import Path
from random import Random
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
from harness.explore.scenario import as_scenario, model_of
from harness.explore.strategies import DepthFirst, RandomWalk
from harness.explore.subject import Subject
from harness.kernel import Kernel, Model
from scenarios import paradex_funding_reset as january
from tests.benchmarks import left_of_reduction
from tests.benchmarks.figures import write
from tests.quality import programs

PAGE = Path(__file__).parents[2] / "docs/explanation/estimates.md"
SEEDS = 200
DRAWS = (50, 200, 1000)
#: Random schedules beside a depth-first search: before its first, and then one for each three of its own.
#: A portfolio makes fewer.
EARLY = 100
SUBJECTS: dict[str, harness.Scenario | programs.Body] = {
    "lost(2,2)": programs.lost(2, 2),
    "philosophers(3)": programs.philosophers(3),
    "last_zero(2)": programs.last_zero(2),
    "lost(3,1)": programs.lost(3, 1),
    "reorder(2,1)": programs.reorder(2, 1),
    "lost(2,3)": programs.lost(2, 3),
    "last_zero(3)": programs.last_zero(3),
    "January: R1": january.r1_tick_before_load,
    "January: R2": january.r2_flush_during_load,
    "January: R3": january.r3_replica_lag,
    "January: R4": january.r4_two_writers,
    "January: R5": january.r5_cache_warm_up,
}


@attrs.frozen
class Stop:
    """Where a depth-first search stood after so many runs."""

    runs: int
    levels: list[Level]


@attrs.define
class Truth:
    """Something that was run in every way.

    Attributes:
      leaves: each interleaving: its picks, and how unlikely a random walk is to make them.
      classes: that of each interleaving.
      stops: a depth-first search on its way: 200 to 400 evenly spaced ones, all of a small program.
    """

    leaves: list[Probe] = attrs.field(factory=list)
    classes: list[int] = attrs.field(factory=list)
    stops: list[Stop] = attrs.field(factory=list)

    @property
    def runs(self) -> int:
        """How many interleavings there are."""
        return len(self.leaves)


@attrs.define
class Sample:
    """1000 random schedules of one seed: the probes, and after each of `DRAWS` estimate and truth."""

    probes: list[Probe]
    unseen: list[tuple[Unseen, float]]


def truth(subject: Subject) -> Truth:
    """Every interleaving, in the order of a depth-first search that is looked at on its way."""
    strategy = DepthFirst()
    probing = Probing(strategy)
    found = Truth()
    stride = 1
    with subject.kernel(0) as kernel:
        while strategy.more():
            engine = kernel.run(subject.body, probing, auditing=False)
            probing.keep()
            found.leaves.append(probing.probes.pop())
            found.classes.append(class_hash(engine))
            strategy.finished(engine)
            if strategy.runs % stride == 0 and strategy.more():
                levels = [Level(w, p, tuple(u)) for w, p, u in strategy.levels()]
                found.stops.append(Stop(strategy.runs, levels))
            if len(found.stops) > 2 * SEEDS:
                found.stops, stride = found.stops[1::2], 2 * stride
    return found


def samples(known: Truth) -> Iterator[Sample]:
    """What each seed draws."""
    chances = [exp(-leaf.log_weight) for leaf in known.leaves]
    assert abs(sum(chances) - 1) < 1e-6
    masses: dict[int, float] = {}
    for found, chance in zip(known.classes, chances, strict=True):
        masses[found] = masses.get(found, 0.0) + chance
    cumulative = list(accumulate(chances))
    for seed in range(SEEDS):
        drawn = Random(seed).choices(range(known.runs), cum_weights=cumulative, k=max(DRAWS))
        counter, left = ClassCounter(), dict(masses)
        unseen: list[tuple[Unseen, float]] = []
        for number, index in enumerate(drawn, 1):
            counter.count(known.classes[index])
            left.pop(known.classes[index], None)
            if number in DRAWS:
                estimate = counter.unseen()
                assert estimate is not None
                unseen.append((estimate, sum(left.values())))
        yield Sample([known.leaves[index] for index in drawn], unseen)


def subject_of(
    body: harness.Scenario | programs.Body, *, assume_independent: bool | None = None
) -> Subject:
    """A program or a scenario, as `explore` runs it."""
    made = as_scenario(body)
    model = model_of(
        made,
        assume_independent=assume_independent,
        fairness=None,
        time=None,
        horizon_s=None,
        steps_max=None,
        step_timeout_s=None,
    )
    return Subject(scenario=made, fixes=(), params=made.checked_params({}), model=model)


# ---- tables ----------------------------------------------------------------------------------------


def main() -> None:
    """Print the tables; with `--write`, put them into the page."""
    restarts = {name: body for name, body in SUBJECTS.items() if name.startswith("January")}
    reduced = "\n".join(
        left_of_reduction.table(restarts, partial(subject_of, assume_independent=True), quality)
    )
    print(reduced)
    if "--write" in sys.argv:
        write(PAGE, reduced, "reduction")
    if "--reduction" not in sys.argv:
        of_interleavings()


def of_interleavings() -> None:
    """The tables for which every interleaving is run."""
    columns = (
        f"| | interleavings | `dfs` after {EARLY} random schedules | inside | half of it explored "
        "| inside | `dfs` alone, on its way | inside |"
    )
    left = [columns, "|---|--:|---|--:|---|--:|---|--:|"]
    new = [
        "| | classes | random schedules | truth, median | estimate, median (5% to 95%) | inside |",
        "|---|--:|--:|--:|---|--:|",
    ]
    for name, body in SUBJECTS.items():
        started = time.perf_counter()
        known = truth(subject_of(body))
        drawn = list(samples(known))
        left.append(remaining_row(name, known, drawn))
        new += unseen_rows(name, known, drawn)
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    text = "\n".join(
        ["### Schedules left", "", *left, "", "### Something new", "", *new, "", *cost()]
    )
    print(text)
    if "--write" in sys.argv:
        write(PAGE, text)


def remaining_row(name: str, known: Truth, drawn: Sequence[Sample]) -> str:
    """Estimates with random schedules, at the beginning and at half, and of depth-first search alone."""
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
            f"| {name} | {len(set(known.classes)):,} | {draws} | {middle:.3f} "
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
                    counter.count(class_hash(kernel.engine))
                add = min(add, (time.process_time() - started) / 40 * 1e6)
        lines.append(f"| {name} | {run:.0f} | {add:.1f} | {add / run:.1%} | {add / run / 2:.1%} |")
    return lines


if __name__ == "__main__":
    main()
