"""What the parts of tracked things are called: equal keys alike, in every run and every interpreter."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import isfinite
from numbers import Rational
from typing import Any

from harness.kernel import clean

#: Characters of a key that are shown; what is longer ends with a digest.
_LENGTH_MAX = 80


def key_part(key: Any) -> str:
    """The part of a dict or a set that is at this key.

    Keys that may be equal have one name: 1, 1.0 and True. Of keys whose equality is anybody's guess
    (objects of somebody's class, frozen sets) all have the same name, whatever they are.
    """
    return f"[{_text(key)}]"


def _text(key: Any) -> str:
    if isinstance(key, str):
        return clean(str.__str__(key), length_max=_LENGTH_MAX)
    if isinstance(key, int):
        return clean(int(key), length_max=_LENGTH_MAX)
    if isinstance(key, (bytes, memoryview)):
        return clean(bytes(key), length_max=_LENGTH_MAX)
    if key is None or key is Ellipsis:
        return repr(key)
    if isinstance(key, complex) and key.imag == 0:
        key = key.real
    if isinstance(key, (float, Decimal, Rational)) and isfinite(key):
        return str(Fraction(key))  # of a whole number, as of an int
    if type(key) is tuple:
        return f"({', '.join(map(_text, key))})"
    return "..."


def name_part(name: str) -> str:
    """The part of an object that is its attribute of this name."""
    return f".{name}"


def index_part(index: int) -> str:
    """The part of a list that is at this index."""
    return f"[{index}]"
