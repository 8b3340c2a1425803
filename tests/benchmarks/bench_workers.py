"""What a second worker is worth: schedules per second of `-n 2` and `-n 1`, and what the machine could give.

The search is of a full-size scenario, which takes milliseconds a schedule. The three contenders take turns:
one process, two workers, and two processes that know nothing of each other and search at the same time.
The last is the ceiling: on a machine that others use, or whose second core is half a core, two of
anything are not worth twice one. Times are of the clock on the wall, from when the first worker has come up,
and each contender has processes of its own. What a schedule costs of the processor does not depend on
what else the machine does, or hardly: two cores that are free make twice as many a second if it is the same.

Then a worker is killed in the middle of a search, and what comes out is compared.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import attrs

import harness
from harness.explore.asked import Asked
from harness.explore.discover import import_scenario
from harness.explore.workers import Workers
from harness.explore.workers.processes import Processes
from tests.benchmarks.figures import write

PAGE = Path(__file__).parents[2] / "docs/explanation/performance.md"
SCENARIO = "scenarios/paradex_funding_reset.py::r1_tick_before_load"
PARAMS = {"markets": 4, "accounts": 200, "traders": 1}
STRATEGY = "surw"
ROUNDS = 7
BUDGET_S = 4.0

SEARCH = """
import json, os, sys, harness
from harness.explore.discover import import_scenario

made, params, strategy, workers, seed, limits = json.loads(sys.argv[1])
scenario = import_scenario(made)
before_s = sum(os.times()[:4])
result = harness.explore(
    scenario, params=params, strategy=strategy, workers=workers, seed=seed, shrink=False, **limits
)
said = [result.schedules, result.wall_s, sum(os.times()[:4]) - before_s]
print("said:", json.dumps(said))
"""


@attrs.define
class Contender:
    """Processes that search at the same time, each with so many workers.

    Attributes:
      rates: schedules per second, by the clock on the wall.
      effort_ms: of the processor, for a schedule; starting and stopping workers left out.
    """

    name: str
    workers: tuple[int, ...]
    rates: list[float] = attrs.field(factory=list)
    efforts_ms: list[float] = attrs.field(factory=list)
    _start_s: float = 0.0

    def start(self) -> None:
        """Find out what starting costs."""
        self._start_s = sum(spent_s for _, _, spent_s in self._searched({"schedules": 8}))

    def turn(self) -> None:
        """Search once."""
        said = self._searched({"time_budget_s": BUDGET_S})
        self.rates.append(sum(schedules / wall_s for schedules, wall_s, _ in said))
        spent_s = sum(spent_s for _, _, spent_s in said) - self._start_s
        self.efforts_ms.append(1_000 * spent_s / sum(schedules for schedules, _, _ in said))

    def _searched(self, limits: dict[str, float]) -> list[tuple[int, float, float]]:
        children = [_started(workers, seed, limits) for seed, workers in enumerate(self.workers)]
        return [json.loads(child.communicate()[0].rpartition("said:")[2]) for child in children]

    def row(self, first: Contender) -> str:
        """A line of the table, compared with `first`, round by round."""
        times = median(mine / its for mine, its in zip(self.rates, first.rates, strict=True))
        effort_ms = median(self.efforts_ms)
        return f"| {self.name} | {median(self.rates):,.0f} | {times:.2f} | {effort_ms:.2f} |"


def _started(workers: int, seed: int, limits: dict[str, float]) -> subprocess.Popen[str]:
    asked = json.dumps([SCENARIO, PARAMS, STRATEGY, workers, seed, limits])
    command = [sys.executable, "-c", SEARCH, asked]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def compare() -> list[str]:
    """The table."""
    one, two = Contender("`-n 1`", (1,)), Contender("`-n 2`", (2,))
    ceiling = Contender("two processes that know nothing of each other", (1, 1))
    contenders = [one, two, ceiling]
    for contender in contenders:
        contender.start()
    for _ in range(ROUNDS):
        for contender in contenders:
            contender.turn()
    of = median(mine / its for mine, its in zip(two.rates, ceiling.rates, strict=True))
    return [
        "| | schedules/s (median) | times `-n 1` | of the processor, ms a schedule |",
        "|---|--:|--:|--:|",
        *(contender.row(one) for contender in contenders),
        "",
        (
            f"`-n 2` makes {of:.0%} of what two processes of their own make. While this was measured, "
            f"{os.getloadavg()[0]:.1f} processes wanted the {os.cpu_count()} cores of the machine."
        ),
    ]


def killed() -> str:
    """A worker dies in the middle; what comes out, in words."""
    whole, _ = _made(kill=False)
    broken, deaths = _made(kill=True)
    same = "the same result" if whole == broken else "ANOTHER RESULT"
    return (
        f"`-n 2`, {deaths} workers killed in the middle of {whole['schedules']} schedules: {same}."
    )


def _made(*, kill: bool) -> tuple[dict[str, Any], int]:
    """A search, and how many workers died in it."""
    with Workers(2) as team:
        crew = team.crew
        assert isinstance(crew, Processes)

        def told(progress: harness.Progress) -> None:
            if kill and crew.pids and progress.schedules > 100 * (crew.deaths + 1):
                os.kill(crew.pids[0], signal.SIGKILL)

        scenario = import_scenario(SCENARIO)
        asked = Asked(strategy="random")
        search = team.search(scenario, asked, schedules=600, shrink=False)
        result = next(team.results([search], told))
        kinds = {one.fingerprint: (one.first_seen, one.seen) for one in result.violations}
        found = {"verdict": result.verdict, "schedules": result.schedules, "kinds": kinds}
        return found | {"classes": result.classes, "scorecard": result.scorecard}, crew.deaths


def main() -> None:
    """Print the figures; with `--write`, put them into the page on performance."""
    lines = [*compare(), "", killed()]
    print("\n".join(lines))
    if "--write" in sys.argv:
        write(PAGE, "\n".join(lines), "workers")


if __name__ == "__main__":
    main()
