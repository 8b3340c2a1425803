"""How often each cost occurred: an exact median in bounded memory.

No method finds the exact median of an endless stream of different numbers in bounded memory, so
this one says when it had to round. Costs are counted one by one; when there are more than
`DISTINCT_MAX` different ones, all are rounded down to multiples of the smallest power of two, the
`resolution`, that makes them few enough. The resolution depends only on which costs occurred, not
on their order or on how they were split over workers: the buckets nest, so any part needs at most
the resolution of the whole. That is why merging is associative and commutative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

DISTINCT_MAX = 4096


def _ascending(counts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(counts))


@attrs.frozen
class Costs:
    """Counts of schedules by cost: pairs (cost, schedules), ascending, every count positive.

    `resolution` is 1 while every cost is exact. `worst` is always exact.
    """

    counts: tuple[tuple[int, int], ...] = attrs.field(default=(), converter=_ascending)
    resolution: int = 1
    worst: int = 0

    def __attrs_post_init__(self) -> None:
        assert len(self.counts) <= DISTINCT_MAX
        assert all(cost % self.resolution == 0 and count > 0 for cost, count in self.counts)

    @property
    def median(self) -> int | float:
        """The middle cost, or the mean of the two middle ones (then a float if it must be)."""
        total = sum(count for _, count in self.counts)
        if total == 0:
            return 0
        twice = self._at((total - 1) // 2) + self._at(total // 2)
        return twice / 2 if twice % 2 else twice // 2

    def _at(self, index: int) -> int:
        """The cost at `index` of all costs in ascending order."""
        for cost, count in self.counts:
            if index < count:
                return cost
            index -= count
        raise AssertionError(index)

    def merge(self, other: Costs) -> Costs:
        """The costs of both. Associative and commutative; `Costs()` is neutral."""
        counter = CostCounter(self)
        counter.merge(other)
        return counter.frozen()


class CostCounter:
    """Counts costs as they come. `add` is one dictionary operation."""

    __slots__ = ("_counts", "_resolution", "_worst")

    def __init__(self, start: Costs | None = None) -> None:
        start = start or Costs()
        self._counts = dict(start.counts)
        self._resolution = start.resolution
        self._worst = start.worst

    def add(self, cost: int, count: int = 1) -> None:
        """`count` more schedules cost `cost`, which is at least 0."""
        assert cost >= 0
        assert count > 0
        self._worst = max(self._worst, cost)
        self._count(cost, count)

    def merge(self, other: Costs) -> None:
        """Add everything that `other` counted."""
        self._coarsen(max(self._resolution, other.resolution))
        for cost, count in other.counts:
            self._count(cost, count)
        self._worst = max(self._worst, other.worst)

    def frozen(self) -> Costs:
        """What was counted so far."""
        return Costs(self._counts.items(), self._resolution, self._worst)

    def _count(self, cost: int, count: int) -> None:
        bucket = cost - cost % self._resolution
        self._counts[bucket] = self._counts.get(bucket, 0) + count
        while len(self._counts) > DISTINCT_MAX:
            self._coarsen(self._resolution * 2)

    def _coarsen(self, resolution: int) -> None:
        if resolution == self._resolution:
            return
        exact, self._counts, self._resolution = self._counts, {}, resolution
        for cost, count in exact.items():
            bucket = cost - cost % resolution
            self._counts[bucket] = self._counts.get(bucket, 0) + count
