"""The orders of one class of equivalent interleavings that a scheduler with more rules allows.

A reduction explores under a free scheduler, and makes one order of each class. Whether Trio's batches
allow any of the others is looked for here: a run under batches in which no step is taken before all
that come before it in that class, in whatever order. A run that comes to a dead end is given up, and
the last choice that could have gone otherwise goes otherwise; half of the runs choose at random instead,
as the choice that matters may have been one of the first.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import attrs

from harness.explore.reduction.history import History
from harness.kernel import default_pick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Engine, ObservedEngine


@attrs.frozen
class Order:
    """What comes before what in a class: the events of one run of it, in that run's order.

    Attributes:
      of_task: by label, the events of each task and fault.
      before: for each event, those that come before it, as a mask; without the passing of time, which
        another order need not bring about in a step of its own.
      data: for each event, the options taken of the choices within it.
    """

    of_task: dict[str, list[int]]
    before: list[int]
    data: list[tuple[int, ...]]

    @classmethod
    def of(cls, engine: ObservedEngine) -> Order:
        """That of the run in the engine."""
        history = History()
        of_task: dict[str, list[int]] = {}
        before, data = [], []
        counted = 0
        for number, event in enumerate(engine.events[: engine.explored_events]):
            history.add(event)
            of_task.setdefault(engine.labels[engine.index_of[event.who]], []).append(number)
            if event.who:
                counted |= 1 << number
            before.append(history.before[number] & counted & ~(1 << number))
            data.append(tuple(option for option, _ in event.data))
        return cls(of_task, before, data)


class Linearisations:
    """A chooser that makes orders of a class, each once, until `more` says that there is none left.

    Invariant, between runs: `_path[i]` holds the options still to be tried at choice i, the one that is
    taken last.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._path: list[list[int]] = []

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._read = self._done = self._depth = self._asked = 0
        self._event: int | None = None
        self._taken: dict[str, int] = {}

    def more(self) -> bool:
        """Whether another order is left, after the one just made; the next run makes it."""
        path = self._path
        while path and len(path[-1]) < 2:
            path.pop()
        if path:
            path[-1].pop()
        return bool(path)

    def pick(self, options: list[int], current: int) -> int:
        self._catch_up()
        depth = self._depth
        self._depth = depth + 1
        if depth < len(self._path) and self._path[depth][-1] in options:
            return self._path[depth][-1]
        allowed = self._allowed(options)
        if not allowed:
            if self._done.bit_count() < len(self._order.before):
                self._engine.stop()
            return default_pick(options, current)
        del self._path[depth:]
        self._path.append(self._arranged(allowed))
        return self._path[depth][-1]

    def _allowed(self, options: list[int]) -> dict[int, int]:
        """The options that may come next, and their events."""
        found = {}
        for index in options:
            number = self._next(self._engine.labels[index])
            if number is not None and not self._order.before[number] & ~self._done:
                found[index] = number
        return found

    def _arranged(self, allowed: dict[int, int]) -> list[int]:
        """Who went first in the known order is tried first, and so stands last."""
        return sorted(allowed, key=allowed.__getitem__, reverse=True)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        self._catch_up()
        position, self._asked = self._asked, self._asked + 1
        chosen = () if self._event is None else self._order.data[self._event]
        return min(chosen[position], len(options) - 1) if position < len(chosen) else 0

    def _next(self, label: str) -> int | None:
        numbers = self._order.of_task.get(label, ())
        taken = self._taken.get(label, 0)
        return numbers[taken] if taken < len(numbers) else None

    def _catch_up(self) -> None:
        """Note the steps taken since the last choice; some leave none."""
        engine = self._engine
        log = engine.log
        for item in log[self._read :]:
            if type(item) is int:
                label = engine.labels[item]
                self._event = self._next(label)
                self._asked = 0
                self._taken[label] = self._taken.get(label, 0) + 1
                if self._event is not None:
                    self._done |= 1 << self._event
        self._read = len(log)


class RandomLinearisations(Linearisations):
    """Makes such orders at random."""

    def __init__(self, order: Order, seed: int) -> None:
        super().__init__(order)
        self._random = Random(seed)

    def more(self) -> bool:
        self._path.clear()
        return True

    def _arranged(self, allowed: dict[int, int]) -> list[int]:
        return [self._random.choice(list(allowed))]
