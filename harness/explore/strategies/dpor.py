"""Optimal dynamic partial-order reduction: one run of each class of equivalent interleavings.

Prior art. Two interleavings are equivalent if one becomes the other by swapping adjacent steps that
commute; then they end in the same state and pass through the same conflicts (Mazurkiewicz 1977).
Flanagan and Godefroid (POPL 2005) found the steps to reverse by running; Abdulla, Aronis, Jonsson and
Sagonas (POPL 2014, J. ACM 2017) made that optimal with source sets and wakeup trees: each class
exactly once, no run that is abandoned half-way. This is their second algorithm, with these additions:

* Races are looked for among all events of a run, and the sequence that reverses one takes in the whole
  rest of the run that does not depend on the first. Either shortcut loses classes.
* What a reversed step will touch need not be what it touched. It is known where the operation said so
  beforehand, or nothing that it reads was written by the other; else the prefix is run once more, up
  to that step, to see. Such *probes* are not schedules, and are counted apart. A task that was believed
  to do only what it says, and then did not, makes the search begin anew (*restarts*).
* A step that took away another's possibility (a kill, a lock, a cancellation) races with the step that
  was not taken.
* The options of a choice within a step are branches of their own.

Open questions: reads-from equivalence would need fewer runs still. With a bounded stall every step may allow
time to pass or forbid it: while a timer runs, no two steps commute then, though many would.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from harness.errors import InternalError
from harness.explore.estimate import Remaining, remaining_schedules
from harness.explore.reduction.path import Path
from harness.explore.reduction.preemptions import Preemptions
from harness.explore.reduction.races import NoTimer, Races
from harness.explore.reduction.stored import StoredPath
from harness.explore.reduction.wakeup import Data, Step, after, is_done
from harness.explore.strategies.probe import Probe
from harness.kernel import (
    CLOCK_TASK,
    Engine,
    Event,
    Names,
    ObservedEngine,
    StoredNames,
    default_pick,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.kernel import Chooser


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A search between two runs, as it is stored."""

    names: StoredNames
    path: StoredPath
    lessons: tuple[tuple[tuple[int, Data], ...], ...]
    liars: tuple[int, ...]
    trusted: tuple[int, ...]
    counts: tuple[int, int, int, int, int]
    bound_reached: bool


class Dpor:
    """See the module.

    Attributes:
      probes: runs that only looked what a reversed step touches.
      restarts: how often the search began anew.
      blocked, redundant: runs that turned out to be superfluous, because nothing new could go next or
        because the only step that could was not new; 0 of either is what makes the search optimal.
      classes: how many were run; of those that the bound allows, if there is one.
      bound_reached: whether the bound left a class out. All are run: the bound saves nothing, but what is
        counted and judged is exactly what it allows.
    """

    name = "dpor"
    observes = True
    takes: ClassVar[tuple[str, ...]] = ("preemption_bound",)

    def __init__(self, seed: int = 0, *, preemption_bound: int | None = None) -> None:
        # Nothing is left to chance: no use for a seed.
        self.exhausted = False
        self.bound_reached = False
        self._bound = preemption_bound
        self._within = True
        self.probes = self.restarts = self.blocked = self.redundant = 0
        self.classes = 0
        self._races = Races(self._look)
        self._probe: Callable[[Chooser], Engine] | None = None
        self._grown = 0
        self._names: StoredNames | None = None
        #: The runs in which somebody turned out to look at more than was known.
        self._lessons: list[tuple[tuple[int, Data], ...]] = []
        self._begin_anew()

    def attach(self, run: Callable[[Chooser], Engine]) -> None:
        """How to run the subject once more, without judging it."""
        self._probe = run
        if self._names is not None:
            for lesson in self._lessons:
                run(Probe(lesson, [], self._names))

    def _begin_anew(self) -> None:
        self._path = Path()
        self._races.trusted.clear()
        if self._races.recall is not None:
            self._races.recall.forget()
        self.classes = 0

    # ---- a run ---------------------------------------------------------------------------------

    def more(self) -> bool:
        return not self.exhausted

    def begin(self, engine: Engine) -> None:
        assert isinstance(engine, ObservedEngine)
        self._engine = engine
        if self._names is not None:  # the search goes on: it means by names what it meant before
            engine.names.restore(self._names)
            self._names = None
        if 0 < engine.stall_s < inf:  # the time goes into what any step may touch
            self._races.recall = None
        engine.repeat(self._path.history.events, self._path.kept)
        self._forced = self._path.forced
        self._chosen: list[tuple[int, int]] = []
        self._choosing = -1
        self._hopeless = self._repeats = False

    def pick(self, options: list[int], current: int) -> int:
        engine, forced = self._engine, self._forced
        place = len(engine.events)
        if place < len(forced):
            index = engine.index_of.get(forced[place].who, -1)
            if index in options:
                return index
            return self._give_up(options)
        self._catch_up()
        asleep = self._path.asleep[place]
        if asleep:
            numbers = engine.numbers
            sleepers = _sleepers(asleep)
            awake = [index for index in options if numbers[index] not in sleepers]
            if not awake:
                return self._give_up(options)
            options = awake
        return default_pick(options, current)

    def _give_up(self, options: list[int]) -> int:
        """There is nothing new this way."""
        self._hopeless = True
        self._engine.stop()
        return options[0]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        place = self._engine.number
        if place != self._choosing:
            self._choosing = place
            self._chosen = []
        position = len(self._chosen)
        picked = 0
        if place < len(self._path.forced) and position < len(self._path.forced[place].data):
            picked = self._path.forced[place].data[position][0]
            if picked >= len(options):
                self._give_up([0])
                picked = 0
        elif place >= len(self._path.forced) or _is_open(self._path.forced[place]):
            self._catch_up(place)
            picked = self._awake_option(place, len(options))
        self._chosen.append((picked, len(options)))
        return picked

    def _awake_option(self, place: int, count: int) -> int:
        engine = self._engine
        begun = place < len(engine.events)  # then it is the first step of a process, a part of that
        who = engine.events[place].who if begun else engine.numbers[engine.current]
        done = [s.data for s in self._path.asleep[place] if s.who == who]
        for taken in self._chosen:
            done = after(taken, done)
        options = range(count)
        return next((o for o in options if not is_done(after((o, count), done))), 0)

    def _catch_up(self, length: int | None = None) -> None:
        """Extend what is known of the path by the events that have happened since."""
        path, events = self._path, self._engine.events
        length = len(events) if length is None else length
        if length < len(path.asleep):
            return
        for place, event in path.extend(events, length):
            if place >= path.kept and any(
                s.who == event.who and s.data == event.data for s in path.asleep[place]
            ):
                self._hopeless = self._repeats = True

    # ---- after a run ---------------------------------------------------------------------------

    def counts(self, engine: Engine) -> bool:
        """Whether the run just made is one of those that were asked for."""
        if self._bound is None:
            return True
        assert isinstance(engine, ObservedEngine)
        if self._hopeless or engine.names.grown != self._grown:
            return False
        self._path.remember(engine.events, engine.explored_events)
        blocked = {m.event.who: m.event.acquires for m in engine.missed if m.event.acquires}
        self._within = Preemptions(self._path.history, blocked).fewest(at_most=self._bound)
        self.bound_reached |= not self._within
        return self._within

    def finished(self, engine: Engine) -> None:
        """Find the races of the run, note what their reversals need, and go to the next branch."""
        assert isinstance(engine, ObservedEngine)
        self._engine = engine  # the run may have been repeated since, on another one
        if engine.names.grown != self._grown:
            self._grown = engine.names.grown
            self._lessons.append(tuple((event.who, event.data) for event in engine.events))
            self._restart()
            return
        self._catch_up()
        self._path.remember(engine.events, engine.explored_events)
        if self._hopeless:
            self.redundant += self._repeats
            self.blocked += not self._repeats
        else:
            self.classes += self._within
            if not self._check_forecasts():
                self._restart()
                return
            self._path.offer_options()
            self._races.reverse(self._path, engine.missed, engine.names.actions)
        self.exhausted = not self._path.step_back()

    def _restart(self) -> None:
        self.restarts += 1
        self._begin_anew()

    def _check_forecasts(self) -> bool:
        """Whether every step that was foretold came out so, and those who say what they do did it."""
        events = self._path.history.events
        for place in range(self._path.kept, len(events)):
            event = events[place]
            if event.declared and not event.known and event.who not in self._races.liars:
                self._races.liars.add(event.who)
                if event.who in self._races.trusted:
                    return False
            if place < len(self._path.forced):
                step = self._path.forced[place]
                assert isinstance(step, Step)
                known = step.event
                if known is not None and not _same(known, event):
                    if step.foretold and event.who not in self._races.liars:
                        self._races.liars.add(event.who)
                        return False
                    self._surprised(place, known, event)
        return True

    def _surprised(self, place: int, expected: Event, event: Event) -> None:
        names = self._engine.names
        who = self._engine.labels[self._engine.index_of[event.who]]
        raise InternalError(
            f"step {place} of {who} was to touch {_words(names, expected)}, and touched "
            f"{_words(names, event)}, although nothing it depends on had changed"
        )

    # ---- between two runs ----------------------------------------------------------------------

    def remaining(self) -> Remaining | None:
        """What is left, as far as branches are known: reversals yet to be found come on top."""
        return remaining_schedules(self._path.levels(), self.classes)

    def state(self) -> dict[str, Any] | None:
        names = self._engine.names
        if not names.lasting or names.grown != self._grown:
            return None
        state = State(
            names=names.stored(),
            path=self._path.stored(),
            lessons=tuple(self._lessons),
            liars=tuple(sorted(self._races.liars)),
            trusted=tuple(sorted(self._races.trusted)),
            counts=(self.probes, self.restarts, self.blocked, self.redundant, self.classes),
            bound_reached=self.bound_reached,
        )
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(state))
        return plain

    def restore(self, state: dict[str, Any]) -> None:
        read = msgspec.convert(state, State)
        Names().restore(read.names)  # whether they are any
        self._names = read.names
        self._path = Path.restored(read.path)
        self._lessons = list(read.lessons)
        self._races.liars.update(read.liars)
        self._races.trusted.update(read.trusted)
        self.probes, self.restarts, self.blocked, self.redundant, self.classes = read.counts
        self.bound_reached = read.bound_reached

    def _look(self, steps: Sequence[tuple[int, Data]], known: list[Event]) -> Event:
        """What the last of these steps touches."""
        assert self._probe is not None
        self.probes += 1
        engine: Any = self._probe(Probe(steps, known))
        while engine.interrupted:  # whoever wants to stop the search waits for this run to be over
            engine = self._probe(Probe(steps, known))
        last = len(steps) - 1
        if len(engine.events) <= last or engine.events[last].who != steps[last][0]:
            if steps[last][0] == CLOCK_TASK and len(engine.events) >= last:
                raise NoTimer
            raise InternalError(f"step {last} could not be taken where it was to be")
        event: Event = engine.events[last]
        return event


def _sleepers(asleep: Sequence[Step]) -> set[int]:
    """The tasks that need not be stepped, whatever is chosen within the step."""
    found = {step.who for step in asleep if not step.data}
    partly: dict[int, list[Data]] = {}
    for step in asleep:
        if step.data:
            partly.setdefault(step.who, []).append(step.data)
    found.update(who for who, taken in partly.items() if is_done(taken))
    return found


def _is_open(step: Event | Step) -> bool:
    return isinstance(step, Step) and step.open_ended


def _same(one: Event, other: Event) -> bool:
    return (
        one.who == other.who
        and one.reads == other.reads
        and one.writes == other.writes
        and one.parts == other.parts
    )


def _words(names: Any, event: Event) -> str:
    return (
        f"(reads {names.in_words(event.reads & ~1)}, writes {names.in_words(event.writes)}, "
        f"parts {names.in_words(event.parts)})"
    )
