"""The median of costs: exact while it can be, bounded always, the same however it was merged."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given, settings, strategies as st

from harness.properties import costs
from harness.properties.costs import CostCounter, Costs

_lists = st.lists(st.integers(0, 50) | st.integers(0, 10**12), max_size=30)


def _counted(values: list[int]) -> Costs:
    counter = CostCounter()
    for value in values:
        counter.add(value)
    return counter.frozen()


@settings(deadline=None)
@given(_lists.filter(bool))
def test_median_and_worst_are_exact(values: list[int]) -> None:
    """As the standard library computes them from the whole list."""
    found = _counted(values)

    assert found.resolution == 1
    assert statistics.median(values) == found.median
    assert max(values) == found.worst


def test_nothing_counted_costs_nothing() -> None:
    """An empty scorecard has numbers, not an error."""
    assert Costs().median == 0
    assert Costs().worst == 0


@settings(deadline=None)
@given(_lists, _lists, _lists, st.integers(2, 6))
def test_merging_does_not_depend_on_how_the_work_was_split(
    a: list[int], b: list[int], c: list[int], distinct_max: int
) -> None:
    """Associative, commutative, with a neutral element, and equal to counting in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(costs, "DISTINCT_MAX", distinct_max)
        x, y, z = _counted(a), _counted(b), _counted(c)

        assert x.merge(y).merge(z) == x.merge(y.merge(z)) == _counted(c + a + b)
        assert x.merge(y) == y.merge(x)
        assert x.merge(Costs()) == x
        assert (x.merge(y).worst) == max([*a, *b], default=0)


def test_endless_different_costs_stay_bounded_and_nearly_exact() -> None:
    """Beyond the bound, the median is off by less than the resolution, which is stated."""
    pick = random.Random(0)
    values = [pick.randrange(10**9) for _ in range(3 * costs.DISTINCT_MAX)]

    found = _counted(values)

    assert 1 < found.resolution <= 10**9 / costs.DISTINCT_MAX * 4
    assert len(found.counts) <= costs.DISTINCT_MAX
    assert 0 <= statistics.median(values) - found.median < found.resolution
    assert max(values) == found.worst
