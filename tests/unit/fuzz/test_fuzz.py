"""Fuzzing small scenarios: what is found, how small it gets, and that it is always the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import strategies as st

import harness
from harness import fuzz
from harness.errors import BadBudget, BadScenario, NothingToDraw, UnknownStrategy
from harness.fuzz.entry import Turns, hunt_for
from harness.fuzz.hunt import Hunt, Limits
from harness.fuzz.minimal import less
from harness.fuzz.rounds import draw
from harness.fuzz.search import Asked
from harness.plans import Plan, Restart, Run, Start, Stop
from tests.unit.fuzz import small

#: The plans in which the load meets the migration, from which nothing can be spared.
SMALLEST = {
    (Restart("api", overlap=True), Run("migrate")),
    (Run("migrate", overlap=True), Restart("api")),
    (Stop("api"), Run("migrate", overlap=True), Start("api")),
    (Stop("api"), Start("api", overlap=True), Run("migrate")),
    (Run("migrate", overlap=True), Stop("api"), Start("api")),
}


def fuzzed(scenario: harness.Scenario, **options: Any) -> fuzz.FuzzResult:
    """A few schedules of each input."""
    return fuzz.fuzz(scenario, **{"schedules_each": 10, "inputs_max": 40, **options})


@pytest.fixture(scope="module")
def migration() -> fuzz.FuzzResult:
    """A good part of the plans of the small space."""
    return fuzzed(small.migration, inputs_max=40)


# ---- what is found


def test_several_smallest_plans_are_found_and_each_once(migration: fuzz.FuzzResult) -> None:
    """A failure ends no search: inputs that hold it are passed over, and the others drawn."""
    found = [failure.input.plan.moves for failure in migration.failures if failure.input.plan]

    assert set(found) <= SMALLEST
    assert len(found) == len(set(found)) >= 3
    assert migration.explained > 0
    assert migration.schedules == 10 * (migration.drawn - migration.explained)


def test_a_shrunk_plan_is_one_minimal_and_that_is_proved(migration: fuzz.FuzzResult) -> None:
    """Whatever is taken away, every interleaving is exhausted without a failure."""
    for failure in migration.failures:
        smaller = list(less(small.migration, failure.input))
        assert smaller
        assert failure.minimality == fuzz.Minimality(proved=len(smaller))
        for one in smaller:
            result = harness.explore(small.migration, strategy="dpor", params=one.params)
            assert result.complete
            assert not result.violations


def test_the_trace_holds_the_plan_and_replays(migration: fuzz.FuzzResult) -> None:
    """A stored failure is a value that needs nothing else."""
    failure = migration.failures[0]
    violation = failure.result.violations[0]

    assert violation.shrunk_from is not None
    assert failure.input.plan is not None
    assert violation.trace.params["plan"] == failure.input.plan.tree()
    again = harness.replay(violation.trace, scenario=small.migration)
    assert again.violation is not None
    assert again.violation.fingerprint == violation.fingerprint


def test_a_safe_scenario_has_all_its_plans_drawn_and_none_fails() -> None:
    """What it was to reach is reached, and nothing is left."""
    result = fuzzed(small.careful_migration, inputs_max=None, time_budget_s=60, schedules_each=1)

    assert not result.failures
    assert result.ended == "all drawn"
    assert result.plans == small.SPACE.size() == result.drawn + 1  # but for the empty one
    assert result.reached == ("the maintenance is over",)
    assert not result.is_hollow


def test_a_workload_is_drawn_and_made_small_by_hypothesis() -> None:
    """Two deposits, one of them the least there is; other workloads that fail so are no news."""
    (failure,) = fuzzed(small.deposits).failures

    assert sorted(failure.input.workload["amounts"]) == [0, 1]
    assert failure.result.params["amounts"] == failure.input.workload["amounts"]


def test_faults_are_drawn_and_as_few_are_left_as_it_takes() -> None:
    """Two kills are drawn, one is enough, and without any the failure is gone."""
    (failure,) = fuzzed(small.halves).failures

    assert failure.input.faults == {"kill": 1}
    assert failure.minimality == fuzz.Minimality(proved=1)
    assert failure.result.violations[0].trace.faults == {"kill": 1}


@pytest.mark.parametrize("strategy", ["portfolio", "pct", "dpor"])
def test_any_strategy_can_search_the_inputs(strategy: str) -> None:
    """One that learns within a search gets one for each input."""
    result = fuzzed(small.deposits, strategy=strategy, stop_at_first=True)

    assert result.failures[0].result.strategy == strategy
    assert result.schedules > 0


# ---- that it is always the same


def test_the_same_seed_draws_the_same_and_another_something_else() -> None:
    """Down to the digest of the shrunk run."""

    def told(seed: int) -> list[object]:
        result = fuzzed(small.deposits, seed=seed, stop_at_first=True)
        return [
            (one.found, one.found_at, one.input, one.result.violations[0].trace.digest)
            for one in result.failures
        ]

    assert told(0) == told(0)
    assert told(0) != told(1)


def test_what_is_drawn_is_not_up_to_the_modules_that_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis would try the numbers in their source: a scenario found beside others is found alone."""

    def drawn() -> list[Any]:
        seen: list[Any] = []
        numbers: Any = st.integers(0, 10**9)
        draw(numbers, lambda number: bool(seen.append(number)), count=300, seed=0, shrink=False)  # type: ignore[func-returns-value]
        return seen

    before = drawn()
    neighbour = ModuleType("neighbour")
    neighbour.__file__ = str(tmp_path / "neighbour.py")
    Path(neighbour.__file__).write_text(f"NUMBERS = {list(range(1000, 2000))}")
    monkeypatch.setitem(sys.modules, "neighbour", neighbour)

    assert len(before) == 300
    assert drawn() == before


def test_a_hunt_that_was_broken_off_goes_on_where_it_was() -> None:
    """Which inputs are drawn, and in which order, depends on no clock."""
    broken, whole = hunt(inputs=20), hunt(inputs=20)
    whole.go_on()
    broken.go_on(first=True)
    broken.go_on(0.2)
    broken.go_on()

    assert (broken.ended, whole.ended) == ("inputs", "inputs")
    assert list(broken._drawn.items()) == list(whole._drawn.items())
    assert [one.input for one in broken.failures] == [one.input for one in whole.failures]


def test_the_limits_are_kept_to_the_input() -> None:
    """So that the command that finds a failure again stops there."""
    first = fuzzed(small.migration, stop_at_first=True, shrink=False)
    at = first.failures[0].found_at

    assert first.ended == "first failure"
    assert first.drawn == at
    assert fuzzed(small.migration, inputs_max=at - 1).failures == ()
    assert (
        fuzzed(small.migration, inputs_max=at, shrink=False).failures[0].input
        == first.failures[0].input
    )
    limited = fuzzed(small.careful_migration, inputs_max=None, schedules_max=35)
    assert (limited.schedules, limited.ended) == (40, "schedules")


def test_unshrunk_failures_are_as_they_were_drawn() -> None:
    """For somebody in a hurry."""
    result = fuzzed(small.migration, shrink=False, stop_at_first=True)
    (failure,) = result.failures

    assert failure.input == failure.found
    assert failure.result.violations[0].shrunk_from is None


# ---- what cannot be


def test_what_cannot_be_fuzzed_is_refused() -> None:
    """In one error that says what to do."""
    with pytest.raises(NothingToDraw, match="settled has nothing to draw"):
        fuzz.fuzz(small.settled)
    with pytest.raises(BadBudget, match="inputs"):
        fuzz.fuzz(small.migration, inputs_max=0)
    with pytest.raises(BadBudget, match="time budget"):
        fuzz.fuzz(small.migration, time_budget_s=0)
    with pytest.raises(UnknownStrategy):
        fuzz.fuzz(small.migration, strategy="nonesuch")


def test_an_error_of_ours_is_no_failure_of_the_scenario() -> None:
    """Hypothesis does not shrink it: it is raised as it is."""
    with pytest.raises(BadScenario, match="only JSON values"):
        fuzzed(small.deposits, workload={"amounts": st.just({1})})


def test_an_interrupt_keeps_what_was_found() -> None:
    """Ctrl-C between two searches."""

    def told(one: Hunt) -> None:
        if one.failures:
            raise KeyboardInterrupt

    interrupted = hunt(inputs=40, told=told)
    interrupted.go_on()

    assert interrupted.ended == "interrupted"
    assert interrupted.result().interrupted
    assert len(interrupted.failures) == 1


def test_a_failure_that_was_not_yet_small_is_kept_as_it_was_drawn() -> None:
    """Ctrl-C while it is made smaller; what nobody has looked at is not claimed."""

    def told(one: Hunt) -> None:
        if one.making_small:
            raise KeyboardInterrupt

    interrupted = hunt(inputs=40, told=told, shrink=True)
    interrupted.go_on()
    failure = interrupted.failures[-1]

    assert interrupted.ended == "interrupted"
    assert failure.input == failure.found
    assert failure.result.violations
    assert failure.minimality.unchecked == len(list(less(small.migration, failure.input)))
    assert not failure.minimality.is_checked


def hunt(*, inputs: int, told: Any = None, shrink: bool = False) -> Hunt:
    """A hunt that has not begun."""
    made = hunt_for(
        Asked(scenario=small.migration, schedules_each=10, shrink=shrink),
        limits=Limits(inputs=inputs),
    )
    if told is not None:
        made.told = told
    return made


# ---- many within one budget


@attrs.define
class Turn:
    """A hunt that says how long it would go on: up to its first failure, and then."""

    takes_s: Iterator[tuple[float, str]]
    had: list[float] = attrs.field(factory=list)
    ended: str = ""

    def go_on(self, time_s: float, *, first: bool) -> float:
        """As long as it may, or as it takes."""
        takes_s, self.ended = next(self.takes_s)
        if takes_s > time_s:
            takes_s, self.ended = time_s, "time"
        self.had.append(takes_s)
        return takes_s


def test_what_one_leaves_over_the_others_share() -> None:
    """Who finds early, or has drawn everything, gives the rest back; no second is given twice."""
    finds = Turn(iter([(1.0, "first failure"), (99.0, "")]))
    slow = Turn(iter([(99.0, "")] * 9))
    done = Turn(iter([(2.0, "all drawn")]))
    turns = Turns([finds, slow, done], 30.0)  # type: ignore[list-item]  # they behave alike
    while turns.left:
        turns.take()

    assert (finds.had[0], slow.had[0], done.had) == (1.0, 10.0, [2.0])
    assert finds.had[1] == slow.had[1] == 8.5
    assert sum(finds.had + slow.had + done.had) == pytest.approx(30.0, abs=0.5)


def test_after_its_first_failure_none_goes_on_if_nobody_wants_more() -> None:
    """As with `-x`."""
    finds = Turn(iter([(1.0, "first failure")]))
    turns = Turns([finds], 30.0, first=True)  # type: ignore[list-item]  # they behave alike
    while turns.left:
        turns.take()

    assert finds.had == [1.0]


def test_a_plan_of_ones_own_is_a_strategy_like_any_other() -> None:
    """Only what was asked for is drawn."""
    mine = st.just(Plan((Run("migrate", overlap=True), Restart("api"))))
    result = fuzzed(small.migration, plans=mine)

    assert (result.drawn, result.ended) == (1, "all drawn")
    assert len(result.failures) == 1


@pytest.mark.parametrize("strategy", ["random", "dpor"])
def test_plans_that_never_end_make_no_pass(strategy: str) -> None:
    """Nothing was found in them, and it is said that nobody knows what would have been."""
    result = fuzzed(small.never_ready, inputs_max=3, schedules_each=5, strategy=strategy)

    assert not result.failures
    assert result.is_hollow
    assert all("the plan was not carried out to its end" in said for said in result.undecided)
    assert 0 < sum(result.undecided.values()) <= result.schedules
