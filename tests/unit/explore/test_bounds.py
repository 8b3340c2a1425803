"""Depth-first search within bounds: what is within them, and what the verdict then says."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import trio
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import BadBudget, OptionNotTaken, SearchUnusable
from tests.unit.explore.models import Order, counters, interleavings

SMALL = st.lists(st.integers(1, 3), min_size=2, max_size=3).filter(lambda n: sum(n) <= 7)


def preemptions(order: Order, steps: list[int]) -> int:
    """Switches away from somebody who still has steps to take."""
    return sum(
        after != before and order[: place + 1].count(before) < steps[before]
        for place, (before, after) in enumerate(pairwise(order))
    )


def delays(order: Order, steps: list[int]) -> int:
    """At each step, how many stand in line before whoever takes it."""
    left = list(steps)
    current, count = -1, 0
    for who in order:
        line = [other for other, steps_left in enumerate(left) if steps_left]
        if current in line:
            line.remove(current)
            line.insert(0, current)
        count += line.index(who)
        left[who] -= 1
        current = who
    return count


@settings(max_examples=15)
@given(SMALL, st.integers(0, 4))
def test_a_preemption_bound_keeps_just_the_interleavings_within_it(
    steps: list[int], bound: int
) -> None:
    """Each exactly once, by an oracle that counts the switches of all there are."""
    orders: list[Order] = []
    result = harness.explore(counters(steps, orders), strategy="dfs", preemption_bound=bound)
    wanted = {order for order in interleavings(steps) if preemptions(order, steps) <= bound}
    assert set(orders) == wanted
    assert result.schedules == len(wanted)
    assert (result.verdict, result.complete) == ("exhausted", True)
    assert result.bounds["preemption_bound"] == bound
    assert result.bound_reached == (wanted != interleavings(steps))


@settings(max_examples=15)
@given(SMALL, st.integers(0, 4))
def test_a_delay_bound_keeps_just_the_interleavings_within_it(steps: list[int], bound: int) -> None:
    """Whoever is passed over costs one, by an oracle that makes up the line."""
    orders: list[Order] = []
    result = harness.explore(counters(steps, orders), strategy="dfs", delay_bound=bound)
    wanted = {order for order in interleavings(steps) if delays(order, steps) <= bound}
    assert set(orders) == wanted
    assert result.schedules == len(wanted)
    assert result.bound_reached == (wanted != interleavings(steps))


def test_both_bounds_hold_together() -> None:
    """What each of them alone would allow is left out if the other does not."""
    steps, orders = [2, 2, 2], list[Order]()
    harness.explore(counters(steps, orders), strategy="dfs", preemption_bound=1, delay_bound=2)
    assert set(orders) == {
        order
        for order in interleavings(steps)
        if preemptions(order, steps) <= 1 and delays(order, steps) <= 2
    }


def test_a_verdict_says_within_what_and_nothing_where_the_bound_was_not_reached() -> None:
    """A bound that left nothing out is no limit of the proof."""
    within = harness.explore(counters([2, 2], []), strategy="dfs", preemption_bound=1)
    assert (within.verdict, within.within) == ("exhausted", "1 preemption")
    both = harness.explore(counters([2, 2], []), strategy="dfs", preemption_bound=2, delay_bound=0)
    assert both.within == "2 preemptions and 0 delays"
    whole = harness.explore(counters([2, 2], []), strategy="dfs", preemption_bound=9)
    assert (whole.schedules, whole.bound_reached, whole.within) == (6, False, "")


def test_answers_are_free_and_so_is_what_nobody_could_avoid() -> None:
    """A task that waits, and a question to the world, are no preemptions."""
    seen: set[tuple[str, str]] = set()

    async def scenario(world: harness.World) -> None:
        order: list[str] = []
        turn = trio.Event()

        async def wait() -> None:
            await turn.wait()
            order.append("waited")

        async def ring() -> None:
            order.append("rang")
            turn.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            nursery.start_soon(ring)
        seen.add((" ".join(order), world.choose("server", ["a", "b"])))

    result = harness.explore(scenario, strategy="dfs", preemption_bound=0)
    assert seen == {("rang waited", "a"), ("rang waited", "b")}
    assert result.verdict == "exhausted"


def test_a_search_within_a_bound_goes_on_where_it_stopped() -> None:
    """With the same bound, and with what it knows of it."""
    steps, orders = [2, 2, 2], list[Order]()
    bound: dict[str, Any] = {"strategy": "dfs", "preemption_bound": 2}
    whole = harness.explore(counters(steps, []), **bound)
    begun = harness.explore(counters(steps, orders), schedules=whole.schedules - 3, **bound)
    ended = harness.explore(counters(steps, orders), resume=begun.search, **bound)
    assert (ended.schedules, ended.within) == (whole.schedules, "2 preemptions")
    assert {order for order in interleavings(steps) if preemptions(order, steps) <= 2} == {*orders}
    with pytest.raises(SearchUnusable):
        harness.explore(counters(steps, []), resume=begun.search, strategy="dfs")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"strategy": "random", "depth": 2}, "the strategy random takes no depth; pct would"),
        ({"strategy": "pct", "delay_bound": 2}, "pct takes no delay bound; dfs would"),
        ({"strategy": "portfolio", "preemption_bound": 2}, "takes no preemption bound; "),
    ],
)
def test_an_option_that_the_strategy_does_not_take_is_refused(
    options: dict[str, object], words: str
) -> None:
    """In one line, with the strategies that would take it."""
    with pytest.raises(OptionNotTaken, match=words):
        harness.explore(counters([1], []), **options)  # type: ignore[arg-type]  # as users do


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [("depth", 0, 1), ("depth", True, 1), ("preemption_bound", -1, 0), ("delay_bound", 1.5, 0)],
)
def test_an_option_that_cannot_be_is_refused(option: str, value: object, least: int) -> None:
    """Before anything runs."""
    what = option.replace("_", " ")
    with pytest.raises(BadBudget, match=f"the {what} is .*; it must be .* at least {least}"):
        harness.explore(counters([1], []), strategy="dfs", **{option: value})  # type: ignore[arg-type]
