"""Partial order sampling: a random priority for each pending step, not for each task.

X. Yuan, J. Yang, R. Gu: Partial order aware concurrency sampling. CAV 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.explore.strategies.priorities import ByPriority
from harness.kernel import Access

if TYPE_CHECKING:
    from harness.kernel import Engine, WorldPoint


class Pos(ByPriority):
    """The pending step of the lowest rank goes; those that race with it get a new one.

    Two pending operations race if they are about the same thing and one of them may write. A step
    that does not say beforehand what it is about races with none, as do faults and the passing of
    time; it has a rank like any other.
    """

    name = "pos"

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        self._offered: dict[int, WorldPoint] = engine.offered

    def pick(self, options: list[int], current: int) -> int:
        rank = self._rank
        for _ in range(len(self._labels) - len(rank)):
            rank.append(self._draw())
        first = min(options, key=rank.__getitem__)
        rank[first] = self._draw()  # of its next step
        point = self._offered.get(first)
        if point is not None and point.thing is not None:
            self._redraw(point, options)
        return first

    def _redraw(self, point: WorldPoint, options: list[int]) -> None:
        """New ranks for the pending steps that race with the one that is taken."""
        offered, thing, reads = self._offered, point.thing, point.access == Access.READ
        for index in options:
            other = offered.get(index)
            if other is None or other.thing != thing:
                continue
            if not (reads and other.access == Access.READ):
                self._rank[index] = self._draw()
