"""How likely the next schedule is to show a class that none has shown yet.

Two runs are of one class (one Mazurkiewicz trace) if one becomes the other by swapping neighbouring
steps that do not conflict. The share of classes not seen yet, by their probability, is the *missing
mass*; Good (1953) estimates it by the share of runs whose class was seen just once. Böhme ("STADS",
TOSEM 2018) has what this says about fuzzing: with discoveries as classes it bounds the odds of a
violation as well, for a violation of a kind not seen yet is in a class not seen yet.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from math import sqrt
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.kernel import Engine

#: Beyond so many classes no more runs are counted: the estimate then speaks of those that were.
CLASSES_MAX = 200_000

#: Telling a class costs about a tenth of a small schedule: after so many only every second one counts.
COUNTED_ALL = 1_000

#: Seen so often, a class is neither seen once nor twice, whatever comes.
_THRICE = 3

_Z = 1.96
_CHOICE, _PART = 2, 3
_MASK = (1 << 63) - 1


@attrs.frozen
class Unseen:
    """The probability that one more random schedule shows a class not seen yet.

    Attributes:
      low, high: an interval for it at 95%, if schedules are drawn independently.
      likely: the estimate.
      draws: the random schedules that it rests on: the first 1,000, then every second one. Classes
        that only others showed count as not seen, so that it is too high rather than too low.
      classes: how many classes these showed.
    """

    low: float
    likely: float
    high: float
    draws: int
    classes: int


class ClassCounter:
    """Counts how many classes were seen once, and how many twice."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._offered = self._draws = self._once = self._twice = 0

    def add(self, engine: Engine) -> None:
        """One more random run, the one in the engine."""
        self._offered += 1
        if self._offered > COUNTED_ALL and self._offered & 1:
            return
        if len(self._seen) < CLASSES_MAX:
            self.count(class_hash(engine))

    def count(self, found: int) -> None:
        """One more run, of the class with this hash."""
        before = self._seen.get(found, 0)
        self._seen[found] = before + 1
        self._draws += 1
        if before == 0:
            self._once += 1
        elif before == 1:
            self._once -= 1
            self._twice += 1
        elif before == 2:
            self._twice -= 1

    def counts(self) -> tuple[tuple[int, int], ...]:
        """Each class by its hash, and how many runs showed it, in the order in which they were seen."""
        return tuple(self._seen.items())

    def merge(self, counts: Iterable[tuple[int, int]]) -> int:
        """What another counter counted; returns how many of its classes are new to this one."""
        before = len(self._seen)
        for found, runs in counts:
            if found in self._seen or len(self._seen) < CLASSES_MAX:
                for _ in range(min(runs, _THRICE)):
                    self.count(found)
                self._draws += max(runs - _THRICE, 0)
        return len(self._seen) - before

    def unseen(self) -> Unseen | None:
        """The estimate so far; None before any run."""
        if not self._draws:
            return None
        low, high = good_turing_interval(self._draws, self._once, self._twice)
        likely = self._once / self._draws
        return Unseen(low, likely, high, self._draws, len(self._seen))


def good_turing_interval(draws: int, once: int, twice: int) -> tuple[float, float]:
    """The masses M for which `once` lies within what they lead one to expect.

    The variance of once - draws * M is about draws * M * (1 - M) + 2 * twice (Esty 1983). For the upper
    bound it is taken at M, not at the estimate, as Wilson did for shares: so that seeing no class just
    once still leaves an interval, from 0 to about 4 / draws. For the lower one it is the greater of
    both, for a few classes seen once leave room for none that is unseen.
    """
    square = _Z * _Z
    plain = (once - _Z * sqrt(once * (1 - once / draws) + 2 * twice)) / draws
    # (once - n M)^2 = z^2 (n M (1 - M) + 2 twice), solved for M
    a = draws * draws + square * draws
    b = 2 * draws * once + square * draws
    c = once * once - 2 * square * twice
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return max(min((b - root) / (2 * a), plain), 0.0), min((b + root) / (2 * a), 1.0)


def class_hash(engine: Engine) -> int:
    """A number that is equal for runs of one class, and differs otherwise but for bad luck (63 bits).

    The same in every process: it may be stored. Kept with the run, as several ask for it.
    """
    found: int | None = engine.extensions.get("class")
    if found is None:
        found = engine.extensions["class"] = _class_hash(engine)
    return found


def _class_hash(engine: Engine) -> int:
    """See `class_hash`.

    A write of a thing follows all before it: a running hash. A read follows the last write, in no
    order among other reads: a term of a sum. So do part writes, which a read or a write closes.
    A step is known by who took it and by how many of its steps touched anything before. Terms are
    squared: Python's hash of a pair is so nearly linear that plain sums of them collide.
    """
    labels = engine.labels
    running: dict[str, int] = {}
    parts: dict[str, int] = {}
    steps: dict[int, int] = {}
    version = running.get
    event = who = total = 0
    for item in engine.log:
        kind = item.__class__
        if kind is int:
            who = item
            event = 0
        elif kind is tuple:
            mode = item[1]
            if mode == _CHOICE:
                continue
            if not event:
                steps[who] = event = hash((steps.get(who) or _number(labels[who]), 1))
            thing = item[0]
            now = version(thing) or _number(thing)
            if mode == _PART:
                term = hash((now, event, mode))
                parts[thing] = parts.get(thing, 0) + term * term
                continue
            if parts and thing in parts:
                now = running[thing] = hash((_number(thing), parts.pop(thing)))
            if mode:
                running[thing] = hash((now, event))
            else:
                term = hash((now, event))
                total += term * term
    for items in (running.items(), parts.items()):
        for thing, end in items:
            term = hash((_number(thing), end))
            total += term * term
    return total & _MASK


@lru_cache(1 << 16)
def _number(text: str) -> int:
    """A hash of a label that does not change from process to process, as Python's own does."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=7).digest())
