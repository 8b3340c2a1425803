"""How many schedules are left: exact where the tree is even, near it elsewhere, never a promise."""

from __future__ import annotations

from math import isfinite, log
from unittest import mock

import pytest
from hypothesis import given, strategies as st

import harness
from harness.explore.estimate import Level, Probe, Remaining, remaining_schedules
from harness.explore.estimate.tree import is_explored
from harness.explore.strategies import STRATEGIES
from tests.quality import programs
from tests.unit.explore.models import counters
from tests.unit.explore.portfolios import WithoutReduction


def even(runs: int, depth: int) -> list[Level]:
    """A search of a binary tree of that depth, after so many runs from the left."""
    picks = [runs >> (depth - 1 - level) & 1 for level in range(depth)]
    return [Level(2, pick, () if pick else (1,)) for pick in picks]


def test_nothing_is_said_before_the_first_run() -> None:
    """No run, no probe, no estimate."""
    assert remaining_schedules([], 0) is None


@given(st.integers(1, 1023))
def test_the_rest_of_an_even_tree_lies_within_the_interval(runs: int) -> None:
    """Of 1024 leaves."""
    left = remaining_schedules(even(runs, 10), runs)
    assert left is not None
    assert left.low - 1e-6 <= 1024 - runs <= left.high + 1e-6
    assert left.low <= left.likely <= left.high


def test_probes_that_end_outside_the_explored_part_say_what_is_left() -> None:
    """A quarter of the tree is explored; each probe in the rest has the weight of 1000 leaves."""
    levels = [Level(2, 0, (1,)), Level(2, 1, ())]
    probes = [Probe((1, 0), log(1000))] * 10 + [Probe((0, 0), log(7))] * 10
    left = remaining_schedules(levels, 5, probes)
    assert left is not None
    assert left.likely == pytest.approx(750)


def test_few_probes_are_not_relied_on() -> None:
    """The estimate is that of the search alone."""
    probes = [Probe((1,), log(1e9))] * 3
    assert remaining_schedules(even(1, 2), 1, probes) == remaining_schedules(even(1, 2), 1)


@pytest.mark.parametrize(
    ("picks", "explored"),
    [
        ((0, 0), True),
        ((0, 1, 5), False),  # the way to the next run
        ((0, 2), False),  # for later
        ((1, 0), False),
        ((2, 0), True),
    ],
)
def test_what_was_left_of_the_way_is_explored(picks: tuple[int, ...], explored: bool) -> None:
    """At the first choice where a probe leaves the way, what is not for later is done with."""
    levels = [Level(3, 0, (1,)), Level(3, 1, (2,))]
    assert is_explored(picks, levels) is explored


def test_each_untried_option_counts_for_one_at_least() -> None:
    """However thin the explored part was."""
    left = remaining_schedules([Level(50, 1, tuple(range(2, 50)))], 1)
    assert left is not None
    assert left.low >= 49


@pytest.mark.parametrize("probes", [[], [Probe((3,) * 20_000, 20_000 * log(4))] * 20])
def test_a_tree_beyond_any_number_leaves_a_number(probes: list[Probe]) -> None:
    """20,000 choices of four: no float holds it, and JSON knows no infinity."""
    levels = [Level(4, 0, (1, 2, 3))] * 20_000 + [Level(4, 1, (2, 3))]
    left = remaining_schedules(levels, 1, probes)
    assert left is not None
    assert isfinite(left.high)
    assert left.likely == 1e300


def test_a_search_in_between_others_takes_longer() -> None:
    """Every fourth schedule is another's."""
    assert Remaining(3, 6, 9).scaled(4 / 3, 10) == Remaining(14, 18, 22)


# ---- in a search -----------------------------------------------------------------------------------


def test_an_inconclusive_search_says_what_is_left() -> None:
    """1680 interleavings."""
    result = harness.explore(programs.lost(3, 1), strategy="dfs", schedules=300)
    assert result.verdict == "inconclusive"
    assert result.remaining is not None
    assert result.remaining.low <= 1680 - 300 <= result.remaining.high
    assert result.remaining_estimate == result.remaining.likely
    assert result.unseen is None


def test_a_portfolio_says_what_is_left_and_what_is_new() -> None:
    """With depth-first search for a part: the rest of that, at the pace that it has."""
    with mock.patch.dict(STRATEGIES, {"portfolio": WithoutReduction}):
        result = harness.explore(programs.lost(3, 1), schedules=300)
    assert result.verdict == "inconclusive"
    assert result.remaining is not None
    left = 1680 - (300 - result.sampled)
    assert result.remaining.low <= 16 * left <= result.remaining.high  # too many for the budget
    assert result.unseen is not None


@pytest.mark.parametrize("strategy", ["dfs", "portfolio"])
def test_nothing_is_left_of_a_complete_search(strategy: str) -> None:
    """Neither schedules nor classes."""
    result = harness.explore(counters([2, 2], []), strategy=strategy)
    assert result.complete
    assert (result.remaining, result.unseen, result.remaining_estimate) == (None, None, None)


def test_a_random_search_says_how_likely_something_new_is() -> None:
    """Four classes are soon seen; how many schedules there are it never knows."""
    result = harness.explore(programs.lost(2, 1), strategy="random", schedules=200)
    assert result.remaining is None
    assert result.unseen is not None
    assert (result.unseen.draws, result.unseen.classes) == (200, 4)
    assert result.unseen.high < 0.03


def test_a_portfolio_counts_only_what_it_drew_at_random() -> None:
    """And that is what makes no proof."""
    result = harness.explore(programs.lost(3, 2), schedules=200)
    assert result.unseen is not None
    assert result.unseen.draws == result.sampled
    assert 100 <= result.sampled < 200


def test_progress_has_both() -> None:
    """At the end at the latest; a search of under a second has them from its beginning."""
    seen: list[harness.Progress] = []
    harness.explore(programs.lost(3, 1), schedules=300, progress=seen.append)
    assert seen[-1].remaining is not None
    assert seen[-1].unseen is not None
