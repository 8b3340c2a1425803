"""The January restart: the races are found, and the fixes are worth what their scorecards say."""

from __future__ import annotations

import time
from functools import cache
from statistics import median
from typing import Any

import pytest

import harness
from scenarios import paradex_funding_reset as paradex
from tests.quality.paradex_page import (
    LIQUIDATED,
    PAGE,
    RACES,
    STUCK,
    cell,
    cells,
    scenario,
    seen,
    tables,
    with_tables,
)

FULL_SIZE: dict[str, Any] = {"markets": 4, "accounts": 200, "traders": 1}
#: Cells of few interleavings, each of which some fix closes.
CLOSED_QUICKLY = [
    ("r1_tick_before_load", "ready_barrier"),
    ("r1_tick_before_load", "missing_is_not_zero"),
    ("r2_flush_during_load", "fence_old_instance"),
    ("r2_flush_during_load", "full_downtime"),
    ("r2_flush_during_load", "atomic_flush"),
    ("r3_replica_lag", "atomic_flush"),
    ("r3_replica_lag", "full_downtime"),
    ("r4_two_writers", "fence_old_instance"),
    ("r4_two_writers", "full_downtime"),
    ("r5_cache_warm_up", "full_downtime"),
]


@cache
def proved(race: str, *fixes: str) -> harness.Result:
    """Every interleaving of one race under these fixes, once for all tests that ask."""
    return cell(race, fixes)


def random_walk(
    race: str, schedules: int, *, seed: int = 0, fixes: tuple[str, ...] = (), **params: object
) -> harness.Result:
    """So many random schedules."""
    return harness.explore(
        scenario(race),
        strategy="random",
        schedules=schedules,
        seed=seed,
        fixes=fixes,
        params=params,
        shrink=False,
    )


def first_liquidation(race: str, *, seed: int, schedules_max: int) -> int:
    """The schedule, at full size, in which somebody healthy is liquidated; past the limit if none."""
    schedules = 50
    while True:  # a search cannot stop at one property, so it is made longer until it shows
        schedules = min(schedules, schedules_max)
        result = random_walk(race, schedules, seed=seed, **FULL_SIZE)
        first = [one.first_seen for one in result.violations if one.property == LIQUIDATED]
        if first or schedules == schedules_max:
            return first[0] if first else schedules_max + 1
        schedules *= 3


@cache
def failing_runs(*fixes: str) -> list[list[str]]:
    """The events, as texts in order, of some failing runs of the first race."""
    return [
        [event.text for event in found.trace.events]
        for seed in range(3)
        for found in random_walk("r1_tick_before_load", 20, seed=seed, fixes=fixes).violations
    ]


def in_order(texts: list[str], first: str, then: str) -> bool:
    """Whether the second event, if it happens at all, happens after the first."""
    return then not in texts or first in texts[: texts.index(then)]


# ---- without a fix


@pytest.mark.parametrize("race", RACES)
def test_without_a_fix_somebody_healthy_is_liquidated_on_a_default(race: str) -> None:
    """Each race shows the incident: a default is published and used, and the index stays wrong."""
    result = random_walk(race, 150)
    assert result.verdict == "violated"
    assert seen(result, LIQUIDATED) > 0
    assert seen(result, STUCK) > 0
    assert result.scorecard.escaped > 0
    assert result.scorecard.cost_worst > 0
    assert not result.unreached
    used = next(one for one in result.violations if "was used before its gate" in one.property)
    assert "wrote 0 at 4000 ms from no row" in used.message
    assert "did 'liquidate" in used.message


def test_money_is_neither_made_nor_lost_whatever_is_published() -> None:
    """I4 holds in every schedule: what the victims lose, the winners and the fund have."""
    for race in RACES:
        result = random_walk(race, 15, traders=1, ticks=2)
        assert not any(one.property.startswith("I4") for one in result.violations)


def test_a_long_closes_on_its_windfall() -> None:
    """At full size traders act on the reset index too, and that cannot be taken back either."""
    result = random_walk("r1_tick_before_load", 50, **FULL_SIZE)
    assert any("bob closes on a windfall" in one.message for one in result.violations)


def test_with_a_mark_price_of_zero_longs_are_liquidated() -> None:
    """The variant that the press saw: the whole record is missing, and longs are closed at $0."""
    result = random_walk("r1_tick_before_load", 50, whole_record=True)
    used = [one.message for one in result.violations if one.property.startswith("BTC index")]
    assert any("from no row with mark 0" in text and "'liquidate bob'" in text for text in used)


# ---- what fixes are worth


@pytest.mark.parametrize(("race", "fix"), CLOSED_QUICKLY)
def test_a_fix_that_closes_a_race_closes_every_interleaving(race: str, fix: str) -> None:
    """Proved for two markets: nothing is corrupted, and the exchange comes back."""
    result = proved(race, fix)
    assert result.verdict == "exhausted"
    assert result.scorecard.corrupted == 0


def test_a_gate_on_the_chain_saves_the_accounts_and_leaves_the_service_stuck() -> None:
    """The gate blocks every default, and the default stays in memory; a reload ends that."""
    alone = proved("r5_cache_warm_up", "gate_last_published")
    assert {one.property for one in alone.violations} == {STUCK}
    assert alone.complete
    assert alone.scorecard.corrupted == alone.scorecard.caught > 0
    reloading = proved("r5_cache_warm_up", "gate_last_published", "reload_on_block")
    assert reloading.verdict == "exhausted"
    assert reloading.scorecard.corrupted == reloading.scorecard.caught > 0


def test_a_gate_on_its_own_memory_is_vacuous() -> None:
    """It sees every corruption, lets all of them through, and proves nothing about any of them."""
    alone, without = proved("r3_replica_lag", "gate_own_memory"), proved("r3_replica_lag")
    assert seen(alone, LIQUIDATED) == seen(without, LIQUIDATED) > 0
    card = alone.scorecard
    assert card.corrupted == card.passed == card.vacuous > 0


def test_pausing_liquidations_only_delays_them() -> None:
    """The health check comes after OK then, and finds the same default."""
    paused, without = proved("r3_replica_lag", "pause_liquidations"), proved("r3_replica_lag")
    assert (
        seen(paused, LIQUIDATED) / paused.schedules > seen(without, LIQUIDATED) / without.schedules
    )


def test_a_reconciliation_is_one_look() -> None:
    """It catches what it sees, comes late for what was used before, and misses what comes after."""
    card = random_walk("r1_tick_before_load", 300, fixes=("ok_requires_reconciliation",)).scorecard
    assert card.caught > 0
    assert card.late > 0
    assert card.escaped > 0


@pytest.mark.parametrize(
    ("fix", "first", "then"),
    [
        ("ok_requires_ready", "flag funding ready set", "chain.put mode = 'OK'"),
        ("pause_liquidations", "chain.put mode = 'OK'", "liquidate alice"),
    ],
)
def test_a_fix_that_orders_two_events_orders_them(fix: str, first: str, then: str) -> None:
    """In every failing run that is kept, the one is before the other; without the fix not so."""
    assert all(in_order(texts, first, then) for texts in failing_runs(fix))
    assert not all(in_order(texts, first, then) for texts in failing_runs())


def test_a_reconciliation_that_fails_keeps_the_exchange_closed() -> None:
    """Whatever it blocked, OK does not come in that run."""
    blocked = [
        texts
        for texts in failing_runs("ok_requires_reconciliation")
        if any(text.startswith("gate reconciliation: 0") for text in texts)
    ]
    assert blocked
    assert not any("chain.put mode = 'OK'" in texts for texts in blocked)


def test_a_barrier_does_nothing_where_the_load_itself_reads_garbage() -> None:
    """In all races but the first the service has the barrier already."""
    for race in list(RACES)[1:]:
        with_it = random_walk(race, 20, fixes=("ready_barrier",))
        assert with_it.scorecard == random_walk(race, 20).scorecard


@pytest.mark.parametrize("race", RACES)
def test_what_is_expected_of_a_race_covers_its_whole_scorecard(race: str) -> None:
    """No row of the scorecard is without an expectation, and not all expect the same."""
    made = scenario(race)
    expected = [made.expectation(fixes) for fixes in made.scorecard_sets()]
    assert None not in expected
    assert {"safe", "violated"} == set(expected)


def test_every_race_knows_the_same_fixes() -> None:
    """So that one table can hold them all."""
    assert {scenario(race).fixes for race in RACES} == {paradex.FIXES}


# ---- at full size


def test_random_finds_the_first_race_at_full_size_within_fifty_schedules() -> None:
    """The median over a few seeds; `make soak` takes a hundred."""
    firsts = [first_liquidation("r1_tick_before_load", seed=s, schedules_max=50) for s in range(3)]
    assert median(firsts) <= 50


def test_random_finds_the_second_race_at_full_size() -> None:
    """One seed, within a quarter of what is promised; `make soak` takes the median of a hundred."""
    assert first_liquidation("r2_flush_during_load", seed=0, schedules_max=500) <= 500


# ---- long


@pytest.mark.soak
@pytest.mark.parametrize(
    ("race", "schedules_max"), [("r1_tick_before_load", 50), ("r2_flush_during_load", 2_000)]
)
def test_random_finds_a_race_at_full_size_in_the_median_over_a_hundred_seeds(
    race: str, schedules_max: int
) -> None:
    """Fifty schedules for the first race, two thousand for the second."""
    firsts = [first_liquidation(race, seed=s, schedules_max=schedules_max) for s in range(100)]
    print(f"{race}: median {median(firsts)}, worst {max(firsts)}")  # noqa: T201
    assert median(firsts) <= schedules_max


@pytest.mark.soak
@pytest.mark.parametrize("race", ["r1_tick_before_load", "r2_flush_during_load"])
def test_a_core_makes_three_hundred_schedules_a_second_at_full_size(race: str) -> None:
    """In seconds of the processor, so that a busy machine does not fail it. No violation is kept."""
    random_walk(race, 200, **FULL_SIZE)
    began = time.process_time()
    schedules = 2_000
    random_walk(race, schedules, seed=1, **FULL_SIZE)
    rate = schedules / (time.process_time() - began)
    print(f"{race}: {rate:.0f} schedules/s")  # noqa: T201
    assert rate >= 300


@pytest.mark.soak
def test_every_cell_comes_out_as_expected_and_as_the_page_says() -> None:
    """Every interleaving of every race under every set of fixes, and the tables made of them."""
    results = cells(RACES)
    for result in results:
        expected = scenario(result.scenario).expectation(result.fixes)
        assert result.complete, (result.scenario, result.fixes)
        assert result.verdict == ("violated" if expected == "violated" else "exhausted")
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page, tables(results)) == page
