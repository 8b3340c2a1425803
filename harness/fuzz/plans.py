"""Hypothesis strategies for what a maintenance is given: plans, and budgets of faults.

They are ordinary strategies: map, filter and combine them with your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from harness.plans import Plan, Space

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy


def moves(space: Space) -> SearchStrategy[Any]:
    """Moves of a space, each kind of move on each target equally likely; simple ones first."""
    return st.one_of(
        [
            st.builds(kind, st.just(target), **{k: st.sampled_from(v) for k, v in options.items()})
            for kind, target, options in space.kinds()
        ]
    )


def plans(space: Space) -> SearchStrategy[Plan]:
    """Whole plans of a space: moves at random, without those that cannot be made when it is their turn.

    Args:
      space: what plans may do; of a scenario, `scenario.plans`.
    """
    drawn = st.lists(moves(space), min_size=1, max_size=space.moves_max)
    return drawn.map(lambda made: space.whole(Plan(tuple(made)))).filter(lambda plan: plan.moves)


def faults(budgets: Mapping[str, int]) -> SearchStrategy[dict[str, int]]:
    """Budgets of faults, up to those that are given; a kind that is drawn as 0 is left out.

    Args:
      budgets: how often each kind may strike at most.
    """
    kinds = {kind: st.integers(0, most) for kind, most in budgets.items()}
    return st.fixed_dictionaries(kinds).map(
        lambda drawn: {kind: budget for kind, budget in drawn.items() if budget}
    )
