"""Makes a run go in a given order, and takes down what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import Nondeterminism
from harness.explore.audit.ending import ending_of
from harness.explore.audit.record import Record, record_of
from harness.explore.audit.sample import Kept, kept_of
from harness.explore.audit.values import values_left
from harness.explore.subject import Subject
from harness.kernel import Engine, Kernel, ObservedEngine, default_pick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.kernel import Chooser, Event

#: What properties look at may turn out in the course of a run; after so many it is given up.
_UNSTEADY_MAX = 20


class Interrupted(Exception):
    """Somebody pressed Ctrl-C: the run at hand was cut, and shows nothing."""


class _Following:
    """What the two choosers have in common: who could go on is noted, and where the way is lost."""

    def begin(self, engine: Engine) -> None:
        assert isinstance(engine, ObservedEngine)
        self.engine = engine
        self.options: dict[int, tuple[int, ...]] = {}
        self.strayed = -1
        self.beyond = False
        self.grown = engine.names.grown
        self.values: dict[str, Any] = {}
        self.logged = 0
        engine.verdict_hooks.append(self._look)

    def _look(self) -> None:
        self.logged = len(self.engine.log)  # what is read for the verdict is no step's
        self.values = values_left(self.engine)

    def _is_over(self) -> bool:
        """Whether nothing is observed any more: what a fault held up goes on, with choices of its own."""
        self.beyond |= not self.engine.observing
        return not self.engine.observing

    def _note(self, place: int, options: Sequence[int]) -> None:
        numbers = self.engine.numbers
        self.options[place] = tuple(sorted([numbers[index] for index in options]))

    def _stray(self) -> None:
        if self.strayed < 0:
            self.strayed = len(self.engine.events)
            self.engine.stop()


class _ByLabel(_Following):
    """Follows a schedule that was recorded on any engine, under any fairness."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        self._data = iter(self._kept.data)

    def pick(self, options: list[int], current: int) -> int:
        if not self._is_over():
            self._note(len(self.engine.events), options)
        step, labels = self.engine.step, self.engine.labels
        if step < len(self._kept.steps):
            for index in options:
                if labels[index] == self._kept.steps[step]:
                    return index
        self._stray()
        return default_pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        asked, taken = next(self._data, ("", ""))
        if asked != label or taken not in options:
            self._stray()
            return 0
        return list(options).index(taken)


class _InOrder(_Following):
    """Plays steps in a given order: whose they are, and what is decided within them."""

    def __init__(
        self, order: Sequence[Event], told: Callable[[ObservedEngine], None] | None = None
    ) -> None:
        self._order = order
        self._told = told

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        self._place = -1
        self._turns = 0
        if self._told is not None:
            self._told(self.engine)

    def pick(self, options: list[int], current: int) -> int:
        if self._is_over():  # in turns by name, whatever the order so far
            self._turns += 1
            named = sorted(options, key=self.engine.labels.__getitem__)
            return named[self._turns % len(named)]
        place = len(self.engine.events)
        self._note(place, options)
        if place < len(self._order):
            index = self.engine.index_of.get(self._order[place].who, -1)
            if index in options:
                return index
        self._stray()
        return default_pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        if self._is_over():
            return 0
        place = self.engine.number
        if place != self._place:
            self._place, self._position = place, 0
        position = self._position
        self._position += 1
        data = self._order[place].data if place < len(self._order) else ()
        if position < len(data) and data[position][1] == len(options):
            return data[position][0]
        self._stray()
        return 0


@attrs.define
class Player:
    """Plays runs of a subject on an observed kernel, and counts them."""

    subject: Subject
    kernel: Kernel
    runs: int = 0

    def follow(self, kept: Kept) -> Record | None:
        """The run of a schedule; None if each repetition teaches something.

        Raises:
          Nondeterminism: it does not do what it did when the search made it.
        """
        chooser = _ByLabel(kept)
        for _ in range(_UNSTEADY_MAX):
            record = self._play(chooser)
            if kept_of(kept.number, self.kernel.engine) != kept:
                raise Nondeterminism(f"schedule {kept.number}, run again for the audit, parted")
            if record.is_steady:
                return self.play(record.events) if chooser.beyond else record
        return None

    def play(self, order: Sequence[Event]) -> Record:
        """A run that takes these steps in this order, as far as it can."""
        return self._play(_InOrder(order))

    def watched(
        self, order: Sequence[Event], begin: Callable[[ObservedEngine], None]
    ) -> ObservedEngine:
        """The engine after a run that somebody looks at, who is told when it begins."""
        return self._run(_InOrder(order, begin))

    def _play(self, chooser: _ByLabel | _InOrder) -> Record:
        engine = self._run(chooser)
        end = {**ending_of(self.subject, engine), **chooser.values}
        return record_of(
            engine,
            engine.log[: chooser.logged],
            chooser.options,
            end,
            strayed=chooser.strayed,
            is_steady=engine.names.grown == chooser.grown,
        )

    def _run(self, chooser: Chooser) -> ObservedEngine:
        self.runs += 1
        engine = self.kernel.run(self.subject.body, chooser, auditing=False)
        if engine.interrupted or self.kernel.interrupted:
            raise Interrupted
        assert isinstance(engine, ObservedEngine)
        return engine
