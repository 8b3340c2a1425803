"""Strategies: which runs they make, and when they say that there are no more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import trio
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import InternalError
from harness.explore.strategies import Dpor
from harness.kernel import Engine, current_run
from tests.unit.explore.models import Order, batches, counters, interleavings, multinomial

SAMPLERS = ["random", "pct", "pos", "surw"]
SEEDED = [*SAMPLERS, "portfolio"]
SMALL = st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda n: sum(n) <= 7)


# ---- dfs -------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(SMALL)
def test_dfs_makes_every_interleaving_exactly_once(steps: list[int]) -> None:
    """As many as the multinomial coefficient says, all of them different."""
    orders: list[Order] = []
    result = harness.explore(counters(steps, orders), strategy="dfs")
    assert result.verdict == "exhausted"
    assert result.schedules == multinomial(steps)
    assert set(orders) == interleavings(steps)


@settings(max_examples=15)
@given(SMALL)
def test_dfs_under_fairness_makes_trios_batches_exactly_once(steps: list[int]) -> None:
    """Every runnable task once a batch, in any order: what a real Trio run can show, no more."""
    orders: list[Order] = []
    result = harness.explore(counters(steps, orders), strategy="dfs", fairness="trio")
    assert result.verdict == "exhausted"
    assert result.schedules == len(batches(steps))
    assert set(orders) == batches(steps) <= interleavings(steps)


def test_batches_are_kept_within_a_process_and_not_between() -> None:
    """Two processes are two interpreters: any order of their steps is real."""
    orders: list[Order] = []

    async def scenario(world: harness.World) -> None:
        order = harness.Cell[tuple[int, ...]](())

        async def process(who: int) -> None:
            for _ in range(2):
                await trio.lowlevel.checkpoint()
                order.set((*order.get(), who))

        first, second = (world.start(process, who, name=str(who)) for who in range(2))
        await first.wait()
        await second.wait()
        orders.append(order.get())

    result = harness.explore(scenario, strategy="dfs", fairness="trio")
    assert result.verdict == "exhausted"
    assert set(orders) == interleavings([2, 2])


def test_the_first_run_of_dfs_takes_every_default() -> None:
    """Each task runs as long as it can: the schedule that everybody has in mind."""
    orders: list[Order] = []
    harness.explore(counters([2, 3], orders), strategy="dfs", schedules=1)
    assert orders[0] == (0, 0, 1, 1, 1)


def test_dfs_tries_every_answer_to_every_question() -> None:
    """Data choices are part of the tree, wherever they stand in it."""
    seen: list[object] = []

    async def scenario(world: harness.World) -> None:
        asked = harness.Cell[tuple[str, ...]](())

        async def ask(who: str) -> None:
            asked.set((*asked.get(), who + world.choose(who, ["0", "1"])))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "a")
            nursery.start_soon(ask, "b")
        seen.append(asked.get())

    result = harness.explore(scenario, strategy="dfs")
    answers = {(f"a{i}", f"b{j}") for i in "01" for j in "01"}
    assert result.verdict == "exhausted"
    assert result.schedules == 8
    assert set(seen) == answers | {(b, a) for a, b in answers}


# ---- random ----------------------------------------------------------------------------------------


def test_random_reaches_every_interleaving_and_never_claims_to_have() -> None:
    """20 orders, the rarest with odds of about 1 in 32: missing one in 600 runs is 1 in 10^7."""
    orders: list[Order] = []
    result = harness.explore(counters([3, 3], orders), strategy="random", schedules=600)
    assert set(orders) == interleavings([3, 3])
    assert result.verdict == "inconclusive"
    assert not result.complete


@pytest.mark.parametrize("strategy", SAMPLERS)
def test_a_sampler_reaches_every_interleaving(strategy: str) -> None:
    """Of steps that say nothing of themselves, too; PCT, those of its depth."""
    orders: list[Order] = []
    depth = 4 if strategy == "pct" else None
    result = harness.explore(
        counters([2, 2], orders), strategy=strategy, depth=depth, schedules=500
    )
    assert set(orders) == interleavings([2, 2])
    assert result.verdict == "inconclusive"
    assert result.sampled == result.schedules


@pytest.mark.parametrize("strategy", SAMPLERS)
def test_a_sampler_lets_a_fault_strike_and_time_pass_anywhere(strategy: str) -> None:
    """Before, between and after the steps of a task, and never: a fault is an option as a task is."""
    seen: set[tuple[object, ...]] = set()

    async def model() -> None:
        order: list[object] = []
        run = current_run()
        run.add_action("a fault", lambda: order.append("fault"))

        async def sleep() -> None:
            await trio.sleep(1)
            order.append("late")

        async def count() -> None:
            cell = harness.Cell(0)
            for number in range(3):
                await cell.write(number)
                order.append(number)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep)
            nursery.start_soon(count)
        seen.add(tuple(order))

    harness.explore(model, strategy=strategy, time_model="asynchronous", schedules=1_500, seed=1)
    places = {
        (order.index(what) if what in order else None) for order in seen for what in ["fault"]
    }
    assert places >= {0, 1, 2, 3, None}
    assert {order.index("late") for order in seen} >= {0, 1, 2, 3}


def test_random_gives_each_option_of_a_choice_equal_odds() -> None:
    """Of 3 answers asked 900 times each comes about 300 times: 5 sigma are 71."""
    answers: Counter[str] = Counter()

    async def scenario(world: harness.World) -> None:
        answers[world.choose("server", ["a", "b", "c"])] += 1

    harness.explore(scenario, strategy="random", schedules=900)
    repeated = sum(answers.values()) - 900  # a sample is run twice
    assert all(abs(count - 300) < 71 + repeated for count in answers.values())


@pytest.mark.parametrize("strategy", SEEDED)
def test_equal_seeds_make_equal_explorations_and_others_make_others(strategy: str) -> None:
    """Order by order: whoever is told the seed sees the same search."""

    def explore(seed: int) -> list[Order]:
        orders: list[Order] = []
        model = counters([3, 3, 3], orders)
        harness.explore(model, strategy=strategy, schedules=50, seed=seed)
        return orders

    assert explore(7) == explore(7)
    assert len({tuple(explore(seed)) for seed in range(5)}) == 5


@pytest.mark.parametrize("strategy", SAMPLERS)
def test_a_further_question_leaves_the_random_schedules_as_they_were(strategy: str) -> None:
    """Data is drawn from a stream of its own, so that a new question spoils no recorded seed."""

    def explore(*, asking: bool) -> list[Order]:
        orders: list[Order] = []

        async def scenario(world: harness.World) -> None:
            if asking:
                world.choose("server", ["a", "b"])
            await counters([3, 3], orders)()

        harness.explore(scenario, strategy=strategy, schedules=50)
        return orders

    assert explore(asking=True) == explore(asking=False)


# ---- portfolio -------------------------------------------------------------------------------------


def test_portfolio_exhausts_what_dfs_exhausts() -> None:
    """The default strategy proves small models, after some random runs."""
    orders: list[Order] = []
    result = harness.explore(counters([3, 3], orders))
    assert result.strategy == "portfolio"
    assert result.verdict == "exhausted"
    assert set(orders) == interleavings([3, 3])


def test_a_portfolio_goes_on_without_a_reduction_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was run by then is none of the interleavings that it counts."""

    def fail(_self: Dpor, _engine: Engine) -> None:
        raise InternalError("two and two make five")

    monkeypatch.setattr(Dpor, "finished", fail)
    result = harness.explore(counters([3, 3], []))
    assert (result.verdict, result.classes) == ("exhausted", None)
    assert result.schedules - result.sampled == multinomial([3, 3])
    with pytest.raises(InternalError, match="two and two"):
        harness.explore(counters([3, 3], []), strategy="dpor")


def test_portfolio_does_not_get_lost_in_one_corner_of_a_large_tree() -> None:
    """Depth-first search varies the end of a run first; this failure lies at its beginning."""

    async def model() -> None:
        order: list[int] = []

        async def task(who: int) -> None:
            for _ in range(12):
                order.append(who)
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            for who in range(3):
                nursery.start_soon(task, who)
        assert sorted(order[:3]) != [0, 1, 2], "all three took turns at once"

    options: dict[str, Any] = {"schedules": 200, "shrink": False}
    assert harness.explore(model, strategy="portfolio", **options).verdict == "violated"
    assert harness.explore(model, strategy="dfs", **options).verdict == "inconclusive"


# ---- what counts as exhausted ----------------------------------------------------------------------


def test_a_run_that_was_cut_never_counts_towards_exhausted() -> None:
    """Both runs of this model were made, but one of them shows less than all of it."""

    async def scenario(world: harness.World) -> None:
        if world.choose("spin", ["no", "yes"]) == "yes":
            for _ in range(100):
                await trio.lowlevel.checkpoint()

    cut = harness.explore(scenario, strategy="dfs", steps_max=50)
    assert (cut.verdict, cut.cut, cut.complete) == ("inconclusive", 1, False)
    whole = harness.explore(scenario, strategy="dfs", steps_max=500)
    assert (whole.verdict, whole.cut, whole.complete) == ("exhausted", 0, True)


def test_a_point_that_was_never_reached_leaves_a_pass_without_worth() -> None:
    """The search was complete, and yet it is no pass."""

    async def scenario(world: harness.World) -> None:
        world.sometimes("a liquidation", reached=False)
        await trio.lowlevel.checkpoint()

    result = harness.explore(scenario, strategy="dfs")
    assert (result.verdict, result.complete) == ("inconclusive", True)
    assert result.unreached == ("a liquidation",)


def test_a_point_that_one_schedule_reached_is_reached() -> None:
    """One is enough."""

    async def scenario(world: harness.World) -> None:
        world.sometimes("a liquidation", world.choose("liquidate", ["no", "yes"]) == "yes")

    result = harness.explore(scenario, strategy="dfs")
    assert (result.verdict, result.unreached) == ("exhausted", ())


@pytest.mark.parametrize("limit", [{"schedules": 19}, {"time_budget_s": 1e-9}])
def test_a_limit_never_counts_as_a_pass(limit: dict[str, Any]) -> None:
    """One schedule less than all, or no time at all."""
    result = harness.explore(counters([3, 3], []), strategy="dfs", **limit)
    assert (result.verdict, result.complete) == ("inconclusive", False)


def test_the_last_schedule_within_the_limit_is_a_pass() -> None:
    """All 20 of 20."""
    result = harness.explore(counters([3, 3], []), strategy="dfs", schedules=20)
    assert (result.verdict, result.schedules) == ("exhausted", 20)


def test_a_violated_search_goes_on_and_says_whether_it_was_complete() -> None:
    """Unless it is to stop at the first failure."""

    async def scenario(world: harness.World) -> None:
        server = world.choose("server", ["a", "b", "c", "d"])
        assert server != "b", "b is down"
        if server == "d":
            raise LookupError("d is unknown")

    whole = harness.explore(scenario, strategy="dfs")
    assert (whole.verdict, whole.complete, whole.schedules) == ("violated", True, 4)
    assert [v.first_seen for v in whole.violations] == [2, 4]
    first = harness.explore(scenario, strategy="dfs", stop_at_first=True)
    assert (first.verdict, first.complete, first.schedules) == ("violated", False, 2)


def test_failures_of_one_kind_are_counted_and_shown_once() -> None:
    """The same property, raised at the same place, is one violation however often it is seen."""

    async def scenario(world: harness.World) -> None:
        number = world.choose("number", [1, 2, 3, 4])
        assert number % 2, f"{number} is even"

    (violation,) = harness.explore(scenario, strategy="dfs").violations
    assert violation.seen == 2
    assert violation.first_seen == 2


def test_the_random_runs_of_a_portfolio_are_told_from_the_others() -> None:
    """What is left without them is every interleaving, each once."""
    body = counters([3, 3], [])
    both = harness.explore(body, strategy="portfolio")

    assert both.complete
    assert both.sampled > 0
    assert both.schedules - both.sampled == multinomial([3, 3])
    assert harness.explore(body, strategy="dfs").sampled == 0
    assert harness.explore(body, strategy="random", schedules=7).sampled == 7
