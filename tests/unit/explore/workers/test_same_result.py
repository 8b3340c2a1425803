"""However many work on a search, what it finds is the same."""

from __future__ import annotations

from typing import Any

import pytest

import harness
from harness.explore.asked import Asked
from harness.explore.workers import Workers
from tests.unit.explore.workers import shared
from tests.unit.explore.workers.conftest import made, seen


@pytest.mark.parametrize("fixes", [(), ("atomic",)], ids=["violated", "exhausted"])
@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_exhaustive_searches_come_to_what_one_process_comes_to(
    two: Workers, alone: Workers, strategy: str, fixes: tuple[str, ...]
) -> None:
    """Verdict, counts, classes, scorecard, faults and traces, with and without pieces."""
    whole = harness.explore(shared.visitors, strategy=strategy, fixes=fixes, schedules=10_000)
    asked: dict[str, Any] = {"strategy": strategy, "fixes": fixes}

    assert whole.verdict == ("exhausted" if fixes else "violated")
    assert seen(made(alone, shared.visitors, **asked)) == seen(whole)
    assert seen(made(two, shared.visitors, **asked)) == seen(whole)


def test_a_tree_that_many_share_is_walked_once(two: Workers) -> None:
    """1,680 interleavings in many subtrees: none is left out, none is made twice."""
    whole = harness.explore(shared.writers, strategy="dfs", schedules=10_000, shrink=False)
    shared_out = made(two, shared.writers, strategy="dfs", shrink=False)

    assert whole.schedules == 1_680
    assert seen(shared_out) == seen(whole)


def test_a_limit_cuts_a_shared_tree_where_it_cuts_one(two: Workers, alone: Workers) -> None:
    """The first schedules are the same ones, and so is what is said to be left."""
    whole = harness.explore(shared.writers, strategy="dfs", schedules=333, shrink=False)
    pieces = [
        made(team, shared.writers, strategy="dfs", schedules=333, shrink=False)
        for team in (alone, two)
    ]

    assert [seen(one) for one in pieces] == [seen(whole)] * 2
    assert whole.remaining is not None
    for one in pieces:
        assert one.remaining is not None
        assert one.remaining.likely == pytest.approx(whole.remaining.likely)


@pytest.mark.parametrize("strategy", ["random", "pct", "pos", "surw", "portfolio"])
def test_what_is_drawn_is_a_function_of_the_seed(
    two: Workers, alone: Workers, strategy: str
) -> None:
    """Not of how many draw; another seed draws otherwise."""
    asked: dict[str, Any] = {"strategy": strategy, "schedules": 300, "shrink": False}
    one = made(alone, shared.writers, seed=7, **asked)

    assert one.schedules == 300
    assert seen(made(two, shared.writers, seed=7, **asked)) == seen(one)
    other = made(two, shared.writers, seed=8, **asked)
    assert (other.steps, other.scorecard, seen(other)["violations"]) != (
        *(one.steps, one.scorecard),
        seen(one)["violations"],
    )


def test_a_portfolio_proves_whoever_draws_beside_it(two: Workers, alone: Workers) -> None:
    """Its exhaustive search is one; the schedules that are drawn in between are counted apart."""
    one = made(alone, shared.visitors, fixes=("atomic",))

    assert one.verdict == "exhausted"
    assert one.classes == 64
    assert seen(made(two, shared.visitors, fixes=("atomic",))) == seen(one)


@pytest.mark.soak
def test_three_find_what_one_finds(alone: Workers) -> None:
    """A larger tree and longer chains of pieces."""
    with Workers(3) as three:
        for strategy in ("dfs", "dpor", "portfolio", "random"):
            asked: dict[str, Any] = {"strategy": strategy, "schedules": 4_000}
            one = made(alone, shared.writers, **asked)
            assert seen(made(three, shared.writers, **asked)) == seen(one)


@pytest.mark.parametrize("strategy", ["random", "dfs", "portfolio"])
def test_the_first_violation_is_the_first_of_all(
    two: Workers, alone: Workers, strategy: str
) -> None:
    """With -x what is found further on does not count, whoever was quicker."""
    asked: dict[str, Any] = {"strategy": strategy, "stop_at_first": True, "schedules": 5_000}
    one = made(alone, shared.visitors, **asked)

    assert one.violations
    assert one.schedules == one.violations[0].first_seen
    assert seen(made(two, shared.visitors, **asked)) == seen(one)


def test_what_was_found_is_found_again_by_as_many_schedules(alone: Workers) -> None:
    """The limit with which the command line tells to find a violation again is enough for it."""
    whole = made(alone, shared.visitors, schedules=300, shrink=False)
    for violation in whole.violations:
        again = made(alone, shared.visitors, schedules=violation.first_seen, shrink=False)
        assert again.violations[-1].first_seen == violation.first_seen
        assert violation.fingerprint in {one.fingerprint for one in again.violations}


def test_what_is_known_ends_nothing(two: Workers) -> None:
    """Under -x a search goes on past the failures that somebody knows."""
    every = made(two, shared.visitors, strategy="dfs", shrink=False)
    known = tuple(violation.fingerprint for violation in every.violations[:-1])
    news = made(two, shared.visitors, strategy="dfs", stop_at_first=True, known=known)

    assert news.schedules == every.violations[-1].first_seen


def test_several_searches_at_once_come_back_in_their_order(two: Workers) -> None:
    """Who finds nothing to do in one begins with the next."""
    asked = [Asked(strategy="dpor", fixes=fixes) for fixes in ((), ("atomic",))]
    searches = [two.search(shared.visitors, one) for one in asked]
    told: list[tuple[str, ...]] = []
    results = list(two.results(searches, lambda progress: told.append(progress.fixes)))

    assert [result.verdict for result in results] == ["violated", "exhausted"]
    assert told == sorted(told)
    assert [result.classes for result in results] == [64, 64]
