"""The modes in which a file can be opened: those of Python's `open`."""

from __future__ import annotations

from typing import NamedTuple


class Mode(NamedTuple):
    """What a mode means.

    Fields:
      reads, writes: what one may do with the file.
      makes: whether it is made where there is none.
      exclusive: whether there must be none.
      cuts: whether it is cut to nothing.
      appends: whether every write goes to its end.
    """

    reads: bool = False
    writes: bool = True
    makes: bool = True
    exclusive: bool = False
    cuts: bool = False
    appends: bool = False


MODES: dict[str, Mode] = {
    "r": Mode(reads=True, writes=False, makes=False),
    "r+": Mode(reads=True, makes=False),
    "w": Mode(cuts=True),
    "w+": Mode(reads=True, cuts=True),
    "a": Mode(appends=True),
    "a+": Mode(reads=True, appends=True),
    "x": Mode(exclusive=True),
    "x+": Mode(reads=True, exclusive=True),
}
