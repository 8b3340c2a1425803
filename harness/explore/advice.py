"""The smallest sets of declared fixes under which a search finds nothing wrong."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import attrs

from harness.explore.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.explore.result import Result

#: Sets of more fixes are not tried: there are too many of them, and nobody ships four at once.
SIZE_MAX = 3


@attrs.frozen
class Tried:
    """A search under one set of fixes.

    Attributes:
      fixes: the set, in the order in which they are declared.
      verdict: what came out. "exhausted" is a proof; "inconclusive" is none.
      schedules: how many were run; `sampled` of them at random, besides those that a proof needs.
      no_answer: why it is not known whether the set is safe although nothing was found, in words:
        schedules were cut, or left something unjudged. Empty for an answer.
    """

    fixes: tuple[str, ...]
    verdict: Verdict
    schedules: int
    no_answer: str = ""
    sampled: int = 0


@attrs.frozen(kw_only=True)
class Advice:
    """Which fixes make something safe.

    Attributes:
      smallest: the sets of the least size under which nothing was found, those that are proved first;
        the empty set if no fix is needed. Empty if there is none of up to `size` fixes. A set without
        an answer is in none.
      size: how many fixes the largest set had that was tried.
      tried: every search, in order.
      interrupted: whether it was, so that sets are missing.
    """

    smallest: tuple[Tried, ...]
    size: int
    tried: tuple[Tried, ...]
    interrupted: bool = False

    @property
    def proved(self) -> bool:
        """Whether one of the smallest sets was proved safe, within the model and its bounds."""
        return any(found.verdict == "exhausted" for found in self.smallest)

    @property
    def no_answer(self) -> tuple[Tried, ...]:
        """Sets of which nobody knows whether they are safe; each may be a smaller one than `smallest`."""
        return tuple(found for found in self.tried if found.no_answer)


def tried_with(fixes: tuple[str, ...], result: Result) -> Tried:
    """What became of a set of fixes."""
    why = no_answer(result)
    return Tried(fixes, result.verdict, result.schedules, why, result.sampled)


def no_answer(result: Result) -> str:
    """Why it does not say that something is safe although nothing was found; empty if it does."""
    if result.violations:
        return ""
    of = f"of {result.schedules} schedules"
    words = [f"in {n} {of}, {what.partition('; ')[0]}" for what, n in result.undecided.items()]
    if result.cut:
        words.insert(0, f"{result.cut} {of} were cut at {result.bounds['steps_max']} steps")
    return "; ".join(words)


def smallest_fixes(
    fixes: Sequence[str],
    search: Callable[[tuple[str, ...]], Result],
    *,
    size_max: int = SIZE_MAX,
) -> Advice:
    """Search with no fix, with each fix, with each pair and so on, until a size has a safe set.

    A set of which a search gives no answer is not taken for safe.

    Args:
      fixes: the fixes that there are.
      search: the search under a set of them, up to its first violation.
      size_max: how many fixes a set has at most.

    Returns:
      The smallest sets, and everything that was tried. All sets of that size are.
    """
    tried: list[Tried] = []
    size = 0
    for size in range(min(size_max, len(fixes)) + 1):
        safe = []
        for chosen in combinations(fixes, size):
            result = search(chosen)
            made = tried_with(chosen, result)
            tried.append(made)
            if result.interrupted:
                return Advice(smallest=(), size=size, tried=tuple(tried), interrupted=True)
            if not (result.violations or made.no_answer):
                safe.append(made)
        if safe:
            safe.sort(key=lambda found: found.verdict != "exhausted")
            return Advice(smallest=tuple(safe), size=size, tried=tuple(tried))
    return Advice(smallest=(), size=size, tried=tuple(tried))
