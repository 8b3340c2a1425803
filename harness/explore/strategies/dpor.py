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
time to pass or forbid it: that is refused, as brute force finds outcomes that this search would lose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from harness.errors import InternalError
from harness.explore.estimate import Level, Remaining, remaining_schedules
from harness.explore.reduction.history import History
from harness.explore.reduction.preemptions import Preemptions
from harness.explore.reduction.reversal import Reversal
from harness.explore.reduction.stored import Reader, StoredPath
from harness.explore.reduction.wakeup import Data, Node, Step, Steps
from harness.explore.strategies.probe import Probe
from harness.kernel import Engine, Event, Missed, Names, ObservedEngine, StoredNames, default_pick

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
    takes: ClassVar[tuple[str, ...]] = ("preemption_bound",)

    def __init__(self, seed: int = 0, *, preemption_bound: int | None = None) -> None:
        # Nothing is left to chance: no use for a seed.
        self.exhausted = False
        self.bound_reached = False
        self._bound = preemption_bound
        self._within = True
        self.probes = self.restarts = self.blocked = self.redundant = 0
        self.classes = 0
        self._plain_liars: set[int] = set()
        self._trusted: set[int] = set()
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
        self._history = History()
        #: For each depth: who sleeps there, and what is still to be explored.
        self._asleep: list[list[Step]] = [[]]
        self._trees: list[list[Node]] = [[]]
        self._steps = Steps()
        #: What the next run begins with: what it has in common with the last, then a branch.
        self._forced: list[Event | Step] = []
        self._inherited = [0]
        self._kept = 0
        self._trusted.clear()
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
        engine.replayed_events = self._kept
        engine.replayed = self._history.events
        self._chosen: list[tuple[int, int]] = []
        self._choosing = -1
        self._hopeless = self._repeats = False

    def pick(self, options: list[int], current: int) -> int:
        engine = self._engine
        place = len(engine.events)
        if place < len(self._forced):
            index = engine.index_of.get(self._forced[place].who, -1)
            if index in options:
                return index
            return self._give_up(options)
        self._catch_up()
        asleep = self._asleep[place]
        if asleep:
            numbers = engine.numbers
            sleepers = {s.who for s in asleep if not s.data}
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
        if place < len(self._forced) and position < len(self._forced[place].data):
            picked = self._forced[place].data[position][0]
            if picked >= len(options):
                self._give_up([0])
                picked = 0
        elif place >= len(self._forced) or _is_open(self._forced[place]):
            self._catch_up(place)
            picked = self._awake_option(place, len(options))
        self._chosen.append((picked, len(options)))
        return picked

    def _awake_option(self, place: int, count: int) -> int:
        engine = self._engine
        begun = place < len(engine.events)  # then it is the first step of a process, a part of that
        who = engine.events[place].who if begun else engine.numbers[engine.current]
        done = {s.data for s in self._asleep[place] if s.who == who}
        taken = tuple(self._chosen)
        for option in range(count):
            if (*taken, (option, count)) not in done:
                return option
        return 0

    def _catch_up(self, length: int | None = None) -> None:
        """Extend what is known of the path by the events that have happened since."""
        events = self._engine.events
        length = len(events) if length is None else length
        while len(self._asleep) <= length:
            place = len(self._asleep) - 1
            event = events[place]
            asleep = self._asleep[place]
            self._asleep.append(_still_asleep(asleep, event) if asleep else [])
            self._inherited.append(len(self._asleep[-1]))
            if len(self._trees) <= place + 1:
                self._trees.append([])
            if place >= self._kept and asleep:
                self._see_whether_new(event, asleep)

    def _see_whether_new(self, event: Event, asleep: list[Step]) -> None:
        if any(s.who == event.who and s.data == event.data for s in asleep):
            self._hopeless = self._repeats = True

    # ---- after a run ---------------------------------------------------------------------------

    def counts(self, engine: Engine) -> bool:
        """Whether the run just made is one of those that were asked for."""
        if self._bound is None:
            return True
        assert isinstance(engine, ObservedEngine)
        if self._hopeless or engine.names.grown != self._grown:
            return False
        self._remember(engine)
        blocked = {m.event.who: m.event.acquires for m in engine.missed if m.event.acquires}
        self._within = Preemptions(self._history, blocked).fewest(at_most=self._bound)
        self.bound_reached |= not self._within
        return self._within

    def _remember(self, engine: ObservedEngine) -> None:
        for event in engine.events[len(self._history) : engine.explored_events]:
            self._history.add(event)

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
        self._remember(engine)
        if self._hopeless:
            self.redundant += self._repeats
            self.blocked += not self._repeats
        else:
            self.classes += self._within
            if not self._check_forecasts():
                self._restart()
                return
            self._offer_options()
            self._reverse_races(engine)
        self._step_back()

    def _restart(self) -> None:
        self.restarts += 1
        self._begin_anew()

    def _check_forecasts(self) -> bool:
        """Whether every step that was foretold came out so, and those who say what they do did it."""
        events = self._history.events
        for place in range(self._kept, len(events)):
            event = events[place]
            if event.declared and not event.known and event.who not in self._plain_liars:
                self._plain_liars.add(event.who)
                if event.who in self._trusted:
                    return False
            if place < len(self._forced):
                step = self._forced[place]
                assert isinstance(step, Step)
                known = step.event
                if known is not None and not _same(known, event):
                    if step.foretold and event.who not in self._plain_liars:
                        self._plain_liars.add(event.who)
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

    def _offer_options(self) -> None:
        """The other options of choices made within new steps."""
        for place in range(self._kept, len(self._history)):
            event = self._history.events[place]
            for position, (picked, count) in enumerate(event.data):
                for option in range(count):
                    if option != picked:
                        self._offer_option(place, event, (*event.data[:position], (option, count)))

    def _offer_option(self, place: int, event: Event, data: Data) -> None:
        length = len(data)
        tree = self._trees[place]
        known = [*(node.steps[0] for node in tree), *self._asleep[place]]
        if not any(s.who == event.who and s.data[:length] == data for s in known):
            tree.insert(0, Node((Step(event.who, data, None, open_ended=True),)))

    def _step_back(self) -> None:
        """Give up the last events up to one before which there is something left to explore."""
        trees, asleep = self._trees, self._asleep
        events = self._history.events
        place = len(events) - 1
        del trees[len(events) :]
        del asleep[len(events) :]
        del self._inherited[len(events) :]
        while place >= 0 and not trees[place]:
            trees.pop()
            asleep.pop()
            self._inherited.pop()
            place -= 1
        if place < 0:
            self.exhausted = True
            return
        asleep[place].append(self._steps.of(events[place]))
        self._history.cut(place)
        self._kept = place
        self._forced = [*self._history.events]
        while trees[-1]:
            node = trees[-1].pop(0)
            self._forced += node.steps
            trees += [[] for _ in node.steps[1:]]
            trees.append(node.children)

    # ---- between two runs ----------------------------------------------------------------------

    def remaining(self) -> Remaining | None:
        """What is left, as far as branches are known: reversals yet to be found come on top."""
        return remaining_schedules(self._levels(), self.classes)

    def _levels(self) -> list[Level]:
        levels = []
        for place, tree in enumerate(self._trees[: len(self._forced)]):
            done = 0
            if place <= self._kept:
                done = len(self._asleep[place]) - self._inherited[place]
            width = done + 1 + len(tree)
            if width > 1:
                levels.append(Level(width, done, range(done + 1, width)))
        return levels

    def state(self) -> dict[str, Any] | None:
        names = self._engine.names
        if not names.lasting or names.grown != self._grown:
            return None
        kept = self._kept
        path = StoredPath.of(
            self._history.events[:kept],
            [step for step in self._forced[kept:] if isinstance(step, Step)],
            self._asleep[: kept + 1],
            self._trees[: len(self._forced) + 1],
        )
        counts = self.probes, self.restarts, self.blocked, self.redundant, self.classes
        trusted, liars = (tuple(sorted(tasks)) for tasks in (self._trusted, self._plain_liars))
        lessons = tuple(self._lessons)
        state = State(names.stored(), path, lessons, liars, trusted, counts, self.bound_reached)
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(state))
        return plain

    def restore(self, state: dict[str, Any]) -> None:
        read = msgspec.convert(state, State)
        path = read.path
        path.check()
        reader = Reader(path.steps, self._steps)
        self._names = read.names
        Names().restore(read.names)
        for stored in path.events:
            self._history.add(stored.event())
        self._kept = len(path.events)
        self._forced = [*self._history.events, *map(reader.step, path.forced)]
        self._asleep = [list(map(reader.step, steps)) for steps in path.asleep]
        nodes = reader.nodes(path.nodes)
        self._trees = [[nodes.pop(0) for _ in range(count)] for count in path.trees]
        if nodes:
            raise ValueError("a tree begins nowhere")
        self._inherited = [0]
        for sleepers, event in zip(self._asleep, self._history.events, strict=False):
            self._inherited.append(len(_still_asleep(sleepers, event)))
        self._lessons = list(read.lessons)
        self._plain_liars, self._trusted = set(read.liars), set(read.trusted)
        self.probes, self.restarts, self.blocked, self.redundant, self.classes = read.counts
        self.bound_reached = read.bound_reached

    # ---- races ---------------------------------------------------------------------------------

    def _reverse_races(self, engine: ObservedEngine) -> None:
        history = self._history
        missed_steps = engine.missed  # a probe resets the engine
        for second, races in enumerate(history.races):
            for first in races:
                rest = history.independent_of(first)
                event = history.events[second]
                needed = history.without_conflicts[second] & rest
                self._reverse(Reversal(history, first, rest, event, needed, was_missed=False))
        for missed in missed_steps:
            self._reverse_missed(missed)

    def _reverse_missed(self, missed: Missed) -> None:
        first, event = missed.number, missed.event
        history = self._history
        if first < 0 or first >= len(history) or history.events[first].fixed:
            return
        before = event.after
        last = history.of_task.get(event.who, 0) & ((1 << first) - 1)
        if event.acquires:  # it waits still: its own past may be later than the one who has it
            last = history.of_task.get(event.who, 0)
        if last:
            before |= 1 << (last.bit_length() - 1)
        needed = history.closed(before)
        if needed >> first & 1:
            return
        rest = history.independent_of(first)
        if self._is_barred(missed, rest):
            return
        reversal = Reversal(history, first, rest, event, needed & rest, was_missed=True)
        self._reverse(reversal)

    def _is_barred(self, missed: Missed, rest: int) -> bool:
        """Whether the step could not be taken behind the rest either.

        Then a run without what bars it, a fault that need not strike, shows what comes of it.
        """
        if not (missed.ended or missed.limit):
            return False
        others = self._history.chosen(rest)
        if any(other.writes & missed.ended for other in others):
            return True
        if missed.limit is None:
            return False
        shared, most = missed.limit
        others += self._history.events[: missed.number]
        return sum(bool(other.writes & shared) for other in others) >= most

    def _reverse(self, reversal: Reversal) -> None:
        """Note what is to be explored so that the second event of a race comes before the first."""
        first = reversal.first
        for sleeper in self._asleep[first]:
            if self._is_weak_initial(sleeper, reversal, []):
                return
        nodes = self._trees[first]
        path: list[Step] = []
        while True:
            for node in nodes:
                if self._is_weak_initial(node.steps[0], reversal, path):
                    break
            else:
                nodes.append(reversal.as_node(self._steps))
                return
            if not self._goes_along(node, reversal, path):
                return
            nodes = node.children

    def _goes_along(self, node: Node, reversal: Reversal, path: list[Step]) -> bool:
        """Take the steps of a node, the first of which fits, off the sequence; is more to be said?"""
        last = len(node.steps) - 1
        for place, step in enumerate(node.steps):
            if place and not self._is_weak_initial(step, reversal, path):
                node.fork(place, reversal.as_node(self._steps))
                return False
            if place == last and not node.children:
                return False
            reversal.take(step.who)
            if reversal.is_empty:
                return False
            path.append(step)
        return True

    def _is_weak_initial(self, step: Step, reversal: Reversal, path: list[Step]) -> bool:
        """Whether the sequence may as well begin with this step."""
        history = self._history
        who = step.who
        own = reversal.rest & history.of_task.get(who, 0)
        if own:
            first = own & -own
            number = first.bit_length() - 1
            if history.before[number] & reversal.rest & ~first:
                return False
            return history.events[number].data == step.data
        if reversal.has_second and who == reversal.event.who:
            if reversal.needed:
                return False
            second = self._second(reversal)
            return second.data == step.data and not reversal.conflicts(second)
        event = step.event
        if event is None:
            event = self._explain(step, reversal.first, path)
        if reversal.conflicts(event):
            return False
        return not (reversal.has_second and self._second(reversal).conflicts(event))

    # ---- what a reversed step touches ------------------------------------------------------------

    def _second(self, reversal: Reversal) -> Event:
        """The second event of a race as it will be when it comes first."""
        if reversal.foretold is None:
            reversal.foretold = self._foretell(reversal)
        return reversal.foretold

    def _foretell(self, reversal: Reversal) -> Event:
        event = reversal.event
        if event.known and event.who not in self._plain_liars:
            self._trusted.add(event.who)
            return event
        earlier = self._history.events[reversal.first]
        uses = event.reads | event.writes | event.parts
        changes = earlier.writes | earlier.parts | earlier.queues
        if not reversal.was_missed and not changes & uses:
            return event
        return self._look(reversal)

    def _look(self, reversal: Reversal) -> Event:
        """What the second event touches, by running the reversed sequence up to it."""
        events = self._history.events
        steps: list[tuple[int, Data]] = [(e.who, e.data) for e in events[: reversal.first]]
        rest = self._history.chosen(reversal.all_of_rest)
        steps += [(e.who, e.data) for e in rest]
        steps.append((reversal.event.who, ()))
        return self._run_up_to(steps, reversal.first)

    def _explain(self, step: Step, first: int, path: list[Step]) -> Event:
        """What a step touches of which that was never asked so far."""
        steps: list[tuple[int, Data]] = [(e.who, e.data) for e in self._history.events[:first]]
        steps += [(s.who, s.data) for s in path]
        steps.append((step.who, step.data))
        event = self._run_up_to(steps, first)
        step.event = event
        step.data = event.data
        return event

    def _run_up_to(self, steps: list[tuple[int, Data]], first: int) -> Event:
        assert self._probe is not None
        self.probes += 1
        engine: Any = self._probe(Probe(steps, self._history.events[:first]))
        while engine.interrupted:  # whoever wants to stop the search waits for this run to be over
            engine = self._probe(Probe(steps, self._history.events[:first]))
        if len(engine.events) < len(steps) or engine.events[len(steps) - 1].who != steps[-1][0]:
            raise InternalError(f"step {len(steps) - 1} could not be taken where it was to be")
        event: Event = engine.events[len(steps) - 1]
        return event


def _is_open(step: Event | Step) -> bool:
    return isinstance(step, Step) and step.open_ended


def _still_asleep(steps: list[Step], event: Event) -> list[Step]:
    """Those that do not conflict with what happens."""
    found = []
    for step in steps:
        assert step.event is not None
        if not step.event.conflicts(event):
            found.append(step)
    return found


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
