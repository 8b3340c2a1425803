"""The smallest sets of fixes that make something safe, held to what is known of made-up searches."""

from __future__ import annotations

from itertools import combinations

import attrs
from hypothesis import given, strategies as st

from harness.explore import Result
from harness.explore.advice import smallest_fixes
from tests.unit.cli.fake_engine import EXHAUSTED, INCONCLUSIVE, VIOLATED

FIXES = ("a", "b", "c", "d")


def test_no_fix_is_needed_where_nothing_is_wrong() -> None:
    """One search, and its answer is the empty set."""
    advice = smallest_fixes(FIXES, lambda _fixes: EXHAUSTED)

    assert [found.fixes for found in advice.smallest] == [()]
    assert advice.proved
    assert len(advice.tried) == 1


def test_all_sets_of_the_least_size_are_named_and_none_larger() -> None:
    """Proofs come before searches that only found nothing."""
    answers: dict[tuple[str, ...], Result] = {("b",): INCONCLUSIVE, ("d",): EXHAUSTED}
    advice = smallest_fixes(FIXES, lambda fixes: answers.get(fixes, VIOLATED))

    assert [found.fixes for found in advice.smallest] == [("d",), ("b",)]
    assert [found.fixes for found in advice.tried] == [(), *((name,) for name in FIXES)]


def test_where_no_set_helps_there_is_none() -> None:
    """And it is said how far the search went."""
    advice = smallest_fixes(FIXES, lambda _fixes: VIOLATED, size_max=2)

    assert advice.smallest == ()
    assert advice.size == 2
    assert len(advice.tried) == 1 + 4 + 6
    assert not advice.proved


def test_an_interrupt_is_no_advice() -> None:
    """Sets that were not tried may be smaller."""
    stopped = attrs.evolve(EXHAUSTED, interrupted=True)
    advice = smallest_fixes(FIXES, lambda fixes: stopped if fixes == ("b",) else VIOLATED)

    assert advice.interrupted
    assert advice.smallest == ()


@given(st.sets(st.sets(st.sampled_from(FIXES)).map(frozenset), max_size=5))
def test_brute_force_agrees(enough: set[frozenset[str]]) -> None:
    """A set is safe if it holds one of those that are enough: the smallest are the smallest of those."""
    advice = smallest_fixes(
        FIXES,
        lambda fixes: EXHAUSTED if any(one <= set(fixes) for one in enough) else VIOLATED,
        size_max=4,
    )
    least = min(map(len, enough), default=None)
    smallest = [
        chosen
        for chosen in combinations(FIXES, least or 0)
        if least is not None and any(one <= set(chosen) for one in enough)
    ]

    assert [found.fixes for found in advice.smallest] == smallest
