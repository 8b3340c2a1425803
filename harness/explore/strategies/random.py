"""Uniform random walk: at each choice, any option with equal odds."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine


Word = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class Streams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where both streams stand, as Python's Mersenne twister says it."""

    draw: Annotated[list[Word], msgspec.Meta(min_length=625, max_length=625)]
    data: Annotated[list[Word], msgspec.Meta(min_length=625, max_length=625)]


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

    def streams(self) -> dict[str, Any]:
        """Where the streams stand, as JSON values."""
        return {"draw": _words(self._steps), "data": _words(self._data)}

    def set_streams(self, streams: dict[str, Any]) -> None:
        """Go on from there.

        Raises:
          ValueError, msgspec.ValidationError: these values are nothing that `streams` returns.
        """
        read = msgspec.convert(streams, Streams)
        for stream, words in ((self._steps, read.draw), (self._data, read.data)):
            stream.setstate((_TWISTER, tuple(words), None))


#: What `Random.getstate` calls its format.
_TWISTER = 3


def _words(stream: Random) -> list[int]:
    version, words, left_over = stream.getstate()
    assert version == _TWISTER
    assert left_over is None  # only `gauss` leaves one
    return list(words)
