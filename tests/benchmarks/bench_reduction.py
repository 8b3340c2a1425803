"""What an execution of a reduction costs, next to a random schedule of the same program.

    python -m tests.benchmarks.bench_reduction [--write]

Whole searches, as `harness.explore` makes them, take turns; times are of the processor, figures medians of
the searches. Executions are those that a search counts as schedules: probes, which only look what a
reversed step would touch, are part of what one costs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import trio

import harness
from harness.explore.scenario import as_scenario, model_of
from harness.explore.subject import Subject
from tests.benchmarks.figures import write
from tests.quality import programs

PAGE = Path(__file__).parents[2] / "docs/explanation/performance.md"
SEARCHES = 9
AT_MOST = 3_328
TASKS = 8


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


def main() -> None:
    """Print the figures; with `--write`, put them into the page on performance."""
    longer = "take so many times as long as random schedules"
    lines = [
        f"| | random schedules/s | `dpor` executions/s | of it | executions | {longer} |",
        "|---|--:|--:|--:|--:|--:|",
        *(row(name, body) for name, body in SUBJECTS.items()),
    ]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write(PAGE, "\n".join(lines), "reduction")


def row(name: str, body: Any) -> str:
    """One program."""
    per_s: dict[str, list[float]] = {"random": [], "dpor": []}
    for seed in range(SEARCHES):
        for strategy, rates in per_s.items():
            started = time.process_time()
            result = search(body, strategy, seed=seed)
            rates.append(result.schedules / (time.process_time() - started))
    walks, runs = map(median, per_s.values())
    count = f"{result.schedules:,}"
    return f"| {name} | {walks:,.0f} | {runs:,.0f} | {runs / walks:.2f} | {count} | {walks / runs:.2f} |"


def search(body: Any, strategy: str, *, seed: int) -> harness.Result:
    """As anybody searches, but for the failures: they are not made small."""
    return harness.explore(
        body,
        strategy=strategy,
        schedules=AT_MOST,
        seed=seed,
        shrink=False,
        assume_independent=True,
        fairness="none",
    )


def subject_of(body: Any) -> Subject:
    """A program as the explorer runs it; its tasks share nothing but what is tracked."""
    made = as_scenario(body)
    unset: dict[str, Any] = dict.fromkeys(("time", "horizon_s", "steps_max", "step_timeout_s"))
    model = model_of(made, assume_independent=True, fairness="none", **unset)
    return Subject(scenario=made, fixes=(), params={}, model=model)


if __name__ == "__main__":
    main()
