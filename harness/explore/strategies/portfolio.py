"""The default: a few random runs for the easy bugs, then every interleaving while the budget lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.explore.strategies.dfs import DepthFirst
from harness.explore.strategies.random import RandomWalk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.strategies.base import Strategy
    from harness.kernel import Engine

#: Random runs before and between stretches of depth-first search.
_RANDOM_RUNS = 100


class Portfolio:
    """Alternates `random` and `dfs`, giving the exhaustive one the larger share.

    Depth-first search alone spends its budget in one corner of a large tree; random runs alone prove
    nothing about a small one. Exhausted as soon as depth-first search is.
    """

    name = "portfolio"

    def __init__(self, seed: int) -> None:
        self._random = RandomWalk(seed)
        self._dfs = DepthFirst()
        self._turns = 0
        self._active: Strategy = self._random

    @property
    def exhausted(self) -> bool:
        """Whether the exhaustive part has seen every run."""
        return self._dfs.exhausted

    @property
    def draws(self) -> bool:
        """Whether the run at hand is random."""
        return self._active is not self._dfs

    def more(self) -> bool:
        if self._dfs.exhausted:
            return False
        self._turns += 1
        early = self._turns <= _RANDOM_RUNS
        self._active = self._random if early or self._turns % 4 == 0 else self._dfs
        return True

    def begin(self, engine: Engine) -> None:
        self._active.begin(engine)

    def pick(self, options: list[int], current: int) -> int:
        return self._active.pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self._active.pick_data(label, options)

    def finished(self, engine: Engine) -> None:
        self._active.finished(engine)
