"""Makes the tables of `docs/how-to/fuzz-restart-plans.md` by fuzzing the maintenances.

    python -m tests.quality.fuzz_page

It takes some minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase

import harness
from harness import fuzz
from harness.fuzz.search import Asked, Searcher
from scenarios import paradex_maintenance as maintenance
from tests.quality.paradex_page import with_tables

if TYPE_CHECKING:
    from harness.plans import Plan

PAGE = Path(__file__).parents[2] / "docs/how-to/fuzz-restart-plans.md"
RACES = {
    "tick_before_load": "R1",
    "flush_during_load": "R2",
    "replica_lag": "R3",
    "two_writers": "R4",
    "cache_warm_up": "R5",
    "save_before_load": "the sixth",
}
#: Of base rates: different plans that are drawn, and schedules of each.
PLANS = 100
SCHEDULES = 50


def declared(name: str) -> harness.Scenario:
    """A maintenance by name."""
    made = getattr(maintenance, name)
    assert isinstance(made, harness.Scenario)
    return made


def drawn(scenario: harness.Scenario) -> list[fuzz.Input]:
    """So many different plans, drawn as fuzzing draws them."""
    assert scenario.plans is not None
    found: dict[Plan, None] = {}

    @hypothesis.seed(0)
    @hypothesis.settings(
        database=None,
        max_examples=4 * PLANS,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(fuzz.plans(scenario.plans))
    def draw(plan: Plan) -> None:
        found[plan] = None

    draw()
    return [fuzz.Input(plan=plan) for plan in list(found)[:PLANS]]


def failing(scenario: harness.Scenario, inputs: list[fuzz.Input]) -> int:
    """How many of these a random search finds something in."""
    with Searcher(Asked(scenario=scenario)) as searcher:
        return sum(bool(searcher.search(given, SCHEDULES).kinds) for given in inputs)


def rates() -> str:
    """The size of each space of plans, and the share of random ones that show the race."""
    rows = []
    for name, race in RACES.items():
        scenario = declared(name)
        assert scenario.plans is not None
        inputs = drawn(scenario)
        count = failing(scenario, inputs)
        share = f"{count / len(inputs):.0%}"
        size = f"{scenario.plans.size():,}"
        rows.append(f"| {race} | `{name}` | {size} | {count} of {len(inputs)} ({share}) |")
        print(rows[-1], flush=True)  # noqa: T201  # it takes a while
    head = "| race | scenario | plans there are | random plans that show it |\n|---|---|---|---|"
    return "\n".join([head, *rows])


def shrunk() -> str:
    """The first failure of each: what was drawn, what is left of it, and what is known of less."""
    rows = []
    for name, race in RACES.items():
        (failure,) = fuzz.fuzz(declared(name), inputs_max=200, stop_at_first=True).failures
        rows.append(
            f"| {race} | {failure.found_at} | {failure.found} | {failure.input} "
            f"| {failure.minimality.in_words()} |"
        )
        print(rows[-1], flush=True)  # noqa: T201  # it takes a while
    head = "| race | drawn as plan | which is | shrunk to | with any element less: no failure |"
    return "\n".join([head, "|---|---|---|---|---|", *rows])


def tables() -> dict[str, str]:
    """By the names in the page's markers."""
    return {"rates": rates(), "shrunk": shrunk()}


def main() -> None:
    """Measure, and put it into the page."""
    made = tables()
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
