"""How a search is cut into pieces, and in which order what becomes of them counts.

The order is that of a search which makes one piece after the other; so the result does not depend on
who makes which, on how many do, or on who is done first.
"""

from __future__ import annotations

from hashlib import blake2b
from math import inf
from typing import Any, Protocol

import attrs
import msgspec

from harness.explore.workers.items import Broken, Part, Piece
from harness.explore.workers.subtrees import split

#: Pieces that are drawn at random: so many of one size, then as many of twice that size, up to the last.
#: A short search is to have a piece for everybody, a long one not to learn anew all the time.
CHUNKS_EACH, CHUNK_FIRST, CHUNK_LAST = 16, 64, 1_024

#: An exhaustive search is handed on after so many schedules, then after twice as many. What a worker
#: has done since is lost when it dies.
SLICE_FIRST, SLICE_LAST = 32, 2_048

#: A subtree is given back after so many, so that others can be given a part of it.
SUBTREE_FIRST, SUBTREE_LAST = 64, 4_096


@attrs.define(eq=False, kw_only=True)
class Slot:
    """A piece, from the time that it is known.

    Attributes:
      size: how many schedules it is to have, if the limits allow.
      number: of the item that it was handed out as; None: nobody works on it. `sent`: as it was then.
      part, broken: what became of it.
      deaths: how many workers died of it, or in the middle of it.
      known: how many of its schedules did no harm to the last of them who told.
      lost: how the last of them died, if no further one is to.
      after: those that begin where this one ended.
    """

    piece: Piece
    size: int
    number: int | None = None
    sent: Piece | None = None
    part: Part | None = None
    broken: Broken | None = None
    deaths: int = 0
    known: int = -1
    lost: str = ""
    after: list[Slot] = attrs.field(factory=list)

    @property
    def is_back(self) -> bool:
        """Whether it has been done."""
        return self.part is not None or self.broken is not None

    @property
    def waits(self) -> bool:
        """Whether nobody works on it, or has."""
        return self.number is None and not self.is_back

    @property
    def length(self) -> int:
        """How many schedules it has, or may come to have."""
        if self.part is not None:
            return self.part.schedules
        return 0 if self.sent is None or self.sent.schedules is None else self.sent.schedules


class Stream(Protocol):
    """Pieces in their order.

    Attributes:
      slots: those that are known and do not count yet.
      proves: whether every schedule there is has been made when all pieces count.
    """

    slots: list[Slot]
    proves: bool

    def head(self) -> Slot | None:
        """The piece that counts next; None: there is none."""

    def ahead(self) -> Slot | None:
        """The first one that nobody works on; None: none is known yet."""

    def back(self, slot: Slot) -> None:
        """A piece has been done: what comes after it is known."""


def chunk_size(index: int) -> int:
    """How many schedules are in the piece with this index, from 0."""
    return min(CHUNK_FIRST << index // CHUNKS_EACH, CHUNK_LAST)


def chunk_seed(seed: int, index: int) -> int:
    """The seed of the piece with this index: of the first one, that of the search."""
    if not index:
        return seed
    return int.from_bytes(blake2b(f"{seed}/{index}".encode(), digest_size=7).digest())


@attrs.define
class Chunks:
    """Draws at random, piece by piece, each from a seed of its own; there is no end to it."""

    piece: Piece
    seed: int
    slots: list[Slot] = attrs.field(factory=list)
    proves: bool = False
    _known: int = 0
    _before: int = 0

    def head(self) -> Slot:
        return self.slots[0] if self.slots else self._more()

    def ahead(self) -> Slot:
        return _first_waiting(self.slots) or self._more()

    def _more(self) -> Slot:
        seed, size = chunk_seed(self.seed, self._known), chunk_size(self._known)
        piece = msgspec.structs.replace(self.piece, seed=seed, before=self._before)
        self._known += 1
        self._before += size
        self.slots.append(Slot(piece=piece, size=size))
        return self.slots[-1]

    def back(self, slot: Slot) -> None:
        """Pieces know nothing of each other."""


@attrs.define
class Chain:
    """One search that is handed on: each piece begins where the one before ended."""

    slots: list[Slot]
    proves: bool = True

    @classmethod
    def of(cls, piece: Piece) -> Chain:
        """A search from its beginning."""
        begun = msgspec.structs.replace(piece, handed_on=True)
        return cls([Slot(piece=begun, size=SLICE_FIRST)])

    def head(self) -> Slot | None:
        return self.slots[0] if self.slots else None

    def ahead(self) -> Slot | None:
        """At most one piece ahead of what counts: what is behind may make it superfluous."""
        return _first_waiting(self.slots[:2])

    def back(self, slot: Slot) -> None:
        part = slot.part
        if part is None or part.state is None or slot.lost:
            self.proves = self.proves and part is not None and part.ending.exhausted
            return
        before = slot.piece.before + part.schedules
        piece = msgspec.structs.replace(slot.piece, state=part.state, before=before)
        slot.after = [Slot(piece=piece, size=min(slot.size * 2, SLICE_LAST))]
        self.slots += slot.after


@attrs.define
class Subtrees:
    """A depth-first search: whoever has made so many schedules gives back what is left of a subtree.

    Invariant: subtrees are disjoint, stand in the order in which one search would come to them, and
    together are all that does not count yet.

    Attributes:
      wanted: so many are to wait for somebody.
    """

    slots: list[Slot]
    wanted: int
    proves: bool = True

    @classmethod
    def of(cls, piece: Piece, wanted: int) -> Subtrees:
        """The whole tree."""
        begun = msgspec.structs.replace(piece, handed_on=True)
        return cls([Slot(piece=begun, size=SUBTREE_FIRST)], wanted)

    def head(self) -> Slot | None:
        return self.slots[0] if self.slots else None

    def ahead(self) -> Slot | None:
        return _first_waiting(self.slots)

    def back(self, slot: Slot) -> None:
        part = slot.part
        state = None if part is None else part.state
        if slot.lost:
            self.proves = False
            state = state or slot.piece.state
            self._insert(slot, [] if state is None else split(state, inf)[1:])
        elif part is not None and state is not None:
            waiting = sum(1 for other in self.slots if other.waits)
            self._insert(slot, split(state, max(self.wanted - waiting, 1)))
        elif part is None or not part.ending.exhausted:
            self.proves = False

    def _insert(self, slot: Slot, states: list[dict[str, Any]]) -> None:
        place = self.slots.index(slot) + 1
        before = slot.piece.before + (0 if slot.part is None else slot.part.schedules)
        size = min(slot.size * 2, SUBTREE_LAST)
        slot.after = [
            Slot(piece=msgspec.structs.replace(slot.piece, state=state, before=before), size=size)
            for state in states
        ]
        self.slots[place:place] = slot.after

    def left(self) -> list[dict[str, Any]]:
        """What does not count yet, in disjoint parts; nothing while that is the whole tree."""
        done_with: list[Slot] = []
        for slot in self.slots:
            if slot in done_with or slot.is_back:
                done_with += slot.after
        states = [slot.piece.state for slot in self.slots if slot not in done_with]
        return [state for state in states if state is not None]


def forget(stream: Stream, slot: Slot) -> None:
    """A piece is made again: what began where it ended is no piece any more."""
    for one in slot.after:
        forget(stream, one)
        if one in stream.slots:
            stream.slots.remove(one)
    slot.after = []


def _first_waiting(slots: list[Slot]) -> Slot | None:
    return next((slot for slot in slots if slot.waits), None)
