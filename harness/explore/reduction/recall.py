"""What steps were seen to touch, so that nobody has to look again.

What a step touches is up to what happened before it and does not commute with it: its *past*. After an
equal past the same task takes the same step, whatever else went on beside it. So the answer to one look
serves every place of the search at which the past is the same, and a search asks for few: most of what
tells its runs apart is no business of the step.

Pasts are compared by what they are made of, not by a sum of it: two events have one number if and only if
they are the same step after equal pasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from harness.kernel import CLOCK, EVERYTHING

if TYPE_CHECKING:
    from harness.explore.reduction.history import History
    from harness.explore.reduction.wakeup import Data
    from harness.kernel import Event

#: Which task, with which options, after so many steps of its own.
_Place: TypeAlias = tuple[int, "Data", int]
#: What a past ends with: the numbers of its latest events.
_Past = frozenset[int]
_Masks = tuple[int, int, int]

#: So many pasts are kept at most: a search takes no more memory the longer it runs.
PASTS_MAX = 10_000


class Recall:
    """See the module.

    What has to do with the time is not kept, nor what ends the run, nor what reaches into a cancel scope:
    more goes into that than a past.
    """

    def __init__(self) -> None:
        #: By task, options and past, the number of the event that it is.
        self._numbers: dict[tuple[int, Data, _Past], int] = {}
        self._pasts = 0
        self._seen: dict[_Place, dict[_Masks, dict[_Past, Event]]] = {}
        self._path: list[_Numbered] = []

    def forget(self) -> None:
        """The same steps may touch something else from now on."""
        self._numbers.clear()
        self._seen.clear()
        self._path.clear()
        self._pasts = 0

    def recall(self, history: History, others: int, event: Event) -> Event | None:
        """What a step touches behind some events of the history, if that was seen.

        Args:
          history: the events.
          others: those that come before it; all that happened before one of them is among them.
          event: the step, as it was elsewhere: whose it is, what made it, and with which options.
        """
        if self._pasts > PASTS_MAX or len(self._numbers) > PASTS_MAX:
            self.forget()
        self._number_all(history)
        for masks, pasts in self._seen.get(_place(history, others, event), {}).items():
            found = pasts.get(self._past(history, others, event, masks))
            if found is not None:
                return found
        return None

    def keep(self, history: History, others: int, event: Event, seen: Event) -> None:
        """Such a step, behind those events, was seen to touch this."""
        self._number_all(history)
        past = self._past(history, others, event, (seen.reads, seen.writes, seen.parts))
        self._keep(_place(history, others, event), past, seen)

    def _keep(self, place: _Place, past: _Past, seen: Event) -> None:
        if seen.reaches or seen.writes & EVERYTHING:
            return
        if (seen.reads | seen.writes | seen.parts) & CLOCK:
            return
        masks = seen.reads, seen.writes, seen.parts
        self._seen.setdefault(place, {}).setdefault(masks, {})[past] = seen
        self._pasts += 1

    def _past(self, history: History, others: int, event: Event, masks: _Masks) -> _Past:
        """The latest of those events that the step could not be without if it touches this."""
        needed = event.after | history.of_task.get(event.who, 0)
        reads, writes, parts = masks
        by_writes, by_reads, by_parts = writes | reads | parts, writes | parts, writes | reads
        latest = []
        for other in reversed(self._path):
            if others & other.mark and (
                other.writes & by_writes
                or other.reads & by_reads
                or other.parts & by_parts
                or needed & other.mark
            ):
                latest.append(other.number)
                others &= ~other.past
        return frozenset(latest)

    def _number_all(self, history: History) -> None:
        """Number the events of the path."""
        path, events = self._path, history.events
        known = min(len(path), len(events))
        while known and path[known - 1].event is not events[known - 1]:
            known -= 1
        del path[known:]
        for place in range(known, len(events)):
            event, past = events[place], history.before[place]
            earlier = past ^ 1 << place
            latest = []
            while earlier:
                other = path[earlier.bit_length() - 1]
                latest.append(other.number)
                earlier &= ~other.past
            ends = frozenset(latest)
            key = event.who, event.data, ends
            number = self._numbers.setdefault(key, len(self._numbers))
            if number == len(self._numbers) - 1 and not (event.known or event.fixed or event.idle):
                self._keep(_place(history, past ^ 1 << place, event), ends, event)
            path.append(_Numbered(event, number, 1 << place, past))


class _Numbered:
    """An event of the path, with its number, and masks of itself and of what happened before it."""

    __slots__ = ("event", "mark", "number", "parts", "past", "reads", "writes")

    def __init__(self, event: Event, number: int, mark: int, past: int) -> None:
        self.event = event
        self.number = number
        self.mark = mark
        self.past = past
        self.reads, self.writes, self.parts = event.reads, event.writes, event.parts


def _place(history: History, others: int, event: Event) -> _Place:
    own = history.of_task.get(event.who, 0) & others
    return event.who, event.data, own.bit_count()
