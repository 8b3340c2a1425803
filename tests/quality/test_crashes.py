"""The classic crash-consistency bugs are found, and what is said to mend them does."""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

import harness
from tests.quality.crashes import CRASHES

SCHEDULES_MAX = 2_000


def _first_seen(name: str, seed: int) -> int:
    """The schedule in which the portfolio sees it, or one that is never made."""
    result = harness.explore(
        CRASHES[name].scenario,
        schedules=SCHEDULES_MAX,
        seed=seed,
        shrink=False,
        stop_at_first=True,
    )
    return result.violations[0].first_seen if result.violations else SCHEDULES_MAX + 1


def _all(name: str, **options: Any) -> harness.Result:
    return harness.explore(CRASHES[name].scenario, strategy="dpor", shrink=False, **options)


@pytest.mark.parametrize("name", CRASHES)
def test_each_is_found_and_only_with_its_fault(name: str) -> None:
    """By the portfolio, within 2,000 schedules; without the fault every interleaving is fine."""
    assert _first_seen(name, 0) <= SCHEDULES_MAX
    assert _all(name, faults=CRASHES[name].others).verdict == "exhausted"


@pytest.mark.parametrize("name", CRASHES)
def test_what_the_handbook_says_mends_it(name: str) -> None:
    """Under the same faults, every state that the model allows is one that the users know of."""
    assert _all(name, fixes=("mended",)).verdict == "exhausted"


@pytest.mark.soak
@pytest.mark.parametrize("name", CRASHES)
def test_each_is_found_by_half_of_fifty_seeds(name: str) -> None:
    """The median, as in the catalogue of faults."""
    assert median(_first_seen(name, seed) for seed in range(50)) <= SCHEDULES_MAX
