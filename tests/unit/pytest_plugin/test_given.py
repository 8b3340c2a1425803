"""Explored tests under `@given`."""

from __future__ import annotations

import re

import pytest

from tests.unit.pytest_plugin.conftest import PLUGINS, Session
from tests.unit.pytest_plugin.test_failing import command_in

pytest_plugins = ["pytester"]

BOTH = """
from hypothesis import given, settings, strategies as st

@given(count=st.integers(0, 3))
@settings(max_examples=5, derandomize=True, database=None)
@explored(schedules=10)
async def test_above(count, world):
    assert await visited(count) == count

class TestBelow:
    @explored(schedules=10)
    @given(st.integers(0, 3))
    @settings(max_examples=5, derandomize=True, database=None)
    async def test_below(self, count):
        assert await visited(count) == count
"""


def test_both_orders_find_the_smallest_example_and_its_smallest_schedule(
    session: Session, pytester: pytest.Pytester
) -> None:
    """Hypothesis shrinks the values, the harness the schedule. A replay needs no Hypothesis."""
    failed = session(BOTH)

    failed.assert_outcomes(failed=2)
    text = failed.stdout.str()
    assert text.count("count=2,") == 2
    assert "Explanation:" not in text  # by lines of the harness
    assert text.count("write main:cell = 1") == 4  # one interleaving of two tasks, for each test
    first = command_in(failed)
    again = pytester.runpytest_inprocess(*PLUGINS, *first)
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*replayed to the end, exactly as recorded"])
    assert "count=" not in again.stdout.str()
    assert "TestBelow::test_below --harness-replay" in text


def test_the_same_values_are_searched_in_the_same_way(session: Session) -> None:
    """The seed is a function of the test and the values: two sessions differ in nothing."""
    seeds = [re.findall(r"seed (\d+)", session(BOTH).stdout.str()) for _ in range(2)]

    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 2


def test_a_search_may_take_its_time_and_drawn_values_are_each_schedules_own(
    session: Session,
) -> None:
    """No deadline and no health check about fixtures applies; a drawn list is whole in each schedule."""
    session("""
from hypothesis import given, settings, strategies as st

@pytest.fixture
async def basket():
    return []

@settings(deadline=0.01, max_examples=3)
@given(rows=st.lists(st.integers(), max_size=2))
@explored(strategy="dfs")
async def test_it(rows, basket, world):
    assert len(rows) < 3 and not basket
    rows += [1, 2, 3]
    basket.append(1)
    await visited()

def test_deadlines_are_as_they_were():
    assert settings().deadline == settings.default.deadline
    assert test_it._hypothesis_internal_use_settings.deadline.total_seconds() < 1
""").assert_outcomes(passed=2)


def test_nothing_is_drawn_within_a_schedule(session: Session) -> None:
    """`st.data()` would make each schedule another example: refused, with what to do."""
    result = session("""
from hypothesis import given, strategies as st

@given(data=st.data())
@explored
async def test_it(data):
    data.draw(st.integers())
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["an explored test cannot take 'data': drawing within a schedule*"])


def test_what_has_to_happen_may_happen_in_any_example(session: Session) -> None:
    """A point that one example reaches is reached; one that none does, and a fault that never strikes, fail."""
    result = session("""
from hypothesis import example, given, settings, strategies as st

@settings(max_examples=3)
@example(count=1)
@given(count=st.integers(0, 0))
@explored(strategy="dfs", require="exhausted")
async def test_reached(count, world):
    world.sometimes("there is one", count == 1)

@settings(max_examples=3)
@given(count=st.integers(0, 2))
@explored(strategy="dfs")
async def test_unreached(count, world):
    world.sometimes("there are many", count > 5)

@settings(max_examples=3)
@given(count=st.integers(0, 2))
@explored(faults={"kill": 1}, schedules=3)
async def test_unharmed(count, world): ...
""")

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "never reached in any schedule: there are many",
            "never struck in any schedule: kill",
        ]
    )


def test_two_bugs_of_a_test_are_two_failures(session: Session) -> None:
    """Each with its own smallest example and its own interleaving."""
    result = session("""
from hypothesis import given, settings, strategies as st

@given(count=st.integers(0, 99))
@settings(derandomize=True, database=None)
@explored(schedules=1)
async def test_it(count):
    if count > 10:
        raise LookupError("even") if count % 2 == 0 else OSError("odd")
""")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines_random(
        [
            "test_it: main raises nothing (LookupError)",
            "    count=12,",
            "test_it: main raises nothing (OSError)",
            "    count=11,",
        ]
    )
