"""What a run of a reduction costs, next to a random schedule of the same program.

    python -m tests.benchmarks.bench_reduction [--write]

Both take turns, a batch at a time, each in a kernel of its own; times are of the processor, figures
medians of the batches. A batch of the reduction goes on where the last one stopped, and starts anew once
all classes have been run. Its executions are those that it counts as schedules: probes, which only look
what a reversed step would touch, are part of what one costs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import attrs
import trio

import harness
from harness.explore.scenario import as_scenario, model_of
from harness.explore.strategies import Dpor, RandomWalk
from harness.explore.subject import Subject
from tests.benchmarks.figures import write
from tests.quality import programs

PAGE = Path(__file__).parents[2] / "docs/explanation/performance.md"
BATCHES = 30
BATCH = 100
TASKS = 8

Batch = Callable[[], object]


async def transfers(world: harness.World) -> None:
    """Eight tasks, forty steps: look at a row, then change another in a transaction; two share one."""
    rows = {f"{kind} {number}": 100 for kind in ("own", "shared") for number in range(TASKS)}
    db = world.database("accounts", rows)

    async def transfer(number: int) -> None:
        shared = f"shared {number // 2}"
        amount = await db.get(f"own {number}")
        async with db.transaction() as change:
            await change.put(shared, await change.get(shared) + amount)

    async with trio.open_nursery() as nursery:
        for number in range(TASKS):
            nursery.start_soon(transfer, number)


SUBJECTS: dict[str, Any] = {
    "lost(3,2)": programs.lost(3, 2),
    "last_zero(10)": programs.last_zero(10),
    "8 tasks, 40 steps, a database": transfers,
}


@attrs.define
class Reduction:
    """A search that never ends.

    Attributes:
      runs, probes: so far.
    """

    subject: Subject
    kernel: Any
    runs: int = 0
    probes: int = 0
    _search: Dpor = attrs.field(factory=Dpor, init=False)

    def batch(self) -> None:
        """So many runs more."""
        for _ in range(BATCH):
            if self.runs == 0 or not self._search.more():
                self._search = Dpor()
                self._search.attach(partial(self.kernel.run, self.subject.body, auditing=False))
            before = self._search.probes
            self.subject.judge(self.kernel.run(self.subject.body, self._search))
            self._search.finished(self.kernel.engine)
            self.probes += self._search.probes - before
            self.runs += 1


def main() -> None:
    """Print the figures; with `--write`, put them into the page on performance."""
    longer = f"{BATCH * BATCHES:,} executions take so many times as long"
    lines = [
        f"| | random schedules/s | `dpor` executions/s | of it | {longer} | probes each |",
        "|---|--:|--:|--:|--:|--:|",
        *(row(name, body) for name, body in SUBJECTS.items()),
    ]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write(PAGE, "\n".join(lines), "reduction")


def row(name: str, body: Any) -> str:
    """One program."""
    subject = subject_of(body)
    times_s: tuple[list[float], list[float]] = [], []
    with ExitStack() as stack:
        plain = stack.enter_context(subject.kernel(0))
        walk = RandomWalk(0)

        def random() -> None:
            for _ in range(BATCH):
                subject.run(plain, walk)

        random()
        with subject.kernel(0, observed=True) as observed:
            reduction = Reduction(subject, observed)
            reduction.batch()
            for _ in range(BATCHES):
                for run, spent in zip((random, reduction.batch), times_s, strict=True):
                    spent.append(timed(run))
    walks, runs = (BATCH / median(spent) for spent in times_s)
    longer = sum(times_s[1]) / sum(times_s[0])
    probes = reduction.probes / reduction.runs
    return f"| {name} | {walks:,.0f} | {runs:,.0f} | {runs / walks:.2f} | {longer:.2f} | {probes:.2f} |"


def timed(run: Batch) -> float:
    """Seconds of the processor."""
    started = time.process_time()
    run()
    return time.process_time() - started


def subject_of(body: Any) -> Subject:
    """A program as the explorer runs it; its tasks share nothing but what is tracked."""
    made = as_scenario(body)
    unset: dict[str, Any] = dict.fromkeys(("time", "horizon_s", "steps_max", "step_timeout_s"))
    model = model_of(made, assume_independent=True, fairness="none", **unset)
    return Subject(scenario=made, fixes=(), params={}, model=model)


if __name__ == "__main__":
    main()
