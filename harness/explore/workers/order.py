"""Whose piece counts next, and what can be made ahead of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from harness.explore.strategies.shares import by_estimate, by_repeats
from harness.explore.workers.items import Part, Piece
from harness.explore.workers.streams import Chain, Chunks, Slot, Stream, Subtrees
from harness.explore.workers.subtrees import remaining

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.explore.estimate import Remaining
    from harness.explore.found import Found
    from harness.explore.workers.search import Search

#: What is left of an exhaustive search is compared with what was made so far, but at least with this.
ROOM_MIN = 1_000


class Order:
    """Samples and an exhaustive search take turns, by what counts so far; or there is but one of them.

    Attributes:
      chunks, proof: who draws at random, and who searches exhaustively.
    """

    def __init__(self, search: Search, workers: int, found: Found) -> None:
        self.chunks, self.proof = _streams(search, workers)
        self._found = found
        self._share = 0.5
        self._new: float | None = None
        self._remains: Remaining | None = None

    @property
    def streams(self) -> list[Stream]:
        """Those that there are."""
        return [stream for stream in (self.proof, self.chunks) if stream is not None]

    def due(self) -> Stream:
        """Whose piece counts next: the exhaustive search and the samples take turns, by their shares."""
        if self.proof is None or self.chunks is None:
            return self.streams[0]
        if self.proof.head() is None:
            return self.chunks
        proving = self._found.schedules - self._found.sampled
        return self.proof if proving <= self._share * self._found.schedules else self.chunks

    def later(self) -> Iterator[Slot]:
        """Pieces that will count some time, and could be made now."""
        for stream in self.streams:
            slot = stream.ahead()
            if slot is not None:
                yield slot

    def begun(self) -> list[Slot]:
        """Pieces that somebody works on, or that came back and do not count yet."""
        return [slot for stream in self.streams for slot in stream.slots if not slot.waits]

    def of(self, slot: Slot) -> Stream | None:
        """Where this piece belongs; None: it was superfluous."""
        return next((stream for stream in self.streams if slot in stream.slots), None)

    def counted(self, part: Part, new: int) -> None:
        """This counts now, with so many classes that none had shown: shares are drawn up anew."""
        drawn = sum(runs for _, runs in part.classes)
        if drawn:
            self._new = new / drawn
        if part.ending.remaining is not None:
            self._remains = part.ending.remaining
        if self._new is not None:
            room = max(self._found.schedules, ROOM_MIN)
            self._share = by_estimate(by_repeats(self._new), self._remains, room)

    def remaining(self) -> Remaining | None:
        """Of the exhaustive search, and what is drawn in between."""
        if isinstance(self.proof, Subtrees):
            return remaining(self._found.schedules, self.proof.left())
        if self._remains is None or self.chunks is None:
            return self._remains
        return self._remains.scaled(1 / self._share)


def _streams(search: Search, workers: int) -> tuple[Chunks | None, Chain | Subtrees | None]:
    """Who draws at random, and who searches exhaustively."""
    asked = search.asked
    piece = Piece(seed=asked.seed)
    if asked.strategy == "dfs":
        return None, Subtrees.of(piece, 2 * workers if workers > 1 else 1)
    if asked.strategy == "dpor":
        return None, Chain.of(piece)
    if asked.strategy == "portfolio":
        proving = msgspec.structs.replace(piece, part="proving")
        sampling = msgspec.structs.replace(piece, part="sampling")
        return Chunks(sampling, asked.seed), Chain.of(proving)
    return Chunks(piece, asked.seed), None
