"""Uniform random walk: at each choice, any option with equal odds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from harness.explore.strategies.streams import Streams

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
        self._steps = Random(seed << 1)  # reproducible, not secret
        self._draw = self._steps.random
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

    def learnt(self) -> dict[str, Any]:
        """Where it stands, as JSON values."""
        return Streams.of(self._steps, self._data).plain()

    def relearn(self, learnt: dict[str, Any]) -> None:
        """Go on from there.

        Raises:
          ValueError, msgspec.ValidationError: these values are nothing that `learnt` returns.
        """
        msgspec.convert(learnt, Streams).put_into(self._steps, self._data)
