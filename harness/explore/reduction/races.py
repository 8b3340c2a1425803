"""Finding the races of a run, and noting what has to be explored so that each goes the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.explore.reduction.recall import Recall
from harness.explore.reduction.reversal import Reversal
from harness.kernel import CLOCK_TASK

if TYPE_CHECKING:
    from collections.abc import Sequence, Set as AbstractSet

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
      recall: what steps were seen to touch when somebody looked; None to look every time.
    """

    def __init__(self, look: Look) -> None:
        self._look_up = look
        self.liars: set[int] = set()
        self.trusted: set[int] = set()
        self.recall: Recall | None = Recall()

    def reverse(
        self, path: Path, missed_steps: Sequence[Missed], actions: AbstractSet[int]
    ) -> None:
        """Reverse the races of the run at the end of the path.

        Args:
          path: where the search is.
          missed_steps: what the run made impossible.
          actions: who is no task: see `_is_weak_initial`.
        """
        self._path, self._history, self._actions = path, path.history, actions
        history = self._history
        for second, races in enumerate(history.races):
            for first in races:
                rest = history.independent_of(first)
                any_of = history.events[second].any_of
                if any_of and not any_of & (rest | (1 << first) - 1):
                    continue  # there would be no timer
                needed = history.without_conflicts[second] & rest
                self._try_to_reverse(
                    Reversal(history, first, rest, history.events[second], needed, second=second)
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
            self._reverse_missed_time(first, event, rest, needed)
            return
        if self._is_barred(missed, rest):
            return
        self._try_to_reverse(Reversal(history, first, rest, event, needed & rest))

    def _reverse_missed_time(self, first: int, event: Event, rest: int, needed: int) -> None:
        """Time passes before somebody stops the timers: as late as it can, and before all that has to do with it.

        Whoever only looks at the clock may have done so before.
        """
        apart = self._concerned_with(event, rest & ~needed)
        left_out = 0
        while apart:
            kept = rest & ~left_out
            reversal = Reversal(self._history, first, kept, event, needed & kept)
            try:
                self._second(reversal)
            except NoTimer:  # somebody among the rest stops them as well
                mark = 1 << apart.bit_length() - 1
                apart ^= mark
                left_out |= self._dependent_on(mark, rest)
                continue
            self._try_to_reverse(reversal)
            break
        kept = rest & ~self._dependent_on(self._concerned_with(event, rest & ~needed), rest)
        self._try_to_reverse(Reversal(self._history, first, kept, event, needed & kept))

    def _concerned_with(self, event: Event, numbers: int) -> int:
        """Of these, what has to do with the passing of time."""
        events, found = self._history.events, 0
        while numbers:
            mark = numbers & -numbers
            numbers ^= mark
            other = events[mark.bit_length() - 1]
            if other.who != CLOCK_TASK and event.conflicts(other):
                found |= mark
        return found

    def _dependent_on(self, chosen: int, numbers: int) -> int:
        """Of these, the chosen ones and what comes after them."""
        before, found = self._history.before, 0
        while numbers:
            mark = numbers & -numbers
            numbers ^= mark
            if before[mark.bit_length() - 1] & chosen:
                found |= mark
        return found

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
        try:
            self._reverse(reversal)
        except NoTimer:
            return

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
        history = self._history
        of_task, before, events = history.of_task, history.before, history.events
        rest = reversal.rest
        for place, step in enumerate(node.steps):
            own = rest & of_task.get(step.who, 0)
            if own:  # as in `_is_weak_initial`, without a call: it is nearly always so
                mark = own & -own
                number = mark.bit_length() - 1
                fits = before[number] & rest == mark and events[number].data == step.data
                if fits:
                    rest ^= mark
            else:
                reversal.leave(rest)
                so_far = [*path, *node.steps[:place]]
                fits = not place or self._is_weak_initial(step, reversal, so_far)
                if fits and step.who == reversal.event.who:
                    reversal.has_second = False
            if not fits:
                reversal.leave(rest)
                node.fork(place, self._as_node(reversal))
                return False
            if not rest and not reversal.has_second:
                return False
        reversal.leave(rest)
        path += node.steps
        return bool(node.children)

    def _as_node(self, reversal: Reversal) -> Node:
        """The rest of the sequence as a node of a wakeup tree."""
        event = reversal.event
        if reversal.has_second and (event.data or self._is_believed(event)):
            self._second(reversal)  # with the options that made it race, or without having to look
        return reversal.as_node(self._path.steps)

    def _is_weak_initial(self, step: Step, reversal: Reversal, path: list[Step]) -> bool:
        """Whether the sequence may as well begin with this step.

        Not with a fault that is no part of it, whatever that touches: the sequence may come to where nobody
        can go on, and time passes or the run ends, without the fault. Behind the fault it may never do that.
        """
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
        if who in self._actions:
            return False
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

    def _is_believed(self, event: Event) -> bool:
        """Whether it does what it declared, and so does its task."""
        return event.known and event.who not in self.liars

    def _foretell(self, reversal: Reversal) -> Event:
        event = reversal.event
        if self._is_believed(event):
            self.trusted.add(event.who)
            return event
        earlier = self._history.events[reversal.first]
        uses = event.reads | event.writes | event.parts
        waits_for = uses if event.reaches else event.writes
        changes = (earlier.writes | earlier.parts) & uses | earlier.queues & waits_for
        # Which timers go off when time passes is up to whoever set them, or took them back.
        asked = event.who == CLOCK_TASK or reversal.was_missed
        if not asked and not changes:
            return event
        if event.who == CLOCK_TASK or self.recall is None:
            return self._look(reversal)
        others = reversal.all_of_rest | (1 << reversal.first) - 1
        found = self.recall.recall(self._history, others, event)
        if found is None:
            found = self._look(reversal)
            self.recall.keep(self._history, others, event, found)
        return found

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
