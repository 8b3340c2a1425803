"""Hypothesis strategies for what a maintenance is given: plans, and budgets of faults.

They are ordinary strategies: map, filter and combine them with your own.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from harness.plans import Plan, Space
from harness.plans.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import DrawFn, SearchStrategy


def moves(space: Space) -> SearchStrategy[Any]:
    """Moves of a space, each kind of move on each target equally likely; simple ones first."""
    return _one_of(space.kinds())


def plans(space: Space) -> SearchStrategy[Plan]:
    """Whole plans of a space: so many moves at random, each one that can be made when it is its turn.

    Every number of moves is equally likely, and every kind of move on each target that can be made.

    Args:
      space: what plans may do; of a scenario, `scenario.plans`.
    """
    return _plans(space, _possible(space))


@st.composite
def _plans(
    draw: DrawFn, space: Space, possible: Callable[[State], SearchStrategy[Any] | None]
) -> Plan:
    state, made = State(), []
    for _ in range(draw(st.integers(1, space.moves_max))):
        strategy = possible(state)
        if strategy is None:
            break
        made.append(draw(strategy))
        state = state.after(made[-1])
    return space.whole(Plan(tuple(made)))


def _possible(space: Space) -> Callable[[State], SearchStrategy[Any] | None]:
    """What may come next, for each state of the fleet; None if nothing may."""
    kinds = space.kinds()

    @cache
    def possible(state: State) -> SearchStrategy[Any] | None:
        # Whether a move can be made is a matter of its kind and target, not of its options.
        may = [
            (kind, target, options)
            for kind, target, options in kinds
            if not state.forbids(kind(target))
        ]
        return _one_of(may) if may else None

    return possible


def _one_of(kinds: list[tuple[type[Any], str, dict[str, tuple[Any, ...]]]]) -> SearchStrategy[Any]:
    return st.one_of(
        [
            st.builds(kind, st.just(target), **{k: st.sampled_from(v) for k, v in options.items()})
            for kind, target, options in kinds
        ]
    )


def faults(budgets: Mapping[str, int]) -> SearchStrategy[dict[str, int]]:
    """Budgets of faults, up to those that are given; a kind that is drawn as 0 is left out.

    Args:
      budgets: how often each kind may strike at most.
    """
    kinds = {kind: st.integers(0, most) for kind, most in budgets.items()}
    return st.fixed_dictionaries(kinds).map(
        lambda drawn: {kind: budget for kind, budget in drawn.items() if budget}
    )
