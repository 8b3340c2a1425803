"""One direction of a link or a connection: what was sent and has not been received yet.

A message arrives when its receiver takes it, which is a step of the receiver's and may be any time
after it was sent and has travelled for as long as the line takes. Nobody could tell that from a
delivery of its own, as an end is received from by one task at a time; and it is one step less.

Sending and receiving commute, as the one is about the tail of the line and the other about its head.
A fault that changes the line is about both. What a fault does to a message shows when it is received:
a lost one takes its receiver a step in which nothing comes, and so does a cut: whoever could receive
something takes a step to find out, and then waits for the cut to end. So no fault takes a step away
from a task, be the task there before the fault or come after it.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from harness.kernel import Engine, WorldPoint, clean, pass_point

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.world.faults import Faults, Offer

#: How much longer a delayed message is under way, in virtual seconds.
DELAY_S = 60.0


class Parcel:
    """A message under way.

    Attributes:
      number: from 1, of the line; a copy has that of the message.
      value: the message.
      due_s: virtual time before which it does not arrive.
      sent: what made it possible to receive it.
      lost: whether it never arrives.
      yields: whether the next one overtakes it.
      offers: the faults that may befall it.
    """

    __slots__ = ("due_s", "lost", "number", "offers", "sent", "value", "yields")

    def __init__(self, number: int, value: Any, due_s: float, sent: int) -> None:
        self.number = number
        self.value = value
        self.due_s = due_s
        self.sent = sent
        self.lost = self.yields = False
        self.offers: list[Offer] = []


class Line:
    """See the module.

    Attributes:
      label: "orders ->", the same in every interleaving.
      ended: whether nothing more will be sent, so that a receiver who finds it empty is told.
      broken: what its users are told, if it is.
      cuts: how many cuts there are in it now.
    """

    def __init__(
        self,
        run: Engine,
        faults: Faults,
        label: str,
        *,
        latency_s: float,
        capacity: int | None,
        lossy: bool,
    ) -> None:
        self.label = label
        self.ended = False
        self.broken: Callable[[], Exception] | None = None
        self.cuts = 0
        self._run = run
        self._faults = faults
        self._latency_s = latency_s
        self._capacity = capacity
        self._lossy = lossy
        self._queue: deque[Parcel] = deque()
        self._count = 0
        self._receiver: trio.lowlevel.Task | None = None
        #: Whether the receiver waits for a cut to end.
        self._is_cut_off = False
        self._senders: list[trio.lowlevel.Task] = []
        self._head, self._tail = f"{label} (head)", f"{label} (tail)"

    # ---- sending -------------------------------------------------------------------------------

    async def send(self, value: Any) -> None:
        """Put a message on its way, in one step; wait for room first, if the line has an end to that."""
        await pass_point(WorldPoint(f"send {self.label}", thing=self._tail))
        while self._is_full():
            task = trio.lowlevel.current_task()
            self._senders.append(task)
            try:
                point = WorldPoint(
                    f"send {self.label} (full)", withheld=True, thing=self._tail, waits=True
                )
                await pass_point(point)
            finally:
                self._senders.remove(task)
        self._check()
        self._put(deepcopy(value))

    def _is_full(self) -> bool:
        if self._capacity is None or self.broken is not None:
            return False
        self._run.depends(self._head)
        self._run.affects(self._tail)
        return len(self._queue) >= self._capacity

    def _put(self, value: Any) -> None:
        run = self._run
        self._count += 1
        run.write(self._tail, f"#{self._count}")
        if run.recording:
            run.note(f"send {self.label} #{self._count}: {clean(value)}")
        run.depends(self._cut_label)
        if self.cuts and self._lossy:
            run.note(f"{self.label} #{self._count} is lost: the line is cut")
            return
        due_s = run.current_time() + self._latency_s if self._latency_s else 0.0
        parcel = Parcel(self._count, value, due_s, run.happening())
        last = self._queue[-1] if self._queue else None
        if last is not None and last.yields:
            run.affects(self._head)
            last.yields = False
            self._queue.insert(len(self._queue) - 1, parcel)
        else:
            self._queue.append(parcel)
        self._offer_faults(parcel)
        self._arrived()

    def _arrived(self) -> None:
        """There is something to receive now, for whoever does not wait for the end of a cut."""
        if not self._is_cut_off:
            self._wake()

    def _wake(self) -> None:
        if self._receiver is not None:
            self._run.offer(self._receiver)

    # ---- receiving -----------------------------------------------------------------------------

    async def receive(self) -> Any:
        """The next message that arrives.

        Raises:
          trio.BusyResourceError: another task is receiving here.
          trio.EndOfChannel: nothing is left, and nothing more will be sent.
        """
        self._run.depends(self._busy_label)
        if self._receiver is not None:
            raise trio.BusyResourceError("another task is receiving here")
        cut_off = False
        while True:
            await self._arrival(cut_off=cut_off)
            self._check()
            self._run.depends(self._cut_label)
            cut_off = self.cuts > 0
            if cut_off:
                continue
            if not self._queue:
                if self.ended:
                    raise trio.EndOfChannel
                continue
            wait_until_s = self._queue[0].due_s
            if wait_until_s > self._run.current_time():
                await trio.sleep_until(wait_until_s)
                continue
            parcel = self._take()
            if not parcel.lost:
                return parcel.value

    async def _arrival(self, *, cut_off: bool) -> None:
        """The step in which something may arrive.

        Args:
          cut_off: whether it is to be the step in which a cut ends.
        """
        run = self._run
        nothing = cut_off or not (self._queue or self.ended)
        if self._queue:
            run.enabled_since(self._queue[0].sent)
        self._receiver = trio.lowlevel.current_task()
        run.affects(self._busy_label)
        self._is_cut_off = cut_off
        withheld = nothing and self.broken is None
        try:
            label = f"receive {self.label}"
            await pass_point(WorldPoint(label, withheld=withheld, thing=self._head, waits=True))
        finally:
            self._receiver = None
            self._is_cut_off = False
            if not run.closing:
                run.affects(self._busy_label)

    def _take(self) -> Parcel:
        run = self._run
        parcel = self._queue.popleft()
        run.write(self._head, f"#{parcel.number}")
        if self._capacity is not None or parcel.yields:
            run.affects(self._tail)
        for offer in parcel.offers:
            offer.withdraw()
        for task in self._senders:
            run.offer(task)
        if run.recording and not parcel.lost:
            run.note(f"receive {self.label} #{parcel.number}: {clean(parcel.value)}")
        return parcel

    def _check(self) -> None:
        self._run.depends(self._end_label)
        if self.broken is not None:
            raise self.broken()

    # ---- its end -------------------------------------------------------------------------------

    @property
    def unread(self) -> bool:
        """Whether anything is under way."""
        self._run.depends(self._head)
        self._run.depends(self._tail)
        return bool(self._queue)

    def end(self) -> None:
        """Nothing more will be sent; what is under way arrives."""
        self.ended = True
        self._run.affects(self._end_label)
        self._arrived()

    def break_with(self, error: Callable[[], Exception]) -> None:
        """What is under way is lost, and whoever uses it is told."""
        self.broken = error
        for label in (self._end_label, self._head, self._tail):
            self._run.affects(label)
        for parcel in self._queue:
            for offer in parcel.offers:
                offer.withdraw()
        self._queue.clear()
        self._wake()
        for task in self._senders:
            self._run.offer(task)

    @property
    def _end_label(self) -> str:
        return f"{self.label} (end)"

    @property
    def _busy_label(self) -> str:
        return f"{self.label} (receiver)"

    # ---- faults --------------------------------------------------------------------------------

    @property
    def _cut_label(self) -> str:
        return f"{self.label} (cut)"

    def cut(self) -> None:
        """Nothing gets through, until `mend`; a lossy line loses what is under way."""
        self.cuts += 1
        self._changed()
        if self._lossy:
            for parcel in self._queue:
                parcel.lost = True

    def mend(self) -> None:
        """One cut less."""
        self.cuts -= 1
        self._changed()
        if (self._queue or self.ended) and not self.cuts:
            self._wake()

    def _changed(self) -> None:
        for label in (self._cut_label, self._head, self._tail):
            self._run.affects(label)

    def _offer_faults(self, parcel: Parcel) -> None:
        does = {"delay": self._delay}
        if self._lossy:
            does |= {"drop": self._drop, "duplicate": self._duplicate, "reorder": self._reorder}
        for kind, do in does.items():
            offer = self._faults.offer(
                kind, f"{self.label} #{parcel.number}", partial(self._befall, do, parcel)
            )
            if offer is not None:
                parcel.offers.append(offer)

    def _befall(self, do: Callable[[Parcel], None], parcel: Parcel) -> None:
        self._changed()
        do(parcel)

    def _drop(self, parcel: Parcel) -> None:
        parcel.lost = True

    def _delay(self, parcel: Parcel) -> None:
        parcel.due_s = self._run.current_time() + self._latency_s + DELAY_S

    def _duplicate(self, parcel: Parcel) -> None:
        """A copy comes last; no fault befalls that."""
        copy = Parcel(parcel.number, deepcopy(parcel.value), parcel.due_s, self._run.happening())
        self._queue.append(copy)

    def _reorder(self, parcel: Parcel) -> None:
        """The next message overtakes it, which has been sent or will be."""
        place = self._queue.index(parcel)
        if place + 1 == len(self._queue):
            parcel.yields = True
        else:
            self._queue[place], self._queue[place + 1] = self._queue[place + 1], parcel
