"""Selectively uniform random walk: the steps on one shared thing come in a uniformly random order.

H. Zhao, D. Wolff, U. Mathur, A. Roychoudhury: Selectively uniform concurrency testing. ASPLOS 2025.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from harness.explore.strategies.priorities import ByPriority
from harness.explore.strategies.word import Word
from harness.kernel import Access

if TYPE_CHECKING:
    from harness.kernel import Engine, WorldPoint

#: Stand for the thing of a step that does not say what it is about: any, and the first of a task.
_ANYTHING, _FIRST = "", "first step"

#: What the log calls an answer of the world.
_CHOICE = 2

Natural = Annotated[int, msgspec.Meta(ge=0)]


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was learnt of steps on things, as it is stored."""

    known: dict[str, dict[str, Natural]]
    written: list[str]
    runs: Natural
    runs_silent: Natural

    def check(self) -> None:
        """It may be what a search left behind.

        Raises:
          ValueError: it may not.
        """
        if not {_ANYTHING, _FIRST, *self.written} <= set(self.known):
            raise ValueError("a thing is written on which no step is known")


class Surw(ByPriority):
    """Each run draws one shared thing, and an order of all the steps on it; the rest is by priority.

    The order is a word of task labels, each as often as that task was ever seen to take a step on the
    thing; every such word is equally likely. The next step on the thing is for the next label in the
    word, and everybody else in it who is about to take one is held back. When all that could go on
    are held back, the first of them in the word goes.

    A step that does not say what it is about, a fault and the passing of time may be about anything.
    As often as runs had such choices, they belong to the word too, and a word of them alone is one
    more thing to draw. Only of that do the first steps of tasks count.

    Invariant: `_known[thing][label]` is the most steps that one run has shown. Within a run, who is
    held back is in `_held` and not in the line.
    """

    name = "surw"

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._known: dict[str, dict[str, int]] = {_ANYTHING: {}, _FIRST: {}}
        self._written: dict[str, None] = {}
        #: What can be drawn, with all the labels of its word; without silent steps, and with them.
        self._shared: tuple[list[tuple[str, list[str]]], ...] = ([], [])
        self._runs = self._runs_silent = 0

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        self._offered: dict[int, WorldPoint] = engine.offered
        self._where: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._events: list[tuple[int, str]] = []
        self._begun: set[int] = {0}
        self._accounted = -1  # the step, and the place in the log, up to which events are noted
        self._place = 0
        self._found_silent = False
        self._silent = self._draw() * self._runs < self._runs_silent
        self._thing: str | None = None
        things = self._shared[self._silent]
        if things:
            self._thing, labels = things[int(self._draw() * len(things))]
            self._expected = frozenset(labels)
            draw = self._draw
            self._word = Word(sorted(labels, key=lambda _: draw()))

    # ---- one choice ----------------------------------------------------------------------------

    def pick(self, options: list[int], current: int) -> int:
        self._choices += 1
        if self._choices > self._patience:
            return self._any(options)
        if len(self._rank) < len(self._labels):
            self._meet()
        engine = self._engine
        if engine.step != self._accounted:
            self._note_forced()
        first = self._front(options) if self._thing is None else self._first(options)
        point = self._offered.get(first)
        if point is None or point.thing is None:
            self._note_silent(first)
        else:
            if point.access != Access.READ:
                self._written[point.thing] = None
            self._note(first, point.thing)
        self._accounted = engine.step + 1
        self._place = len(engine.log)
        if first == 0:  # the next timer is another event
            self._move(0, self._draw())
        return first

    def _meet(self) -> None:
        """Those who join the line are known by their labels, too; a fault has no first step."""
        engine = self._engine
        for index in range(len(self._rank), len(self._labels)):
            self._where[self._labels[index]] = index
            if index in engine.actions:
                self._begun.add(index)
        super()._meet()

    def _first(self, options: list[int]) -> int:
        """Whoever stands first in line and is not to be held back."""
        word, held = self._word, self._held
        while True:
            turn = word.turn
            if turn is None or (self._where.get(turn) not in options and self._is_past(turn)):
                if not word.advance(self._is_past):
                    break
                turn = word.turn
            if turn in held:
                self._let_go(turn)
            first = self._unheld(options, turn)
            if first is not None:
                return first
            if not word.let_in({self._labels[index] for index in options}):
                break
        self._thing = None  # all that was expected is done
        for label in list(held):
            self._let_go(label)
        return self._front(options)

    def _unheld(self, options: list[int], turn: str | None) -> int | None:
        """The first in line who may go; those before who are about the thing leave the line."""
        line, labels, offered, drawn = self._line, self._labels, self._offered, self._thing
        place = 0
        while place < len(line):
            index = line[place]
            if index in options:
                label, point = labels[index], offered.get(index)
                if label == turn or label not in self._expected:
                    return index
                if point is None or point.thing is None:
                    if not self._silent or not (drawn == _ANYTHING or index in self._begun):
                        return index
                elif point.thing != drawn:
                    return index
                self._held[label] = line.pop(place)
            elif self._is_over(index):
                del line[place]
            else:
                place += 1
        return None

    def _let_go(self, label: str) -> None:
        """Whoever was held back stands in line again."""
        insort(self._line, self._held.pop(label), key=self._rank.__getitem__)

    def _is_past(self, label: str) -> bool:
        """Whether it is over; one that is still to come is not."""
        index = self._where.get(label)
        return index is not None and self._is_over(index)

    # ---- what is learnt ------------------------------------------------------------------------

    def _note(self, index: int, thing: str) -> None:
        """A step on a thing is taken."""
        self._events.append((index, thing))
        self._begun.add(index)
        if thing == self._thing:
            self._word.taken(self._labels[index])

    def _note_silent(self, index: int) -> None:
        """A step that does not say what it is about is taken."""
        later = index in self._begun
        if self._silent and self._thing is not None and (later or self._thing == _ANYTHING):
            self._word.taken(self._labels[index])
        self._events.append((index, _ANYTHING if later else _FIRST))
        self._begun.add(index)
        if later:
            self._found_silent = True

    def _note_forced(self) -> None:
        """Steps since the last choice, where there was none: the log says what they were about."""
        if self._accounted < 0:  # what comes before the first choice is the same in every run
            self._begun.update(item for item in self._engine.log if type(item) is int)
            return
        found_silent = self._found_silent
        steps: list[tuple[int, str | None]] = []
        for item in self._engine.log[self._place + 1 :]:
            if type(item) is int:
                steps.append((item, None))
            elif type(item) is tuple and steps and steps[-1][1] is None:
                steps[-1] = (steps[-1][0], item[0])
        for index, thing in steps:
            if thing is None:
                self._note_silent(index)
            elif thing in self._written:
                self._note(index, thing)
        self._found_silent = found_silent  # a forced one is no reason to hold any back

    def watch(self, engine: Engine) -> None:
        """Learn from a run that somebody else made, if none of its own has been made yet."""
        if self._runs:
            return
        events: list[tuple[int, str]] = []
        begun: set[int] = {0, *engine.actions}
        chosen = False
        step = -1
        for item in engine.log:
            if type(item) is int:
                step += 1
                chosen = chosen or engine.branching[step] > 1
                if chosen:
                    events.append((item, _ANYTHING if item in begun else _FIRST))
                begun.add(item)
            elif type(item) is tuple and item[1] != _CHOICE and events:
                index, thing = events[-1]
                if thing in (_ANYTHING, _FIRST):  # what comes first is what the step is about
                    events[-1] = (index, item[0])
                    if item[1] != Access.READ:
                        self._written[item[0]] = None
        self._learn(events, engine.labels)

    def finished(self, engine: Engine) -> None:
        super().finished(engine)
        self._note_forced()
        self._runs += 1
        self._runs_silent += self._found_silent
        self._learn(self._events, self._labels)

    def _learn(self, events: list[tuple[int, str]], labels: list[str]) -> None:
        changed = False
        for (index, thing), count in Counter(events).items():
            known = self._known.setdefault(thing, {})
            if count > known.get(labels[index], 0):
                known[labels[index]] = count
                changed = True
        if changed:
            self._find_shared()

    def _find_shared(self) -> None:
        """The things that can be drawn: written, and touched by more than one task."""
        silent, first = self._known[_ANYTHING], self._known[_FIRST]
        for drawn, others in zip(self._shared, ({}, silent), strict=True):
            drawn.clear()
            for thing in self._written:
                counts = Counter(self._known[thing])
                counts.update(others)
                if len(counts) > 1:
                    drawn.append((thing, list(counts.elements())))
        self._shared[True].append((_ANYTHING, list((Counter(silent) + Counter(first)).elements())))

    def learnt(self) -> dict[str, Any]:
        counts = Counts(self._known, list(self._written), self._runs, self._runs_silent)
        return {"priorities": super().learnt(), "counts": msgspec.structs.asdict(counts)}

    def relearn(self, learnt: dict[str, Any]) -> None:
        read = msgspec.convert(learnt.get("counts"), Counts)
        read.check()
        super().relearn(learnt.get("priorities", {}))
        self._known, self._written = read.known, dict.fromkeys(read.written)
        self._runs, self._runs_silent = read.runs, read.runs_silent
        self._find_shared()
