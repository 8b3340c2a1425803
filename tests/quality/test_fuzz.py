"""Random restart plans find the races of 19 January, and nothing in their race-free twins."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import pytest

import harness
from harness import fuzz
from harness.fuzz.minimal import less
from scenarios import paradex_maintenance as maintenance

RACES = (
    "tick_before_load",
    "flush_during_load",
    "replica_lag",
    "two_writers",
    "cache_warm_up",
    "save_before_load",
)
SCHEDULES = 20_000
#: Of the words of a violation: what each race is about.
IS_WRONG = ("I1", "L1", "was used before its gate")


def declared(name: str) -> harness.Scenario:
    """A maintenance by name."""
    made = getattr(maintenance, name)
    assert isinstance(made, harness.Scenario)
    return made


def fuzzed(name: str, **options: Any) -> fuzz.FuzzResult:
    """Plans drawn at random: nobody says in which order anything is to be done."""
    return fuzz.fuzz(declared(name), stop_at_first=True, **options)


def twin(race: str, *, schedules: int) -> fuzz.FuzzResult:
    """The twin, with so many schedules; where there are few plans, with more of each."""
    plans = declared(race).plans
    assert plans is not None
    each = max(20, schedules // (plans.size() - 1) + 1) if schedules == SCHEDULES else 20
    return fuzzed(f"{race}_twin", schedules_each=each, schedules_max=schedules)


@pytest.mark.parametrize("race", RACES)
def test_random_plans_find_the_race_within_a_few_dozens(race: str) -> None:
    """Without being told the order; what is violated is what the race is about."""
    (failure,) = fuzzed(race, inputs_max=40, shrink=False).failures

    assert any(words in text for text in failure.properties for words in IS_WRONG)


@pytest.mark.soak
@pytest.mark.parametrize("race", RACES)
@pytest.mark.parametrize("seed", range(5))
def test_any_seed_finds_the_race_and_its_plan_is_one_minimal(race: str, seed: int) -> None:
    """Asked again, from another seed: with any element less, ten times the schedules find nothing."""
    (failure,) = fuzzed(race, seed=seed, inputs_max=150).failures
    found = {violation.fingerprint for violation in failure.result.violations}

    assert failure.minimality.is_checked
    for smaller in less(declared(race), failure.input):
        again = harness.explore(
            declared(race), params=smaller.params, strategy="random", schedules=200, seed=seed + 99
        )
        assert found.isdisjoint(violation.fingerprint for violation in again.violations)


@pytest.mark.parametrize("race", RACES)
def test_the_twin_is_the_same_scenario_but_for_a_few_lines(race: str) -> None:
    """At most five, its name and what it says of itself left aside; the same plans, faults and points."""
    one, other = declared(race), declared(f"{race}_twin")
    before, after = (_body(made) for made in (one, other))
    differs = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]

    assert 0 < sum(line.startswith("+") for line in differs) <= 5
    assert sum(line.startswith("-") for line in differs) <= 5
    assert (one.plans, one.faults, one.params) == (other.plans, other.faults, other.params)


def _body(made: harness.Scenario) -> list[str]:
    """The lines that do something."""
    lines = inspect.getsource(made.body).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("async def")) + 1
    return [line for line in lines[start:] if '"""' not in line]


@pytest.mark.parametrize("race", RACES)
def test_the_twin_reaches_the_same_and_survives(race: str) -> None:
    """A sample; the soak tests make twenty thousand schedules of each."""
    survives = twin(race, schedules=120)
    fails = fuzz.fuzz(declared(race), inputs_max=2, shrink=False)

    assert not survives.failures
    assert not survives.is_hollow
    assert set(survives.reached) == set(fails.reached)


@pytest.mark.soak
@pytest.mark.parametrize("race", RACES)
def test_the_twin_survives_twenty_thousand_fuzzed_schedules(race: str) -> None:
    """So what is found in the race itself is the race, and no accident of the harness."""
    survives = twin(race, schedules=SCHEDULES)

    assert not survives.failures
    assert survives.schedules >= SCHEDULES
    assert not survives.is_hollow
    assert not survives.cut
