"""Which plans there are, which of them can be carried out, and which are simpler."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from harness.errors import HarnessError, PlanImpossible, UnknownInPlan
from harness.fuzz import plans as drawn_plans
from harness.plans import (
    AnyMove,
    Copy,
    Pause,
    Plan,
    Promote,
    Restart,
    Run,
    Space,
    Start,
    State,
    Stop,
)
from tests.unit.plans.drawn import NEAR, near_plans

SPACE = Space(services=("a", "b"), nodes=("n",), jobs=("j",))


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ((Stop("a"), Stop("a")), "move 2, stop a: a is down by then"),
        ((Stop("a"), Restart("a")), "move 2, restart a: a is down by then"),
        ((Start("a"),), "move 1, start a: a is up then"),
        ((Promote("n"),), "move 1, promote n: n has no copy that could be promoted: copy it first"),
        ((Copy("n"), Copy("n")), "move 2, copy n: n has a copy already: promote it first"),
        ((Stop("a", overlap=True), Stop("a")), "move 2, stop a: a is down by then"),
        ((Copy("n"), Promote("n"), Promote("n")), "move 3, promote n"),
    ],
)
def test_a_move_that_cannot_be_made_then_is_refused_by_number(
    moves: tuple[AnyMove, ...], told: str
) -> None:
    """Before anything is carried out, and saying why not."""
    with pytest.raises(PlanImpossible) as refused:
        SPACE.check(Plan(moves))

    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("move", "there"),
    [
        (Stop("n"), "it has a, b"),
        (Restart("\x1b"), "it has a, b"),
        (Copy("a"), "it has n"),
        (Run("n"), "it has j"),
    ],
)
def test_a_target_that_is_not_there_is_refused_with_those_that_are(
    move: AnyMove, there: str
) -> None:
    """A service is no node; and what a stranger wrote is made visible."""
    with pytest.raises(UnknownInPlan, match="move 2 of the plan, ") as refused:
        SPACE.check(Plan((Pause(1), move)))

    assert there in str(refused.value)
    assert str(refused.value).isprintable()


def test_a_plan_may_end_with_a_service_down() -> None:
    """It is for the properties to say that nobody is served. The next plan begins there."""
    down = SPACE.check(Plan((Stop("b"), Stop("a"), Copy("n"))))

    assert down == State(down=("a", "b"), copied=("n",))
    assert SPACE.check(Plan((Start("a"), Start("b"), Promote("n"))), down) == State()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"services": "funding"}, "services is no tuple; say services=(...,)"),
        ({"services": ("a", "a")}, "'a' stands twice in services"),
        ({"services": (" a",)}, "a service is a name, not ' a'"),
        ({"nodes": (3,)}, "a node is a name, not 3"),
        ({"services": ("a",), "readies": ()}, "readies is empty"),
        ({"services": ("a",), "hows": ("slow",)}, "how is one of full-downtime"),
        ({"services": ("a",), "readies": ("up",)}, "ready is one of ready, started"),
        ({"services": ("a",), "drains_s": (float("nan"),)}, "drain_s is a number of seconds"),
        ({"services": ("a",), "overlaps": (1,)}, "overlap is true or false"),
        ({"overlaps": (False, False)}, "False stands twice in overlaps"),
        ({"moves_max": 0}, "moves_max is 0; say a whole number from 1 to 100"),
        ({"moves_max": "4"}, "moves_max is '4'; say a whole number"),
    ],
)
def test_a_space_that_no_plan_could_be_from_is_refused(
    options: dict[str, object], told: str
) -> None:
    """Where the scenario declares it, not when the first plan is drawn."""
    with pytest.raises(PlanImpossible) as refused:
        Space(**options)  # type: ignore[arg-type]  # that is the point

    assert told in str(refused.value)


SMALL = [
    Space(),
    Space(jobs=("j",), moves_max=3),
    Space(services=("a",), moves_max=2),
    Space(services=("a",), moves_max=3, hows=("rolling",), readies=("started",), overlaps=(False,)),
    Space(services=("a",), moves_max=3, hows=("rolling",), readies=("ready",), overlaps=(True, False)),
    Space(services=("a", "b"), moves_max=3, hows=("rolling",), readies=("ready",), overlaps=(False,)),
    Space(nodes=("n",), moves_max=4, catch_ups=(True,), overlaps=(False,)),
    Space(services=("n",), nodes=("n",), moves_max=3, hows=("rolling",), readies=("ready",), catch_ups=(True,), overlaps=(False,)),
    Space(services=("a", "b", "c"), jobs=("j",), moves_max=3, hows=("rolling",), readies=("ready",), overlaps=(False,)),
]  # fmt: skip


@pytest.mark.parametrize("space", SMALL)
def test_the_size_of_a_space_is_how_many_whole_plans_there_are(space: Space) -> None:
    """Counted without making them; here by making every one."""
    made = {
        space.whole(Plan(moves))
        for length in range(space.moves_max + 1)
        for moves in product(space.moves(), repeat=length)
    }

    assert space.size() == len(made)


@given(plan=near_plans)
def test_a_whole_plan_can_be_carried_out_and_leaves_everything_up(plan: Plan) -> None:
    """And is not changed by being made whole again."""
    whole = NEAR.whole(plan)

    assert NEAR.check(whole).down == ()
    assert NEAR.whole(whole) == whole


@given(plan=near_plans)
def test_a_plan_that_is_whole_stays_as_it_is(plan: Plan) -> None:
    """Nothing is taken from a plan that can be carried out and leaves everything up."""
    try:
        leaves_all_up = NEAR.check(plan).down == ()
    except HarnessError:
        leaves_all_up = False

    assert (NEAR.whole(plan) == plan) == leaves_all_up


def size(plan: Plan) -> tuple[int, int]:
    """Moves, and what is said of them."""
    return len(plan.moves), sum(len(move.options()) for move in plan.moves)


#: Spaces where what `whole` adds says more than nothing.
AWKWARD = Space(services=("a", "b"), nodes=("a", "n"), jobs=("j",), readies=("started", "ready"), overlaps=(True, False))  # fmt: skip


@pytest.mark.parametrize("space", [NEAR, AWKWARD])
@given(plan=near_plans)
def test_simpler_plans_are_whole_and_simpler(space: Space, plan: Plan) -> None:
    """So that whoever shrinks by them comes to an end, with a plan that can be carried out."""
    whole = space.whole(plan)
    simpler = list(space.smaller(whole))

    assert len(set(simpler)) == len(simpler)
    for one in simpler:
        assert size(one) < size(whole)
        assert space.whole(one) == one
        assert space.check(one).down == ()


@given(plan=near_plans)
def test_every_element_of_a_plan_is_tried_to_be_left_out(plan: Plan) -> None:
    """What `smaller` does not yield would never be found superfluous: every move, every option."""
    whole = NEAR.whole(plan)
    simpler = set(NEAR.smaller(whole))

    for index, move in enumerate(whole.moves):
        without = NEAR.whole(Plan(whole.moves[:index] + whole.moves[index + 1 :]))
        assert without in simpler or size(without) >= size(whole)
        if move.options():
            assert any(
                len(less.moves) == len(whole.moves)
                and less.moves[index].target == move.target
                and len(less.moves[index].options()) < len(move.options())
                for less in simpler
            )


def test_the_longest_plan_has_simpler_ones() -> None:
    """Though what makes them whole would make some of them too long."""
    space = Space(services=("a", "b"))
    plan = Plan((*[Pause(1)] * 198, Stop("a"), Stop("b")))

    assert all(len(less.moves) <= 200 for less in space.smaller(plan))


@settings(max_examples=50)
@given(data=st.data())
def test_drawn_plans_are_from_the_space(data: st.DataObject) -> None:
    """Whole, not empty, and of moves that the space has."""
    space = Space(services=("a", "b"), nodes=("n",), jobs=("j",), moves_max=3, drains_s=(None, 1.0))
    plan = data.draw(drawn_plans(space))

    assert plan.moves
    assert space.whole(plan) == plan
    assert len(plan.moves) <= space.moves_max + len(space.services)
    assert set(plan.moves) <= set(space.moves())
