"""Uniform random walk: at each choice, any option with equal odds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine


class RandomWalk:
    """Every option of a choice is equally likely. Schedules are not: long ones are rarer.

    One stream for the whole exploration, and another for data choices: a scenario that asks one more
    data question keeps its schedules.
    """

    name = "random"
    exhausted = False
    draws = True

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed << 1).random  # reproducible, not secret
        self._data = Random((seed << 1) + 1)  # reproducible, not secret

    def more(self) -> bool:
        return True

    def begin(self, engine: Engine) -> None:
        """The streams go on from run to run."""

    def pick(self, options: list[int], current: int) -> int:
        return options[int(self._draw() * len(options))]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self._data.randrange(len(options))

    def finished(self, engine: Engine) -> None:
        """Learns nothing."""
