"""Where the random streams of a sampler stand, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from random import Random

Word = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]

#: What `Random.getstate` calls its format.
_TWISTER = 3


class Streams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where both streams stand, as Python's Mersenne twister says it."""

    draw: Annotated[list[Word], msgspec.Meta(min_length=625, max_length=625)]
    data: Annotated[list[Word], msgspec.Meta(min_length=625, max_length=625)]

    @classmethod
    def of(cls, draw: Random, data: Random) -> Streams:
        """Those of a sampler: of what comes next, and of answers of the world."""
        return cls(_words(draw), _words(data))

    def put_into(self, draw: Random, data: Random) -> None:
        """Go on from there.

        Raises:
          ValueError: these are no words of a twister.
        """
        for stream, words in ((draw, self.draw), (data, self.data)):
            stream.setstate((_TWISTER, tuple(words), None))

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {"draw": self.draw, "data": self.data}


def _words(stream: Random) -> list[int]:
    version, words, left_over = stream.getstate()
    assert version == _TWISTER
    assert left_over is None  # only `gauss` leaves one
    return list(words)
