"""Depth-first search over every choice: brute force, and the referee of everything cleverer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import Nondeterminism

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine


class DepthFirst:
    """Makes every run there is, each exactly once, in a fixed order.

    Keeps the options still untried at each choice of the current path: memory grows with the depth of
    the tree, not with the number of runs. The first run takes every default.

    Invariant, between runs: `_path[i]` was taken at choice i, and `_rest[i]` holds what is still to be
    taken there, next one last.
    """

    name = "dfs"

    def __init__(self, seed: int = 0) -> None:  # nothing is left to chance
        self.exhausted = False
        self._path: list[int] = []
        self._rest: list[list[int]] = []
        self._depth = 0

    def more(self) -> bool:
        return not self.exhausted

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._depth = 0

    def pick(self, options: list[int], current: int) -> int:
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._path):
            pick = self._path[depth]
            if pick not in options:
                raise Nondeterminism(
                    f"choice {depth} of a repeated prefix offers other tasks than before"
                )
            return pick
        pick = current if current in options else options[0]
        self._path.append(pick)
        self._rest.append([option for option in reversed(options) if option != pick])
        return pick

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        try:
            return self.pick(list(range(len(options))), 0)
        except Nondeterminism as error:  # not raised here, where code under test may swallow it
            self._engine.broken = error
            self._engine.stop()
            return 0

    def finished(self, engine: Engine) -> None:
        """Step to the next path: the deepest choice that has an untried option takes it."""
        if self._depth < len(self._path) and engine.ending != "cut":
            raise Nondeterminism("a repeated prefix ended before its last choice")
        while self._rest and not self._rest[-1]:
            self._rest.pop()
            self._path.pop()
        if self._rest:
            self._path[-1] = self._rest[-1].pop()
        else:
            self.exhausted = True
