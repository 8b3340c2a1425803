"""A run that only looks what a step would touch: it follows a sequence, and stops after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.kernel import ObservedEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.reduction.wakeup import Data
    from harness.kernel import Engine, Event, StoredNames


class Probe:
    """A chooser that takes these steps: which task, and the options of the choices within.

    Args:
      sequence: the steps.
      known: what the first of them touched when they were taken before.
      names: what tasks and things are called, where the engine is to be told that first.
    """

    def __init__(
        self,
        sequence: Sequence[tuple[int, Data]],
        known: list[Event],
        names: StoredNames | None = None,
    ) -> None:
        self._sequence = sequence
        self._known = known
        self._names = names

    def begin(self, engine: Engine) -> None:
        assert isinstance(engine, ObservedEngine)
        self._engine = engine
        if self._names is not None:
            engine.names.restore(self._names)
        engine.events_max = len(self._sequence)
        engine.repeat(self._known, len(self._known))
        self._place = -1

    def pick(self, options: list[int], current: int) -> int:
        place = len(self._engine.events)
        if place < len(self._sequence):
            index = self._engine.index_of.get(self._sequence[place][0], -1)
            if index in options:
                return index
        self._engine.stop()
        return options[0]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        place = self._engine.number
        if place != self._place:
            self._place, self._position = place, 0
        position = self._position
        self._position += 1
        if place < len(self._sequence) and position < len(self._sequence[place][1]):
            return min(self._sequence[place][1][position][0], len(options) - 1)
        return 0
