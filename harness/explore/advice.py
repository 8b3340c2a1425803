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
      schedules: how many were run.
    """

    fixes: tuple[str, ...]
    verdict: Verdict
    schedules: int


@attrs.frozen(kw_only=True)
class Advice:
    """Which fixes make something safe.

    Attributes:
      smallest: the sets of the least size under which nothing was found, those that are proved first;
        the empty set if no fix is needed. Empty if there is none of up to `size` fixes.
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


def smallest_fixes(
    fixes: Sequence[str],
    search: Callable[[tuple[str, ...]], Result],
    *,
    size_max: int = SIZE_MAX,
) -> Advice:
    """Search with no fix, with each fix, with each pair and so on, until a size has a safe set.

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
            made = Tried(chosen, result.verdict, result.schedules)
            tried.append(made)
            if result.interrupted:
                return Advice(smallest=(), size=size, tried=tuple(tried), interrupted=True)
            if not result.violations:
                safe.append(made)
        if safe:
            safe.sort(key=lambda found: found.verdict != "exhausted")
            return Advice(smallest=tuple(safe), size=size, tried=tuple(tried))
    return Advice(smallest=(), size=size, tried=tuple(tried))
