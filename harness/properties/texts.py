"""Values as short text in messages."""

from __future__ import annotations

from harness.kernel import clean

_LENGTH_MAX = 60


def brief(value: object) -> str:
    """`value` as a short line that is the same on every machine.

    A value that is not there reads "missing", so that nobody takes it for a value.
    """
    return "missing" if value is None else clean(value, length_max=_LENGTH_MAX)
