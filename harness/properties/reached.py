"""`sometimes`: points that must be reached, or the pass does not count.

A safety property that was never put to the test holds trivially. A scenario marks the points that
make it a test ("a liquidation happened", "mode reached OK"); one that no schedule of a whole
exploration reached is reported. Say `sometimes(name, reached=False)` early where the code that
would reach it might never run: what was never mentioned, nobody misses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable


def _by_name(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts))


@attrs.frozen
class Reached:
    """In how many schedules each point was reached, by name; zero where it never was."""

    counts: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_by_name)

    @property
    def never(self) -> tuple[str, ...]:
        """The points that no schedule reached, by name."""
        return tuple(name for name, count in self.counts if count == 0)

    def merge(self, other: Reached) -> Reached:
        """The counts of both. Associative and commutative; `Reached()` is neutral."""
        tally = ReachedTally()
        for name, count in self.counts + other.counts:
            tally.count(name, count)
        return tally.frozen()


class ReachedTally:
    """Adds up schedules one by one."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, *, declared: Iterable[str], reached: Iterable[str]) -> None:
        """One more schedule, with the points it mentioned and those it reached, each once."""
        for name in declared:
            self.count(name, 0)
        for name in reached:
            self.count(name, 1)

    def count(self, name: str, schedules: int) -> None:
        """`schedules` more schedules reached `name`."""
        self._counts[name] = self._counts.get(name, 0) + schedules

    def frozen(self) -> Reached:
        """The totals so far."""
        return Reached(self._counts.items())
