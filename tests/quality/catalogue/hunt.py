"""How many schedules it takes to find each bug of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import harness
from tests.quality.catalogue.entry import Entry

#: A search that has found nothing after so many schedules has not found it.
SCHEDULES_MAX = 2_000


def first_seen(entry: Entry, seed: int, strategy: str = "portfolio") -> int:
    """The schedule that shows the bug first, in one search; one more than are allowed if none does."""
    result = harness.explore(
        entry.scenario,
        strategy=strategy,
        assume_independent=strategy == "dpor",
        faults=entry.faults,
        seed=seed,
        schedules=SCHEDULES_MAX,
        stop_at_first=True,
        shrink=False,
    )
    return min((found.first_seen for found in result.violations), default=SCHEDULES_MAX + 1)


def median_of(entry: Entry, seeds: Sequence[int]) -> float:
    """The median over some seeds."""
    return median(first_seen(entry, seed) for seed in seeds)


def without_it(entry: Entry) -> harness.Result:
    """Every class of interleavings of the same service under every other fault."""
    return harness.explore(
        entry.scenario,
        faults=entry.without,
        strategy="dpor",
        assume_independent=True,
        schedules=SCHEDULES_MAX,
        shrink=False,
    )
