"""Schedules to the first bug: each strategy on each program, next to what is published.

    python -m tests.benchmarks.bench_search [--write] [PROGRAM...]

It takes some ten minutes; two thirds of that are the programs of a hundred tasks. A cell is the mean over
seeds, of the sessions that found the bug within the cap, and how many did if not all. Where nothing is
drawn at random, one session says it all.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import harness
from harness.errors import HarnessError, InternalError
from harness.explore.strategies import STRATEGIES, make_strategy
from tests.benchmarks.figures import write
from tests.quality.bugs import OTHERS, ROWS, Program
from tests.quality.quicker import QUICKER
from tests.quality.sessions import sessions

PAGE = Path(__file__).parents[2] / "docs/explanation/search.md"
SEEDS = range(20)
CAP = 1_000
#: Of programs with many tasks a schedule takes milliseconds.
CAP_LARGE = 400
LARGE = ("_50", "_100")
PUBLISHED = ("random walk", "PCT-3", "PCT-10", "POS", "SURW")


def main() -> None:
    """Print the table row by row; with `--write`, put it into the page on search."""
    names = [word for word in sys.argv[1:] if not word.startswith("-")]
    lines = head()
    print("\n".join(lines), flush=True)
    for program in [*ROWS, *OTHERS]:
        if not names or program.name in names:
            lines.append(row(program))
            print(lines[-1], flush=True)
    if "--write" in sys.argv:
        write(PAGE, "\n".join(lines))
        write(PAGE, "\n".join(factors()), "factors")


def factors() -> list[str]:
    """By how much two strategies are quicker than a random walk, as the soak tests hold them to."""
    return [
        "| strategy | at least so many times quicker |",
        "|---|---|",
        *(
            f"| `{strategy}` | {', '.join(f'{name} {least:g}' for name, least in least_of.items())} |"
            for strategy, least_of in QUICKER.items()
        ),
    ]


def head() -> list[str]:
    """Ours, then what is published."""
    titles = ["program", *STRATEGIES, *(f"published: {name}" for name in PUBLISHED)]
    return [f"| {' | '.join(titles)} |", f"|---|{'--:|' * (len(titles) - 1)}"]


def row(program: Program) -> str:
    """One program under every strategy."""
    cap = CAP_LARGE if program.name.endswith(LARGE) else CAP
    cells = [program.name, *(cell(program, name, cap) for name in STRATEGIES)]
    return f"| {' | '.join([*cells, *program.published_words()])} |"


def cell(program: Program, strategy: str, cap: int) -> str:
    """The mean of the sessions that found it; in brackets how many did, if not all."""
    if not getattr(make_strategy(strategy, 0), "draws", False):
        return exhaustive(program, strategy, cap)
    found = sessions(program.make(), strategy, SEEDS, at_most=cap)
    return words([schedule for schedule in found if schedule <= cap], len(SEEDS))


def exhaustive(program: Program, strategy: str, cap: int) -> str:
    """The schedule that shows the bug, if one within the cap does."""
    try:
        result = harness.explore(
            program.make(),
            strategy=strategy,
            schedules=cap,
            stop_at_first=True,
            shrink=False,
            assume_independent=True,  # the tasks share cells and locks, nothing else
        )
    except (HarnessError, InternalError) as error:
        print(f"{program.name}, {strategy}: {error}", file=sys.stderr)
        return "error"
    return words([violation.first_seen for violation in result.violations], 1)


def words(found: Sequence[int], of: int) -> str:
    """A dash where nothing was found."""
    if not found:
        return "-"
    return f"{mean(found):.3g}" + (f" ({len(found)}/{of})" if len(found) < of else "")


if __name__ == "__main__":
    main()
