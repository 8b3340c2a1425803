"""What samplers by priority have in common: who comes before whom, and an end to starving."""

from __future__ import annotations

from bisect import insort
from random import Random
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.explore.strategies.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine

#: A run may always have so many choices before it is taken for one that does not end.
_PATIENCE_MIN = 1_000


class Learnt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a sampler by priority stands between two runs, as it is stored."""

    streams: Streams
    longest: Annotated[int, msgspec.Meta(ge=0)]


class ByPriority:
    """Everything that can be picked has a place in one line, at random when it first appears.

    Tasks and pending faults are in it; the passing of time gets a new place whenever it is picked,
    because each timer is an event of its own. Everything is drawn from one stream for the whole
    exploration, but for data choices, which have another.

    Whoever stands at the front and polls for something would starve whom it waits for. So a run
    with twice as many choices as any before it (and more than 1,000) goes on at random, which is fair.

    Invariant: `_rank[i]` belongs to `_labels[i]`, as far as these have been met; `_line` holds the
    indexes of all that may still be picked, lowest rank first.
    """

    exhausted = False
    draws = True

    def __init__(self, seed: int) -> None:
        self._random = Random(seed << 1)  # reproducible, not secret
        self._draw = self._random.random
        self._data = Random((seed << 1) + 1)  # reproducible, not secret
        self._longest = 0

    def more(self) -> bool:
        return True

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._labels = engine.labels
        self._rank: list[float] = []
        self._line: list[int] = []
        self._choices = 0
        self._patience = max(_PATIENCE_MIN, 2 * self._longest)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self._data.randrange(len(options))

    def finished(self, engine: Engine) -> None:
        """Note how many choices a run has. Of one that went on at random, only those since count."""
        if engine.ending != "cut":
            late = self._choices - self._patience
            self._longest = max(self._longest, late if late > 0 else self._choices)

    def learnt(self) -> dict[str, Any]:
        """What it has learnt so far and where its streams stand, as JSON values."""
        streams = Streams.of(self._random, self._data)
        return {"streams": streams.plain(), "longest": self._longest}

    def relearn(self, learnt: dict[str, Any]) -> None:
        """Go on from there.

        Raises:
          ValueError, msgspec.ValidationError: these values are nothing that `learnt` returns.
        """
        read = msgspec.convert(learnt, Learnt)
        read.streams.put_into(self._random, self._data)
        self._longest = read.longest

    def _meet(self) -> None:
        """Whatever is new since the last choice joins the line."""
        rank, line, draw = self._rank, self._line, self._draw
        for index in range(len(rank), len(self._labels)):
            rank.append(draw())
            insort(line, index, key=rank.__getitem__)

    def _move(self, index: int, rank: float) -> None:
        """Give it another place in the line."""
        self._line.remove(index)
        self._rank[index] = rank
        insort(self._line, index, key=self._rank.__getitem__)

    def _front(self, options: list[int]) -> int:
        """Whoever of the options stands first; what is over leaves the line."""
        line, place = self._line, 0
        while (index := line[place]) not in options:
            if self._is_over(index):
                del line[place]
            else:
                place += 1
        return index

    def _any(self, options: list[int]) -> int:
        """Any option with equal odds, for the rest of a run that does not come to an end."""
        return options[int(self._draw() * len(options))]

    def _is_over(self, index: int) -> bool:
        """Whether a task has ended or died, or a fault has struck."""
        engine = self._engine
        thing = engine.things[index]
        if thing in engine.tasks:
            return engine.any_frozen and engine.owners[index].frozen
        return index != 0 and index not in engine.actions
