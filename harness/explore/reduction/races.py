"""Finding the races of a run, and noting what has to be explored so that each goes the other way."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from harness.explore.reduction.reversal import Reversal
from harness.kernel import CLOCK_TASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.reduction.path import Path
    from harness.explore.reduction.wakeup import Data, Node, Step
    from harness.kernel import Event, Missed


class NoTimer(Exception):  # no error: it is how a question is answered
    """Time could not pass there: those steps had taken all timers back.

    A race with the last of them, or with a step before it, leads to where it could.
    """


class Look(Protocol):
    """How to find out what a step touches."""

    def __call__(self, steps: Sequence[tuple[int, Data]], known: list[Event]) -> Event:
        """Take these steps, the first of which were `known` events; what was the last of them?

        Raises:
          NoTimer: it was for time to pass, and there was nothing to pass to.
        """


class Races:
    """See the module.

    Attributes:
      liars: tasks that have done something else than one declared read, write or acquisition.
      trusted: those that were believed to do what they declare; reversals rest on that.
    """

    def __init__(self, look: Look) -> None:
        self._look_up = look
        self.liars: set[int] = set()
        self.trusted: set[int] = set()

    def reverse(self, path: Path, missed_steps: Sequence[Missed]) -> None:
        """Reverse the races of the run at the end of the path."""
        self._path, self._history = path, path.history
        history = self._history
        for second, races in enumerate(history.races):
            event = history.events[second]
            related = history.before[second] | history.later[second]
            for first in races:
                rest = history.independent_of(first)
                needed = history.without_conflicts[second] & rest
                self._try_to_reverse(
                    Reversal(history, first, rest, event, needed, was_missed=False, related=related)
                )
        for missed in missed_steps:
            self._reverse_missed(missed)

    def _reverse_missed(self, missed: Missed) -> None:
        first, event = missed.number, missed.event
        history = self._history
        if first < 0 or first >= len(history) or history.events[first].fixed:
            return
        if event.after >> len(history):
            return  # what made it possible came when nothing was explored any more
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
        if event.who == CLOCK_TASK:
            rest = self._while_timers_run(event, rest, needed)
        if self._is_barred(missed, rest):
            return
        reversal = Reversal(history, first, rest, event, needed & rest, was_missed=True)
        self._try_to_reverse(reversal)

    def _while_timers_run(self, event: Event, rest: int, needed: int) -> int:
        """Of the rest, what does not have to do with timers: time passes before somebody stops them."""
        history = self._history
        later = 0
        todo = rest & ~needed
        while todo:
            mark = todo & -todo
            todo ^= mark
            number = mark.bit_length() - 1
            other = history.events[number]
            if history.before[number] & later or (
                other.who != CLOCK_TASK and event.conflicts(other)
            ):
                later |= mark
        return rest & ~later

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

    def _try_to_reverse(self, reversal: Reversal) -> None:
        with suppress(NoTimer):
            self._reverse(reversal)

    def _reverse(self, reversal: Reversal) -> None:
        """Note what is to be explored so that the second event of a race comes before the first."""
        first = reversal.first
        for sleeper in self._path.asleep[first]:
            if self._is_weak_initial(sleeper, reversal, []):
                return
        nodes = self._path.trees[first]
        path: list[Step] = []
        while True:
            for node in nodes:
                if self._is_weak_initial(node.steps[0], reversal, path):
                    break
            else:
                nodes.append(self._as_node(reversal))
                return
            if not self._goes_along(node, reversal, path):
                return
            nodes = node.children

    def _goes_along(self, node: Node, reversal: Reversal, path: list[Step]) -> bool:
        """Take the steps of a node, the first of which fits, off the sequence; is more to be said?"""
        last = len(node.steps) - 1
        for place, step in enumerate(node.steps):
            if place and not self._is_weak_initial(step, reversal, path):
                node.fork(place, self._as_node(reversal))
                return False
            if place == last and not node.children:
                return False
            reversal.take(step.who)
            if reversal.is_empty:
                return False
            path.append(step)
        return True

    def _as_node(self, reversal: Reversal) -> Node:
        """The rest of the sequence as a node of a wakeup tree."""
        if reversal.has_second and reversal.event.data:
            self._second(reversal)  # with the options that made it race
        return reversal.as_node(self._path.steps)

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
        if event.data or reversal.conflicts(event):
            return False  # with other options the step may conflict
        return not (reversal.has_second and self._second(reversal).conflicts(event))

    # ---- what a reversed step touches ------------------------------------------------------------

    def _second(self, reversal: Reversal) -> Event:
        """The second event of a race as it will be when it comes first."""
        if reversal.foretold is None:
            reversal.foretold = self._foretell(reversal)
        return reversal.foretold

    def _foretell(self, reversal: Reversal) -> Event:
        event = reversal.event
        if event.known and event.who not in self.liars:
            self.trusted.add(event.who)
            return event
        earlier = self._history.events[reversal.first]
        uses = event.reads | event.writes | event.parts
        changes = earlier.writes | earlier.parts | earlier.queues
        # Which timers go off when time passes is up to whoever set them, or took them back.
        asked = event.who == CLOCK_TASK or reversal.was_missed
        if not asked and not changes & uses:
            return event
        return self._look(reversal)

    def _look(self, reversal: Reversal) -> Event:
        """What the second event touches, by running the reversed sequence up to it."""
        # Of its options those that made it race: with others it may touch something else.
        rest = self._history.chosen(reversal.all_of_rest)
        return self._after([*rest, reversal.event], reversal.first)

    def _explain(self, step: Step, first: int, path: list[Step]) -> Event:
        """What a step touches of which that was never asked so far."""
        event = self._after([*path, step], first)
        step.event = event
        step.data = event.data
        return event

    def _after(self, more: Sequence[Event | Step], first: int) -> Event:
        """What the last of these steps touches, taken after so many events of the path."""
        known = self._history.events[:first]
        return self._look_up([(step.who, step.data) for step in [*known, *more]], known)
