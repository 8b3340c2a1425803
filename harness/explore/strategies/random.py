"""Uniform random walk: at each choice, any option with equal odds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine


class RandomWalk:
    """Every option of a choice is equally likely. Schedules are not: long ones are rarer.

    Each run has its own stream, drawn from the seed and the run's number, and data choices have
    another: a scenario that asks one more data question keeps its schedule.
    """

    name = "random"
    exhausted = False

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = 0
        self._random = Random()  # noqa: S311  # reproducible, not secret
        self._draw = self._random.random
        self._data = Random()  # noqa: S311  # reproducible, not secret

    def more(self) -> bool:
        return True

    def begin(self, engine: Engine) -> None:  # noqa: ARG002  # the protocol's signature
        self._number += 1
        key = (self._seed << 40) + (self._number << 1)
        self._random.seed(key)
        self._data.seed(key + 1)

    def pick(self, options: list[int], current: int) -> int:  # noqa: ARG002
        return options[int(self._draw() * len(options))]

    def pick_data(self, label: str, options: Sequence[str]) -> int:  # noqa: ARG002
        return self._data.randrange(len(options))

    def finished(self, engine: Engine) -> None:
        """Learns nothing."""
