"""One search, made by several: what is handed out, what counts, and when it is over."""

from __future__ import annotations

from math import inf
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from harness.errors import HarnessError, WorkerFailed, WorkersDied
from harness.explore.conclude import Ending, conclude
from harness.explore.found import Found
from harness.explore.loop import ESTIMATE_EVERY_S, Progress
from harness.explore.resume import stored_scorecard
from harness.explore.workers.items import Broken, Item, Part, Piece, Shown, Standing
from harness.explore.workers.merged import Merged
from harness.explore.workers.order import Order
from harness.explore.workers.showing import Showings
from harness.explore.workers.streams import forget
from harness.properties import Scorecard

if TYPE_CHECKING:
    from harness.explore.result import Result
    from harness.explore.workers.search import Search
    from harness.explore.workers.streams import Slot, Stream

#: So many pieces may be lost; then the search ends, as it would only go on killing.
LOST_MAX = 3

#: After so many deaths over one piece, at different places, it is not the piece: there is no going on.
DEATHS_MAX = 12


class Running:
    """A search that is being made.

    Attributes:
      unwanted: numbers of items that nobody waits for: whoever works on them may stop.
      failed: why it cannot be made.
    """

    def __init__(self, search: Search, workers: int) -> None:
        self.search = search
        self.unwanted: list[int] = []
        self.failed: HarnessError | None = None
        self._merged = Merged(
            found=Found(scenario=search.subject.scenario.name), strategy=search.asked.strategy
        )
        self._order = Order(search, workers, self._merged.found)
        self._showings: Showings | None = None
        self._started: float | None = None
        self._wall_s = 0.0
        self._halted = False
        self._exhausted = False
        self._lost = 0
        self._out: dict[int, Slot | None] = {}
        self._standing: dict[int, Standing] = {}
        self._shown = Progress(
            scenario=search.subject.scenario.name,
            fixes=search.subject.fixes,
            strategy=search.asked.strategy,
            schedules_max=search.schedules,
            time_budget_s=search.time_budget_s,
        )
        self._estimated = -inf

    # ---- what is to be done ----------------------------------------------------------------------

    @property
    def done(self) -> bool:
        """Whether the result is there."""
        return self._showings is not None and self._showings.done

    def next_item(self, number: int) -> Item | None:
        """Something to do, as an item with this number; None: nothing at present."""
        if self.failed is not None:
            return None
        item = self._next_piece(number) if self._showings is None else self._next_shown(number)
        if item is not None and self._started is None:
            self._started = monotonic()
        return item

    def _next_shown(self, number: int) -> Item | None:
        assert self._showings is not None
        item = self._showings.next_item(number, quick=self._merged.interrupted)
        if item is not None:
            self._out[number] = None
        return item

    def _next_piece(self, number: int) -> Item | None:
        slot = None if self._is_closing() else self._next_slot()
        if slot is None:
            return None
        slot.number = number
        self._out[number] = slot
        search = self.search
        return Item(number=number, scenario=search.scenario, asked=search.asked, piece=slot.sent)

    def _next_slot(self) -> Slot | None:
        """What counts next, if nobody works on it; else what will count later."""
        order = self._order
        first = order.due().head()
        if first is not None and first.waits:
            return self._ready(first, 0)
        begun = order.begun()
        if any(slot.part is not None and self.search.ends_with(slot.part.kinds) for slot in begun):
            return None
        slot = next(order.later(), None)
        return None if slot is None else self._ready(slot, sum(one.length for one in begun))

    def _ready(self, slot: Slot, ahead: int) -> Slot | None:
        """The piece as it is to be handed out; None: the limit leaves nothing, with so many ahead."""
        size = min(slot.known if slot.lost else slot.size, self._left() - ahead)
        if size <= 0:
            return None
        slot.sent = self._sent(slot, int(size))
        return slot

    def _left(self) -> float:
        """How many more schedules may count."""
        limit = self.search.schedules
        return inf if limit is None else limit - self._merged.found.schedules

    def _sent(self, slot: Slot, size: int) -> Piece:
        """The piece as it is handed out, with so many schedules."""
        budget = self.search.time_budget_s
        return msgspec.structs.replace(
            slot.piece,
            schedules=size,
            seconds=None if budget is None else max(budget - self._elapsed_s(), 0.001),
            handed_on=slot.piece.handed_on and size < self._left(),
            stop_at_first=self.search.stop_at_first,
            known=self.search.known,
            announced=slot.deaths > 0,
        )

    # ---- what comes back -------------------------------------------------------------------------

    def stands(self, number: int, standing: Standing) -> None:
        """How far a piece has come."""
        if number in self._out:
            self._standing[number] = standing

    def back(self, number: int, what: Part | Shown | Broken) -> None:
        """An item was done.

        Raises:
          WorkerFailed: a failure could not be shown.
        """
        self._standing.pop(number, None)
        if number not in self._out:
            return
        slot = self._out.pop(number)
        if slot is None:
            assert self._showings is not None
            self._showings.back(number, what)
        else:
            assert not isinstance(what, Shown)
            self._slot_back(slot, what)

    def _slot_back(self, slot: Slot, what: Part | Broken) -> None:
        slot.number = None
        if isinstance(what, Broken):
            slot.broken = what
        else:
            slot.part = what
        stream = self._order.of(slot)
        if stream is not None:
            stream.back(slot)

    def died(self, number: int, how: str) -> None:
        """The worker died. What it did is done again; what kills again is done as far as it goes.

        Raises:
          WorkersDied: a failure cannot be shown like that.
        """
        standing = self._standing.pop(number, None)
        known = 0 if standing is None else standing.schedules
        imports = "importing the scenario killed the worker"
        deed = imports if standing is None else "a schedule killed the worker that made it"
        why = f"{deed} ({how})"
        if number not in self._out:
            return
        slot = self._out.pop(number)
        if slot is None:
            assert self._showings is not None
            self._showings.died(number, how)
            return
        slot.number = None
        slot.deaths += 1
        if slot.deaths > DEATHS_MAX:
            slot.known = 0
            self._lose(slot, why)
        elif slot.sent is not None and slot.sent.announced and not slot.lost:
            if known == slot.known:  # twice at the same place: it is no coincidence
                self._lose(slot, why)
            slot.known = known

    def _lose(self, slot: Slot, why: str) -> None:
        """One more schedule than is known of this piece kills whoever makes it."""
        slot.lost = why
        self._lost += 1
        if not slot.known:
            nothing = Ending(strategy=self.search.asked.strategy)
            self._slot_back(slot, Part(ending=nothing, scorecard=stored_scorecard(Scorecard())))

    # ---- what counts -----------------------------------------------------------------------------

    def settle(self) -> None:
        """Count what can be counted, and see whether that is all.

        Raises:
          HarnessError: a piece that counts could not be made.
        """
        while self._showings is None:
            due = self._order.due()
            head = due.head()
            if self._is_closing():
                if self._out:
                    return
                self._count_rest()
            elif head is None:
                self._end(exhausted=due.proves)
            elif head.is_back and not self._fits(head):
                forget(due, head)
            elif head.is_back:
                self._count(due, head)
            else:
                return

    def _is_closing(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._halted or self._is_late()

    def _fits(self, head: Slot) -> bool:
        """Whether the piece is as long as it is to be; else it is made again."""
        part, left = head.part, self._left()
        if part is None or head.sent is None or head.lost:
            return True
        if part.schedules > left:
            head.size, head.part = int(left), None
            return False
        cut_short = part.schedules == head.sent.schedules and part.state is None
        if cut_short and part.schedules < min(head.size, left) and not _is_over(part, self.search):
            head.part = None
            return False
        return True

    def _count(self, stream: Stream, slot: Slot) -> None:
        if slot.broken is not None:
            raise WorkerFailed(slot.broken.text, slot.broken.exit_code)
        assert slot.part is not None
        part = slot.part
        stream.slots.remove(slot)
        new = self._merged.add(part, slot.lost)
        if stream is self._order.proof and part.ending.reduces:
            self._merged.reduction = part.ending
        self._order.counted(part, new)
        if not stream.slots and stream.proves:
            self._end(exhausted=True)
        elif self._is_enough():
            self._end(exhausted=False)

    def _is_enough(self) -> bool:
        merged, search = self._merged, self.search
        return (
            search.ends_with(merged.kinds.values())
            or merged.stuck
            or merged.interrupted
            or self._lost >= LOST_MAX
            or (search.schedules is not None and merged.found.schedules >= search.schedules)
        )

    def _count_rest(self) -> None:
        """Time is up: whatever came back counts, whether or not what goes before did."""
        for stream in self._order.streams:
            for slot in [slot for slot in stream.slots if slot.is_back]:
                fits = slot.part is None or slot.part.schedules <= self._left()
                if self._showings is None and fits:
                    self._count(stream, slot)
        if self._showings is None:
            self._end(exhausted=False)

    def _end(self, *, exhausted: bool) -> None:
        self._wall_s = self._elapsed_s()
        self._exhausted = exhausted
        self._merged.interrupted = self._merged.interrupted or self._halted
        self.drop()
        self._showings = Showings(self.search, self._merged.kinds.values())
        if self._lost and not self._merged.found.schedules:
            raise WorkersDied(self.search.scenario, "".join(self._merged.found.undecided))

    def drop(self) -> None:
        """Nobody wants to know any more."""
        self.unwanted += self._out
        self._out.clear()
        self._standing.clear()

    def halt(self) -> None:
        """Ctrl-C: what is found counts, and no more is looked for."""
        self._halted = True
        if self._showings is not None:
            self._merged.interrupted = True
        self.unwanted += self._out

    # ---- time ------------------------------------------------------------------------------------

    def _elapsed_s(self) -> float:
        return 0.0 if self._started is None else monotonic() - self._started

    def _is_late(self) -> bool:
        budget = self.search.time_budget_s
        return budget is not None and self._elapsed_s() >= budget

    # ---- what it came to -------------------------------------------------------------------------

    def progress(self) -> Progress:
        """How far it has come, with what does not count yet."""
        found, kinds, shown = self._merged.found, self._merged.kinds.values(), self._shown
        shown.schedules, shown.wall_s = found.schedules, self._wall_s
        if self._showings is None:
            parts = [slot.part for slot in self._order.begun() if slot.part is not None]
            shown.schedules += sum(one.schedules for one in parts)
            shown.schedules += sum(one.schedules for one in self._standing.values())
            shown.wall_s = self._elapsed_s()
        shown.violations = len(kinds)
        shown.first_seen = min((kind.first_seen for kind in kinds), default=None)
        if shown.wall_s > self._estimated + ESTIMATE_EVERY_S:
            self._estimated = shown.wall_s
            shown.remaining, shown.unseen = self._order.remaining(), found.classes.unseen()
        return shown

    def result(self) -> Result:
        """The result."""
        search = self.search
        return conclude(
            subject=search.subject,
            options=search.asked.search_options,
            seed=search.asked.seed,
            found=self._merged.found,
            scorecard=self._merged.scorecard,
            ending=self._merged.ending(
                exhausted=self._exhausted, remaining=self._order.remaining()
            ),
            violations=() if self._showings is None else self._showings.violations(),
            wall_s=self._wall_s,
            interrupted=self._merged.interrupted,
        )


def _is_over(part: Part, search: Search) -> bool:
    """Whether there is nothing after the last schedule of this part."""
    return part.ending.exhausted or search.ends_with(part.kinds)
