"""The default: a few random runs for the easy bugs, then every interleaving while the budget lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.explore.estimate import Probing, Remaining, remaining_schedules
from harness.explore.strategies.dfs import DepthFirst
from harness.explore.strategies.random import RandomWalk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Chooser, Engine

#: Random runs before and between stretches of depth-first search.
_RANDOM_RUNS = 100

#: After those, one run in so many is random.
_RANDOM_EVERY = 4


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A portfolio between two runs, as it is stored."""

    turns: Annotated[int, msgspec.Meta(ge=0)]
    dfs: dict[str, Any]
    random: dict[str, Any]


class Portfolio:
    """Alternates `random` and `dfs`, giving the exhaustive one the larger share.

    Depth-first search alone spends its budget in one corner of a large tree; random runs alone prove
    nothing about a small one. Exhausted as soon as depth-first search is.
    """

    name = "portfolio"

    def __init__(self, seed: int) -> None:
        self._random = RandomWalk(seed)
        self._dfs = DepthFirst()
        self._probing = Probing(self._random)
        self._turns = self._done = 0
        self._active: Chooser = self._random

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
        if self._turns > _RANDOM_RUNS and self._turns % _RANDOM_EVERY:
            self._active = self._dfs
        else:
            self._active = self._probing if self._probing.wanted else self._random
        return True

    def begin(self, engine: Engine) -> None:
        self._active.begin(engine)

    def pick(self, options: list[int], current: int) -> int:
        return self._active.pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self._active.pick_data(label, options)

    def finished(self, engine: Engine) -> None:
        self._done = self._turns
        if self._active is self._dfs:
            self._dfs.finished(engine)
        elif self._active is self._probing:
            self._probing.keep()

    def remaining(self) -> Remaining | None:
        """The rest of the tree, and the random runs in between."""
        probes = self._probing.probes
        left = remaining_schedules(self._dfs.levels(), self._dfs.runs, probes)
        if left is None:
            return None
        random = max(_RANDOM_RUNS - self._turns, 0)
        return left.scaled(_RANDOM_EVERY / (_RANDOM_EVERY - 1), random)

    def state(self) -> dict[str, Any]:
        return {"turns": self._done, "dfs": self._dfs.state(), "random": self._random.streams()}

    def restore(self, state: dict[str, Any]) -> None:
        read = msgspec.convert(state, State)
        self._dfs.restore(read.dfs)
        self._random.set_streams(read.random)
        self._turns = self._done = read.turns
