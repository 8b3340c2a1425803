"""Depth-first search over every choice: brute force, and the referee of everything cleverer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec

from harness.errors import Nondeterminism
from harness.explore.estimate import Level, Remaining, remaining_schedules
from harness.explore.strategies.bounds import Bounds
from harness.kernel import default_pick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine


Natural = Annotated[int, msgspec.Meta(ge=0)]


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A depth-first search between two runs, as it is stored."""

    path: list[Natural]
    rest: list[list[Natural]]
    widths: list[Natural]
    runs: Natural
    bound_reached: bool = False

    def check(self) -> None:
        """It may be what a search left behind.

        Raises:
          ValueError: it may not.
        """
        if not len(self.path) == len(self.rest) == len(self.widths):
            raise ValueError("path, rest and widths differ in length")
        if bool(self.path) != bool(self.runs):
            raise ValueError("an unfinished search has a path as soon as it has made a run")
        for pick, picks, width in zip(self.path, self.rest, self.widths, strict=True):
            if len({pick, *picks}) != 1 + len(picks) or width < 1 + len(picks):
                raise ValueError("an option of a choice stands there twice")


class DepthFirst:
    """Makes every run there is within its bounds, each exactly once, in a fixed order.

    Keeps the options still untried at each choice of the current path: memory grows with the depth of
    the tree, not with the number of runs. The first run takes every default.
    Answers to data choices cost nothing.

    Invariant, between runs: `_path[i]` was taken at choice i, of `_widths[i]` options, and `_rest[i]`
    holds what is still to be taken there, next one last. An interrupted run may have added to `_path`
    and `_rest` what it would add again.
    """

    name = "dfs"
    draws = False
    takes: ClassVar[tuple[str, ...]] = ("preemption_bound", "delay_bound")

    def __init__(
        self,
        seed: int = 0,  # nothing is left to chance
        *,
        preemption_bound: int | None = None,
        delay_bound: int | None = None,
    ) -> None:
        self.exhausted = False
        self._bounds: Bounds | None = None
        if preemption_bound is not None or delay_bound is not None:
            self._bounds = Bounds(preemptions=preemption_bound, delays=delay_bound)
        self._path: list[int] = []
        self._rest: list[list[int]] = []
        self._widths: list[int] = []
        self.runs = 0
        self._depth = 0

    def more(self) -> bool:
        return not self.exhausted

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._depth = 0
        if self._bounds is not None:
            self._bounds.begin()

    @property
    def bound_reached(self) -> bool:
        """Whether a bound left anything out."""
        return self._bounds is not None and self._bounds.reached

    def pick(self, options: list[int], current: int) -> int:
        if self._bounds is None:
            return self._take(options, default_pick(options, current))
        affordable = options
        if self._depth >= len(self._path):
            affordable = self._bounds.affordable(self._engine, options, current)
        pick = self._take(affordable, default_pick(options, current))
        self._bounds.spend(self._engine, options, current, pick)
        return pick

    def _take(self, options: list[int], default: int) -> int:
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._path):
            pick = self._path[depth]
            if pick not in options:
                raise Nondeterminism(
                    f"choice {depth} of a repeated prefix offers other tasks than before"
                )
            return pick
        self._path.append(default)
        self._rest.append([option for option in reversed(options) if option != default])
        return default

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        try:
            return self._take(list(range(len(options))), 0)
        except Nondeterminism as error:  # not raised here, where code under test may swallow it
            self._engine.broken = error
            self._engine.stop()
            return 0

    def finished(self, engine: Engine) -> None:
        """Step to the next path: the deepest choice that has an untried option takes it."""
        if self._depth < len(self._path) and engine.ending != "cut":
            raise Nondeterminism("a repeated prefix ended before its last choice")
        self.runs += 1
        self._widths += [len(rest) + 1 for rest in self._rest[len(self._widths) :]]
        while self._rest and not self._rest[-1]:
            self._rest.pop()
            self._path.pop()
        del self._widths[len(self._path) :]
        if self._rest:
            self._path[-1] = self._rest[-1].pop()
        else:
            self.exhausted = True

    def levels(self) -> list[Level]:
        """The choices on the way to the next run."""
        return list(map(Level, self._widths, self._path, self._rest))

    def remaining(self) -> Remaining | None:
        return remaining_schedules(self.levels(), self.runs)

    def state(self) -> dict[str, Any]:
        known = len(self._widths)
        rest = [list(picks) for picks in self._rest[:known]]
        state = State(self._path[:known], rest, list(self._widths), self.runs, self.bound_reached)
        return msgspec.structs.asdict(state)

    def restore(self, state: dict[str, Any]) -> None:
        read = msgspec.convert(state, State)
        read.check()
        self._path, self._rest, self._widths = read.path, read.rest, read.widths
        self.runs = read.runs
        if self._bounds is not None:
            self._bounds.reached = read.bound_reached
