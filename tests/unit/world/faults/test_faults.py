"""What holds for faults of every kind: budgets, when they may strike, and what is told of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

import harness
from harness.cli.reading import fault_budgets
from harness.errors import BadFaultBudget, UnknownFault
from tests.quality.outcomes import outcomes_of, see
from tests.unit.world.stage import Record, every, failed


def offers(world: harness.World, count: int, record: Record) -> list[Any]:
    """So many pending faults, each of which writes itself down."""
    return [
        world.faults.offer("kill", f"thing {number}", partial(record.add, number))
        for number in range(count)
    ]


@pytest.mark.parametrize("budget", [0, 1, 2, 3])
def test_a_run_has_no_more_faults_than_its_budget(budget: int) -> None:
    """And every set of so many of them is tried."""
    seen: set[tuple[str, ...]] = set()

    async def scenario(world: harness.World) -> None:
        record = Record()
        offers(world, 3, record)
        await trio.lowlevel.checkpoint()
        await trio.sleep(1)
        seen.add(tuple(sorted(record.lines)))

    result = every(scenario, faults={"kill": budget})
    sizes = {len(struck) for struck in seen}
    assert sizes == set(range(budget + 1))
    assert len(seen) == {0: 1, 1: 4, 2: 7, 3: 8}[budget]
    assert result.bounds["faults"] == ({"kill": budget} if budget else {})


def test_what_the_scenario_says_holds_until_somebody_says_otherwise() -> None:
    """`faults=` of `explore` takes the place of all that the scenario declares."""

    @harness.scenario(faults={"kill": 2})
    async def declared(world: harness.World) -> None:
        see(world.faults.left("kill"))

    def left(**options: Any) -> list[str]:
        (outcome,) = outcomes_of(declared, **options).seen
        return [value for _, values in outcome[3] for value in values]

    assert left() == ["2"]
    assert left(faults={"kill": 1}) == ["1"]
    assert left(faults={}) == ["0"]


def test_none_strikes_before_things_have_settled_or_while_recovery_is_judged() -> None:
    """Nor does a choice within a step; both may in between."""
    struck: set[str] = set()

    async def scenario(world: harness.World) -> None:
        healthy = world.flag("healthy")
        run = Record().run

        def note(how: str) -> None:
            when = "settling" if not run.exploring else "explored"
            struck.add(f"{when if run.heal_until is None else 'healing'}, {how}")

        async def service() -> None:
            while True:
                await trio.sleep(1)
                if world.faults.choose("kill", "a step", ["no", "yes"]):
                    note("within a step")
                if run.heal_until is not None:
                    await healthy.set()

        for number in range(2):
            world.faults.offer("kill", f"{number}", lambda: note("beside"))
        world.start(service, killable=False)
        await world.settle()
        await trio.sleep(1.5)
        world.eventually("it recovers", healthy.peek, within_s=5)

    assert every(scenario, faults={"kill": 1}).verdict == "exhausted"
    assert struck == {"explored, beside", "explored, within a step"}


def test_one_that_is_withdrawn_never_strikes() -> None:
    """And to withdraw it again, or after it has struck, is nothing."""

    async def scenario(world: harness.World) -> None:
        record = Record()
        one, other = offers(world, 2, record)
        one.withdraw()
        one.withdraw()
        await trio.lowlevel.checkpoint()
        other.withdraw()
        await trio.lowlevel.checkpoint()
        assert "0" not in record.lines
        lived = list(record.lines)
        await trio.sleep(1)
        assert record.lines == lived

    assert every(scenario, faults={"kill": 2}).verdict == "exhausted"


def test_a_fault_within_a_step_is_a_choice_whose_first_option_is_none() -> None:
    """Others cost budget; without any there is no choice."""
    seen: set[tuple[int, ...]] = set()

    async def scenario(world: harness.World) -> None:
        taken = [world.faults.choose("kill", f"write {n}", ["no", "a", "b"]) for n in range(3)]
        seen.add(tuple(taken))

    result = every(scenario, faults={"kill": 1})
    assert len(seen) == result.schedules == 7
    assert all(sum(map(bool, taken)) <= 1 for taken in seen)


@pytest.mark.parametrize("wrong", [{"kil": 1}, {"kill": -1}, {"kill": True}, {"kill": 1.5}, 3])
def test_what_cannot_be_is_refused_at_every_door(wrong: Any) -> None:
    """In the declaration, where it is explored, and by the world."""

    async def scenario(world: harness.World) -> None:
        world.faults.left("kil")

    with pytest.raises((UnknownFault, BadFaultBudget)):
        harness.scenario(faults=wrong)(scenario)
    with pytest.raises((UnknownFault, BadFaultBudget)):
        harness.explore(scenario, faults=wrong)
    with pytest.raises(UnknownFault, match="there are: kill"):
        harness.explore(scenario)


# ---- what is told of them ------------------------------------------------------------------------


def _told() -> Any:
    @harness.scenario(faults={"kill": 1})
    async def told(world: harness.World) -> None:
        hit: list[int] = []
        for number in range(2):
            world.faults.offer("kill", f"thing {number}", partial(hit.append, number))
        await trio.lowlevel.checkpoint()
        await trio.sleep(1)
        assert hit != [1]

    return told


def test_a_result_says_how_often_which_kind_struck_what() -> None:
    """Over all schedules, whether they failed or not."""
    result = every(_told())
    (use,) = result.faults
    assert (use.kind, use.budget, use.fired) == ("kill", 1, sum(use.hit.values()))
    assert set(use.hit) == {"thing 0", "thing 1"}
    assert "kill struck" in use.in_words()
    assert failed(result)


def test_a_kind_that_never_struck_makes_no_pass() -> None:
    """What might have gone wrong and never did proves nothing."""

    async def quiet(world: harness.World) -> None:
        world.note("nothing to hit")

    result = every(quiet, faults={"kill": 1})
    assert result.complete
    assert result.verdict == "inconclusive"
    assert result.never_struck == ("kill",)
    assert every(quiet).verdict == "exhausted"


def test_a_trace_has_the_faults_and_a_replay_makes_them_again() -> None:
    """Whatever the scenario declares by then."""
    made = _told()
    (violation,) = harness.explore(made, strategy="dfs", faults={"kill": 2}).violations
    assert violation.trace.faults == {"kill": 2}
    assert "fault kill thing 1" in [choice.pick for choice in violation.trace.choices]
    assert harness.replay(violation.trace, scenario=made).digest == violation.trace.digest


def test_a_failure_that_needs_no_fault_is_shown_without() -> None:
    """Even where a fault would make it shorter."""

    async def either(world: harness.World) -> None:
        hit: list[str] = []
        world.faults.offer("kill", "it", lambda: hit.append("fault"))

        async def other() -> None:
            hit.append("other")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            assert not hit

    for seed in range(2):
        (violation,) = harness.explore(
            either, strategy="random", schedules=20, faults={"kill": 1}, seed=seed
        ).violations
        assert not any(choice.pick.startswith("fault") for choice in violation.trace.choices)


def test_a_search_that_is_gone_on_with_has_the_same_faults(tmp_path: Path) -> None:
    """They are part of which search it is, and its counts go on."""
    made = _told()
    whole = harness.explore(made, strategy="dfs", shrink=False)
    half = harness.explore(made, strategy="dfs", shrink=False, schedules=3)
    rest = harness.explore(made, strategy="dfs", shrink=False, resume=half.search)
    assert rest.faults == whole.faults
    with pytest.raises(harness.HarnessError, match="faults at most 1 kill"):
        harness.explore(made, strategy="dfs", faults={}, resume=half.search)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("kill=1", {"kill": 1}),
        (("kill=1", "drop=2"), {"kill": 1, "drop": 2}),
        ("none", {}),
        (("none",), {}),
        ({"kill": 3}, {"kill": 3}),
    ],
)
def test_budgets_are_read_from_the_command_line_and_from_tables(written: Any, read: Any) -> None:
    """One way to write them for each place."""
    assert fault_budgets(written, Path()) == read


@pytest.mark.parametrize("written", ["kill", "kill=x", "kill=-1", "", {"kill": None}])
def test_budgets_that_are_none_are_refused(written: Any) -> None:
    """With what would be one."""
    with pytest.raises(ValueError, match="kill=1,drop=2"):
        fault_budgets(written, Path())
