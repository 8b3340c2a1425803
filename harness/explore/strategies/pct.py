"""Probabilistic concurrency testing: random priorities, and a few random places where they change.

S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte: A randomized scheduler with probabilistic
guarantees of finding bugs. ASPLOS 2010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from harness.explore.strategies.priorities import ByPriority

if TYPE_CHECKING:
    from harness.kernel import Engine

DEPTH = 3


class Pct(ByPriority):
    """The first in line goes; at `depth` - 1 random choices, whoever it is goes to the end of the line.

    The depth of a bug is the number of order constraints between steps that are enough to bring it
    about. One of depth d is hit by each run with probability at least 1 / (n k^(d-1)), for n tasks,
    faults and timers, and k choices in a run. Forced steps do not count: a fall there shows only at
    the next choice. The first run, of random priorities without any change, begins to measure k.
    """

    name = "pct"
    takes: ClassVar[tuple[str, ...]] = ("depth",)

    def __init__(self, seed: int, *, depth: int = DEPTH) -> None:
        super().__init__(seed)
        self._depth = depth
        self._falls: dict[int, float] = {}

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        horizon, draw = self._longest, self._draw
        places = [1 + int(draw() * horizon) for _ in range(min(self._depth - 1, horizon))]
        # Which of them falls deepest is left to chance, as their order in time is.
        self._falls = {place: 1.0 + number for number, place in enumerate(places)}

    def pick(self, options: list[int], current: int) -> int:
        self._choices += 1
        if self._choices > self._patience:
            return self._any(options)
        if len(self._rank) < len(self._labels):
            self._meet()
        first = self._front(options)
        fall = self._falls.get(self._choices)
        if fall is not None:
            self._move(first, fall)
            first = self._front(options)
        if first == 0:  # the next timer is another event
            self._move(0, self._draw())
        return first
