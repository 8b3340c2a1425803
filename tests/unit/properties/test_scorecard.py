"""Totals over many schedules."""

from __future__ import annotations

import json
import statistics
import timeit

import pytest
from hypothesis import given, settings, strategies as st

from harness.properties.ledger import CLEAN, CriticalReport, Ledger
from harness.properties.scorecard import Scorecard, Tally
from tests.unit.properties.events import INITIAL, Effect, Event, Wrote, events, feed, valid


def _report(happened: list[Event]) -> CriticalReport:
    ledger = Ledger()
    episodes = feed(ledger.track("BTC", valid=valid, initial=INITIAL), happened)
    cost = sum(use.cost for episode in episodes for use in episode.uses)
    return CriticalReport(episodes=episodes, cost=cost) if episodes else CLEAN


def _scorecard(reports: list[CriticalReport]) -> Scorecard:
    tally = Tally()
    for report in reports:
        tally.add(report)
    return tally.scorecard()


_reports = st.lists(events.map(_report), max_size=8)


@settings(deadline=None)
@given(_reports)
def test_it_counts_what_happened(reports: list[CriticalReport]) -> None:
    """Every number, recomputed from the list of all reports."""
    episodes = [episode for report in reports for episode in report.episodes]
    outcomes = [episode.outcome for episode in episodes]

    assert _scorecard(reports).to_json() == {
        "schedules": len(reports),
        "corrupted": len(episodes),
        **{name: outcomes.count(name) for name in ("caught", "late", "passed")},
        "vacuous": sum(episode.vacuous for episode in episodes),
        **{name: outcomes.count(name) for name in ("escaped", "unused")},
        "violating": sum(bool(report.violations) for report in reports),
        "cost_worst": max((report.cost for report in reports), default=0),
        "cost_median": statistics.median(report.cost for report in reports) if reports else 0,
        "cost_resolution": 1,
    }


def test_violating_counts_schedules_and_not_episodes() -> None:
    """Two zeros used in one run are two escaped episodes in one violating schedule."""
    zeroed_and_used: list[Event] = [
        Wrote(1, 0, "main"),
        Effect(4, True, "main"),
        Wrote(2, INITIAL, "main"),
    ]

    found = _scorecard([_report([*zeroed_and_used, *zeroed_and_used]), CLEAN])

    assert (found.escaped, found.violating, found.schedules) == (2, 1, 2)
    assert (found.cost_worst, found.cost_median) == (8, 4)


@settings(deadline=None)
@given(_reports, _reports, _reports)
def test_merging_does_not_depend_on_how_the_work_was_split(
    a: list[CriticalReport], b: list[CriticalReport], c: list[CriticalReport]
) -> None:
    """Associative, commutative, with a neutral element, and equal to counting in one go."""
    x, y, z = _scorecard(a), _scorecard(b), _scorecard(c)

    assert x.merge(y).merge(z) == x.merge(y.merge(z)) == _scorecard(c + a + b)
    assert x.merge(y) == y.merge(x)
    assert x.merge(Scorecard()) == x


def test_it_becomes_json() -> None:
    """Plain numbers under the names of the report, in its order."""
    names = "corrupted caught late passed vacuous escaped unused violating cost_worst cost_median"

    assert list(json.loads(json.dumps(Scorecard().to_json()))) == [
        "schedules",
        *names.split(),
        "cost_resolution",
    ]


def test_totals_that_contradict_each_other_are_refused() -> None:
    """Each episode has exactly one outcome, so the outcomes add up."""
    with pytest.raises(AssertionError):
        Scorecard(corrupted=2, caught=1)
    with pytest.raises(AssertionError):
        Scorecard(corrupted=1, passed=1, vacuous=2)


def test_a_clean_schedule_costs_about_a_microsecond() -> None:
    """Measured at 0.1 us on a quiet core; the bound leaves room for a busy one."""
    tally = Tally()

    best_s = min(timeit.repeat(lambda: tally.add(CLEAN), number=10_000, repeat=5)) / 10_000

    assert best_s < 2e-6
