"""Which schedules of a search are audited: some of them, drawn evenly from all."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine

#: Schedules kept of a search.
KEPT_MAX = 64


@attrs.frozen
class Kept:
    """A schedule as what was picked, step by step, so that any engine can follow it.

    Attributes:
      number: which one of the search it was, from 1.
      steps: the label of the task or fault that took each step.
      digest: of everything the run did.
      data: what was decided within steps, in order: what was asked, and the option taken.
    """

    number: int
    steps: tuple[str, ...]
    data: tuple[tuple[str, str], ...]
    digest: str


class Sample:
    """A reservoir (Vitter's algorithm R): each schedule has the same chance to be in it at the end."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"sample of the audit {seed}")
        self._kept: list[Kept] = []
        self._offered = 0

    @property
    def schedules(self) -> Sequence[Kept]:
        """Those that are kept, in the order of the search."""
        return sorted(self._kept, key=lambda kept: kept.number)

    def offer(self, number: int, engine: Engine) -> None:
        """The run in the engine was the schedule with this number. One that hangs is never kept."""
        if engine.stuck is not None or engine.interrupted:
            return
        self._offered += 1
        if len(self._kept) < KEPT_MAX:
            self._kept.append(kept_of(number, engine))
            return
        place = self._random.randrange(self._offered)
        if place < KEPT_MAX:
            self._kept[place] = kept_of(number, engine)


def kept_of(number: int, engine: Engine) -> Kept:
    """The run in the engine as a schedule."""
    steps = tuple(engine.labels[item] for item in engine.log if type(item) is int)
    data = tuple((i[0], i[2]) for i in engine.log if type(i) is tuple and i[1] == 2)
    return Kept(number, steps, data, engine.digest())
