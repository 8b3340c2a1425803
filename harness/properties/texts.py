"""Values as short text: bounded, on one line, the same in every interpreter."""

from __future__ import annotations

import re
import reprlib

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 60
_repr.maxlong = 40


def brief(value: object) -> str:
    """`value` as text for a message: at most about 60 characters a leaf, no memory address.

    A row that does not exist reads "missing", so that nobody takes it for a value.
    """
    if value is None:
        return "missing"
    text = _ADDRESS.sub("", _repr.repr(value))
    # A hand-written __repr__ may hold line breaks or terminal escapes.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
