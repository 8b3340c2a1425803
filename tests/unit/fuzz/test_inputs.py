"""What is drawn: plans, workloads and faults, as values."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, strategies as st

from harness import fuzz
from harness.errors import UnknownParameter
from harness.fuzz.minimal import holds, less
from harness.plans import Copy, Plan, Promote, Restart, Run, Space, Start, Stop
from tests.unit.fuzz import small

WIDE = Space(services=("api", "risk"), nodes=("rows",), jobs=("migrate",), moves_max=5)


def draws(strategy: st.SearchStrategy, count: int) -> list:
    """What Hypothesis draws, always the same."""
    drawn: list = []

    @hypothesis.seed(0)
    @hypothesis.settings(
        database=None,
        max_examples=count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(value: object) -> None:
        drawn.append(value)

    draw()
    return drawn


@given(fuzz.plans(WIDE))
def test_a_drawn_plan_can_be_carried_out_and_leaves_every_service_up(plan: Plan) -> None:
    """So no search is wasted on a plan that is refused."""
    assert WIDE.check(plan).down == ()
    assert plan.moves
    assert len(plan.moves) <= WIDE.moves_max + len(WIDE.services)


def test_long_plans_are_drawn_as_often_as_short_ones() -> None:
    """A race that needs four moves is not drowned in plans of one."""
    drawn = draws(fuzz.plans(small.SPACE), 150)

    assert sum(len(plan.moves) >= small.SPACE.moves_max for plan in drawn) > len(drawn) / 2
    assert len(set(drawn)) > len(drawn) * 3 / 4, "a plan is seldom drawn twice"


def test_an_input_has_the_plan_the_workload_and_the_faults_of_its_scenario() -> None:
    """Each of them only where the scenario declares it."""
    plans, deposits = fuzz.inputs(small.migration), fuzz.inputs(small.deposits)
    halves = fuzz.inputs(small.halves)
    assert plans is not None
    assert deposits is not None
    assert halves is not None

    assert all(one.plan.moves and one.faults is None for one in draws(plans, 10))
    assert all(set(one.workload) == {"amounts"} and one.plan is None for one in draws(deposits, 10))
    assert {one.faults.get("kill", 0) for one in draws(halves, 10)} == {0, 1, 2}


def test_what_is_settled_is_not_drawn_and_ones_own_strategies_take_the_place_of_others() -> None:
    """The strategies compose with a user's."""
    assert fuzz.inputs(small.deposits, params={"amounts": [1]}) is None
    assert fuzz.inputs(small.settled) is None
    assert fuzz.inputs(small.halves, faults={}) is None
    mine = fuzz.inputs(
        small.migration,
        plans=fuzz.plans(small.SPACE).filter(lambda plan: Run("migrate") in plan.moves),
    )
    assert mine is not None
    assert all(Run("migrate") in one.plan.moves for one in draws(mine, 10))
    noted = fuzz.inputs(small.deposits, workload={"note": st.just("y")})
    assert noted is not None
    assert {one.workload["note"] for one in draws(noted, 5)} == {"y"}
    with pytest.raises(UnknownParameter, match="nobody"):
        fuzz.inputs(small.deposits, workload={"nobody": st.none()})


def test_the_seed_of_an_input_is_a_function_of_it() -> None:
    """On every machine: so its search always comes to the same."""
    one = fuzz.Input(plan=Plan((Restart("api"),)), workload={"b": 1, "a": [2]}, faults={"kill": 1})
    same = fuzz.Input(plan=Plan((Restart("api"),)), workload={"a": [2], "b": 1}, faults={"kill": 1})

    assert one.seed(0) == same.seed(0) == 4781353619606096930
    others = [one.seed(1), fuzz.Input(plan=one.plan).seed(0), fuzz.Input(faults={}).seed(0)]
    assert len({one.seed(0), *others}) == 4


COPIED = (Copy("rows"), Stop("api"), Promote("rows", catch_up=False), Start("api"))


@pytest.mark.parametrize(
    ("moves", "held"),
    [
        (COPIED, True),
        ((Copy("rows"), Promote("rows", catch_up=False)), True),
        ((Promote("rows"),), True),  # with an option less
        ((Promote("rows", fence=False),), False),
        ((Stop("api"), Copy("rows")), False),  # in another order
        ((Stop("risk"),), False),
        ((Copy("rows"), Copy("rows")), False),
        ((), True),
    ],
)
def test_a_plan_holds_another_that_is_had_by_leaving_things_out(moves: tuple, held: bool) -> None:
    """What fails with less is found, and need not be found again."""
    small_one = fuzz.Input(plan=Plan(moves))

    assert holds(fuzz.Input(plan=Plan(COPIED)), small_one) is held


def test_faults_are_held_up_to_their_budgets() -> None:
    """And nothing holds what no faults were needed for, where there is no plan to compare."""
    once, twice = fuzz.Input(faults={"kill": 1}), fuzz.Input(faults={"kill": 2, "drop": 1})

    assert holds(twice, once)
    assert not holds(once, twice)
    assert not holds(fuzz.Input(faults={"drop": 1}), once)
    assert not holds(once, fuzz.Input(faults={}))


def test_less_is_every_element_once() -> None:
    """A move, an option, one strike of a fault."""
    given_one = fuzz.Input(
        plan=Plan((Restart("api", overlap=True), Run("migrate"))), faults={"kill": 2}
    )
    words = [str(one) for one in less(small.migration, given_one)]

    assert words == [
        "run migrate; faults: at most 2 kill",
        "restart api, overlap; faults: at most 2 kill",
        "restart api; run migrate; faults: at most 2 kill",
        "restart api, overlap; run migrate; faults: at most 1 kill",
    ]
