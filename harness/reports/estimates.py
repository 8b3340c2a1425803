"""What is left, in words: how many schedules and how long, and how likely something new is."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.explore.estimate import Remaining, Unseen

#: Seconds from which a unit is used, and what it is called.
_UNITS = ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s"))
_YEAR_S = 365 * 86_400


def remaining_words(remaining: Remaining, rate_per_s: float | None) -> str:
    """How many schedules are left, and how long they take if a rate is given."""
    low, high = number(remaining.low), number(remaining.high)
    words = f"about {number(remaining.likely)} schedules left ({low} to {high})"
    if rate_per_s:
        words += f", about {duration(remaining.likely / rate_per_s)} at this rate"
    return words


def unseen_words(unseen: Unseen) -> str:
    """How likely the next random schedule is to show a class of interleavings not seen yet."""
    low, likely, high = (probability(p) for p in (unseen.low, unseen.likely, unseen.high))
    return f"the next random schedule shows a new class with probability about {likely} ({low} to {high})"


def number(count: float) -> str:
    """Two digits of a number, the whole number where it is small: 7, 120, 34,000, 2.1 x 10^12."""
    if count < 100:
        return str(round(count))
    digits = floor(log10(count))
    if digits < 7:
        return f"{round(count, 1 - digits):,.0f}"
    return f"{count / 10**digits:.1f} x 10^{digits}"


def duration(seconds: float) -> str:
    """A time in one unit: 40 s, 3 min, 5 h, 12 days."""
    if seconds > _YEAR_S:
        return f"{number(seconds / _YEAR_S)} years" if seconds >= 2 * _YEAR_S else "a year"
    for unit_s, unit in _UNITS:
        if seconds >= 2 * unit_s:
            return f"{seconds / unit_s:.0f} {unit}"
    return "1 s"


def probability(p: float) -> str:
    """One or two digits of a probability: 0.31, 0.004, 0."""
    if p <= 0:
        return "0"
    return f"{p:.2f}" if p >= 0.1 else f"{p:.1g}" if p >= 1e-4 else "less than 0.0001"
