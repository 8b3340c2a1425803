"""The fewest preemptions with which a class of interleavings can be had.

A preemption is a switch away from a task that could have gone on. A class may be run in many orders; the
one with the fewest is looked for over all of them at once: how far each task has come, and who ran
last, is all that matters for what is still to come. Exact, and as costly as there are such states.
"""

from __future__ import annotations

from heapq import heappop, heappush

import attrs

from harness.explore.reduction.history import History

_NOBODY = -1


@attrs.define
class Preemptions:
    """Counts for one run.

    Args:
      history: the run.
      blocked: tasks that wait for a mutex at its end, and the bit of that.
    """

    history: History
    blocked: dict[int, int]
    _of_task: dict[int, list[int]] = attrs.field(factory=dict, init=False)
    _taken: dict[int, list[int]] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for number, event in enumerate(self.history.events):
            self._of_task.setdefault(event.who, []).append(number)
            if event.acquires:
                self._taken.setdefault(event.acquires, []).append(number)

    def fewest(self, *, at_most: int) -> bool:
        """Whether some order of the class has no more than `at_most`."""
        everything = (1 << len(self.history)) - 1
        start = (0, 0, _NOBODY)
        waiting = [start]
        cheapest: dict[tuple[int, int], int] = {}
        while waiting:
            cost, done, last = heappop(waiting)
            if done == everything:
                return True
            if cheapest.get((done, last), at_most + 1) <= cost:
                continue
            cheapest[done, last] = cost
            may_go_on = last != _NOBODY and self._could_go_on(last, done)
            for number in self._next(done):
                who = self.history.events[number].who
                price = cost + (may_go_on and who != last)
                if price <= at_most:
                    after = last if self.history.events[number].glued is not None else who
                    heappush(waiting, (price, done | 1 << number, after))
        return False

    def _next(self, done: int) -> list[int]:
        """The events that can come next within the class."""
        found = []
        for numbers in self._of_task.values():
            number = next((n for n in numbers if not done >> n & 1), None)
            if number is not None and not self.history.before[number] & ~done & ~(1 << number):
                found.append(number)
        return found

    def _could_go_on(self, who: int, done: int) -> bool:
        """Whether a task could take a step, be it one that would lead to another class."""
        number = next((n for n in self._of_task[who] if not done >> n & 1), None)
        if number is None:
            return who in self.blocked and self._is_free(self.blocked[who], done)
        event = self.history.events[number]
        if event.after & ~done:
            return False
        return not event.acquires or self._is_free(event.acquires, done)

    def _is_free(self, mutex: int, done: int) -> bool:
        """Whether nobody has the mutex."""
        taken = self._taken.get(mutex, [])
        count = sum(1 for number in taken if done >> number & 1)
        if count == 0:
            return True
        if count == len(taken):
            return mutex not in self.blocked.values()
        return not self.history.events[taken[count]].freed & ~done
