"""Makes the tables of `docs/explanation/paradex.md` by running every interleaving of every cell.

    python -m tests.quality.paradex_page

It takes a quarter of an hour on a quiet core. With names of races it makes their tables only, and
leaves the one over all races as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import harness
from scenarios import paradex_funding_reset as paradex

PAGE = Path(__file__).parents[2] / "docs/explanation/paradex.md"
RACES = {
    "r1_tick_before_load": "R1",
    "r2_flush_during_load": "R2",
    "r3_replica_lag": "R3",
    "r4_two_writers": "R4",
    "r5_cache_warm_up": "R5",
}
OUTCOMES = ("caught", "late", "passed", "vacuous", "escaped", "unused")
LIQUIDATED = "I1 only the unhealthy are liquidated"
STUCK = "L1 the index resumes and the mode reaches OK"
#: A cell that takes longer is marked inconclusive.
CELL_BUDGET_S = 600.0


def scenario(race: str) -> harness.Scenario:
    """One of the races, by its name."""
    made: harness.Scenario = getattr(paradex, race)
    return made


def cell(race: str, fixes: Sequence[str]) -> harness.Result:
    """Every interleaving of one race under one set of fixes."""
    return harness.explore(
        scenario(race), strategy="dfs", fixes=fixes, time_budget_s=CELL_BUDGET_S, shrink=False
    )


def cells(races: Iterable[str]) -> list[harness.Result]:
    """All rows of these races' scorecards, with a line for each as it comes."""
    made = []
    for race in races:
        for names in scenario(race).scorecard_sets():
            made.append(cell(race, names))
            print(f"{race} {fixes(made[-1])}: {made[-1].verdict}", flush=True)  # noqa: T201
    return made


def seen(result: harness.Result, name: str) -> int:
    """In how many schedules a property was violated."""
    return sum(found.seen for found in result.violations if found.property == name)


def fixes(result: harness.Result) -> str:
    """The row's name."""
    return " + ".join(result.fixes) or "no fix"


def share(result: harness.Result) -> str:
    """Schedules in which somebody healthy was liquidated, in percent of all."""
    return f"{100 * seen(result, LIQUIDATED) / result.schedules:.1f}%"


def standing(result: harness.Result) -> str:
    """What the fixes are worth in one word, and how bad it is where they are not."""
    word = "**closed**"
    if result.verdict == "violated":
        word = share(result) if seen(result, LIQUIDATED) else "stuck"
    elif result.verdict == "inconclusive":
        word = "none found"
    return word if result.complete else f"{word}, inconclusive"


def table(results: Sequence[harness.Result]) -> str:
    """One race: a row for each set of fixes."""
    head = (
        "fixes",
        "schedules",
        "liquidated wrongly",
        "stuck",
        "corrupted",
        *OUTCOMES,
        "worst cost",
    )
    rows = [
        (
            fixes(one),
            f"{one.schedules:,}" + ("" if one.complete else " (not all)"),
            f"{seen(one, LIQUIDATED):,} ({share(one)})" if seen(one, LIQUIDATED) else "**0**",
            f"{seen(one, STUCK):,}" if seen(one, STUCK) else "**0**",
            *(f"{getattr(one.scorecard, name):,}" for name in ("corrupted", *OUTCOMES)),
            f"{one.scorecard.cost_worst:,}",
        )
        for one in results
    ]
    return markdown(head, rows)


def summary(results: Sequence[harness.Result]) -> str:
    """All races: how each set of fixes stands against each of them."""
    standings = {(fixes(one), one.scenario): standing(one) for one in results}
    rows = [
        (name, *(standings[name, race] for race in RACES))
        for name in dict.fromkeys(fixes(one) for one in results)
    ]
    return markdown(("fixes", *RACES.values()), rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables(results: Sequence[harness.Result]) -> dict[str, str]:
    """Every table that can be made of these cells, by the name that it has on the page."""
    parts = {race: [one for one in results if one.scenario == race] for race in RACES}
    made = {race: table(part) for race, part in parts.items() if part}
    return made | ({"summary": summary(results)} if len(made) == len(RACES) else {})


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """The page with what stands between its markers replaced."""
    for name, text in made.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        pattern = re.compile(re.escape(begin) + r".*?" + re.escape(end), re.DOTALL)
        page, count = pattern.subn(f"{begin}\n\n{text}\n\n{end}", page)
        assert count == 1, f"the page has no place for the table {name}"
    return page


def main(*races: str) -> None:
    """Make the tables and put them into the page."""
    made = tables(cells(races or RACES))
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
