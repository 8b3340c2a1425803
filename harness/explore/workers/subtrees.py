"""What is left of a depth-first search, in disjoint parts."""

from __future__ import annotations

from fractions import Fraction
from math import log
from typing import TYPE_CHECKING, Any

import msgspec

from harness.explore.estimate import Remaining, remaining_by_mass
from harness.explore.strategies.dfs import State

if TYPE_CHECKING:
    from collections.abc import Iterable


def split(state: dict[str, Any], parts: float) -> list[dict[str, Any]]:
    """The same runs, in up to so many parts, in the order in which one search would make them.

    In as many as there can be, the first part is what begins like the next run.
    """
    left = msgspec.convert(state, State)
    later: list[State] = []
    while len(later) < parts - 1:
        depth = next((depth for depth, rest in enumerate(left.rest) if rest), None)
        if depth is None:
            break
        left, last = _parted(left, depth)
        later.append(last)
    return [msgspec.structs.asdict(one) for one in (left, *reversed(later))]


def _parted(state: State, depth: int) -> tuple[State, State]:
    """Without what is left at this depth, the first with any; and that."""
    rest = list(state.rest)
    *others, next_one = rest[depth]
    rest[depth] = []
    left = msgspec.structs.replace(state, rest=rest)
    last = msgspec.structs.replace(
        state,
        path=[*state.path[:depth], next_one],
        rest=[*rest[:depth], others],
        widths=state.widths[: depth + 1],
    )
    return left, last


def remaining(runs: int, states: Iterable[dict[str, Any]]) -> Remaining | None:
    """How many more runs there are, if `runs` were made and this is what is left.

    Masses are fractions: of a deep tree so little is done that floats would not tell it from nothing.
    """
    left, sure = Fraction(0), 0
    for state in states:
        widths, rest = state["widths"], state["rest"]
        above = Fraction(1)
        for width, untried in zip(widths, rest, strict=True):
            above /= width
            left += above * len(untried)
        left += above
        sure += 1 + sum(map(len, rest))
    if not runs or not 0 < left < 1:
        return None
    return remaining_by_mass(runs, _log(1 - left), _log(left), sure)


def _log(number: Fraction) -> float:
    return log(number.numerator) - log(number.denominator)
