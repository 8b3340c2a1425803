"""What a plan does to databases, with jobs and with time; and what overlaps."""

from __future__ import annotations

import pytest
import trio

import harness
from harness.plans import AnyMove, Copy, Pause, Plan, Promote, Restart, Run, Start, Stop
from harness.world.database.errors import DatabaseError
from tests.unit.world.fleet.stage import SPACE, Stage, carried, led_to, nothing, often, one_more
from tests.unit.world.stage import failed, holds, holds_always, once

# ---- databases ------------------------------------------------------------------------------------


def test_what_is_committed_before_a_copy_is_on_the_new_node() -> None:
    """And everybody connects to that from then on, in every order."""

    async def after(stage: Stage) -> None:
        assert await led_to(stage) == 2
        assert stage.markets.node.name == "node 2"

    holds_always(carried(Run("warm up"), Copy("markets"), Promote("markets"), job=one_more, after=after))  # fmt: skip


@pytest.mark.parametrize("catch_up", [True, False])
def test_a_promotion_that_waits_until_it_has_caught_up_loses_nothing(catch_up: bool) -> None:
    """One that does not wait may lose what was written after the copy, or may not."""
    seen = set()

    async def after(stage: Stage) -> None:
        seen.add(await led_to(stage))

    moves = (Copy("markets"), Run("warm up"), Promote("markets", catch_up=catch_up))
    holds_always(carried(*moves, job=one_more, after=after))
    assert seen == ({2} if catch_up else {1, 2})


@pytest.mark.parametrize("fence", [True, False])
def test_a_fence_keeps_the_old_node_from_taking_writes(fence: bool) -> None:
    """Without it, whoever is connected goes on writing there, and nobody ever sees what was accepted."""

    async def writes_later(stage: Stage) -> None:
        await stage.markets.get("BTC")  # connects
        await stage.world.ready()
        await stage.promoted.wait()
        try:
            await stage.markets.put("BTC", 9)
        except DatabaseError:
            stage.add("refused")
        else:
            stage.add("written")

    async def after(stage: Stage) -> None:
        await stage.promoted.set()
        await stage.fleet.services["a"].processes[0].wait()
        lost = stage.record.lines == ["written"] and await led_to(stage) == 1
        assert lost is not fence

    holds_always(carried(Copy("markets"), Promote("markets", fence=fence), a=writes_later, after=after))  # fmt: skip


def test_a_node_can_be_replaced_twice() -> None:
    """Each node has a number, and the last one is the one that counts."""

    async def after(stage: Stage) -> None:
        assert stage.markets.node.name == "node 3"

    again = (Copy("markets"), Promote("markets", catch_up=False))
    holds_always(carried(*again, *again, after=after))


# ---- jobs, and time ---------------------------------------------------------------------------------


def test_a_job_is_done_again_when_it_raises() -> None:
    """As often as the plan says, and no more once it is done."""

    async def third_time(stage: Stage) -> None:
        stage.add("tried")
        await trio.sleep(1)
        if len(stage.record.lines) < 3:
            raise RuntimeError("not yet")

    async def after(stage: Stage) -> None:
        assert stage.record.lines == ["tried"] * 3

    holds_always(carried(Run("warm up", retries=5), job=third_time, after=after))


@pytest.mark.parametrize("moves", [(Run("warm up"),), (Run("warm up", overlap=True), Pause(9))])
def test_what_a_job_raises_at_last_is_a_violation(moves: tuple[AnyMove, ...]) -> None:
    """Of the plan: it says which move, and why, whether the job overlaps or not."""

    async def fails(stage: Stage) -> None:
        raise RuntimeError("the cache is gone")

    result = once(carried(*moves, job=fails))
    assert failed(result) == ["main raises nothing (MoveFailed)"]
    assert f"move 1, {moves[0]}: RuntimeError: the cache is gone" in result.violations[0].message
    assert not result.violations[0].by_scenario


def test_an_assertion_in_a_job_stays_what_it_is() -> None:
    """It is a property that somebody wrote down: no failure of the plan, and nothing to try again."""

    async def asserts(stage: Stage) -> None:
        stage.add("tried")
        assert len(stage.record.lines) > 1, "no time has passed"

    result = once(carried(Run("warm up", retries=3), job=asserts))
    assert failed(result) == ["main raises nothing (AssertionError)"]
    assert "no time has passed" in result.violations[0].message


def test_a_job_that_is_not_done_before_the_plan_is_cancelled_is_not_done_again() -> None:
    """A cancellation is no failure of the job."""

    async def for_ever(stage: Stage) -> None:
        stage.add("tried")
        await trio.sleep_forever()

    async def maintenance(world: harness.World) -> None:
        stage = Stage(world)
        stage.fleet.job("warm up", lambda: for_ever(stage))
        with trio.move_on_after(5):
            await stage.fleet.carry_out()
        assert stage.record.lines == ["tried"]

    space = harness.plans.Space(jobs=("warm up",))
    plan = Plan((Run("warm up", retries=9),))
    holds_always(harness.scenario(plans=space, plan=plan)(maintenance))


@pytest.mark.parametrize(
    ("moves", "end"),
    [
        ((Pause(2), Pause(3)), 5),
        ((Pause(3, overlap=True), Pause(3)), 3),
        ((Pause(2, overlap=True), Pause(3)), 3),
        ((Run("warm up"), Run("warm up")), 20),
        ((Run("warm up", overlap=True), Pause(4)), 10),
        ((Run("warm up", overlap=True), Run("warm up")), 20),
        ((Run("warm up", overlap=True), Stop("a", overlap=True), Pause(4)), 10),
    ],
)
def test_overlapping_moves_take_as_long_as_the_longest(
    moves: tuple[AnyMove, ...], end: float
) -> None:
    """But for moves on one target, which are made one after the other. A pause has no target."""

    async def ten_seconds(stage: Stage) -> None:
        await trio.sleep(10)

    async def after(stage: Stage) -> None:
        assert stage.world.now == end

    holds(carried(*moves, job=ten_seconds, after=after))


# ---- what overlaps ----------------------------------------------------------------------------------


@pytest.mark.parametrize("overlap", [True, False])
def test_a_move_that_overlaps_is_under_way_while_the_next_one_is_made(overlap: bool) -> None:
    """In some orders; the next may also be done before. Without overlap there is one order."""
    seen = set()

    async def job(stage: Stage) -> None:
        stage.add("warm")
        await stage.markets.get("BTC")
        stage.add("warmed up")

    async def stopping(stage: Stage) -> None:
        await stage.world.ready()
        await stage.world.termination()
        stage.add("stops")

    async def after(stage: Stage) -> None:
        seen.add(tuple(stage.record.lines))

    holds_always(carried(Run("warm up", overlap=overlap), Stop("a"), a=stopping, job=job, after=after))  # fmt: skip
    one_after_the_other = {("warm", "warmed up", "stops")}
    overlapping = {("warm", "stops", "warmed up")}
    assert overlapping <= seen if overlap else seen == one_after_the_other


def test_two_moves_on_one_target_never_overlap() -> None:
    """Though both say that they do: the second waits until the first is done."""

    async def strict(stage: Stage) -> None:
        stage.add(f"{stage.label} up")
        await stage.world.ready()
        await stage.world.termination()
        stage.add(f"{stage.label} down")

    async def after(stage: Stage) -> None:
        assert stage.record.lines == [
            *("a#1 down", "a#2 up", "a green#1 up", "a#2 down"),
            *("a green#1 down", "a green#2 up"),
        ]

    moves = (
        Restart("a", overlap=True),
        Restart("a", how="blue-green", overlap=True),
        Stop("a", overlap=True),
        Run("warm up", overlap=True),
        Start("a"),
    )
    often(carried(*moves, a=strict, after=after))


def test_two_services_restart_at_the_same_time() -> None:
    """Both may be down at once; neither waits for the other."""
    seen = set()

    async def tells(stage: Stage) -> None:
        await stage.world.ready()
        await stage.world.termination()
        stage.add(f"{stage.label} down")
        await stage.markets.get("BTC")
        stage.add(f"{stage.label} gone")

    async def after(stage: Stage) -> None:
        seen.add(tuple(stage.record.lines))

    often(carried(Restart("a", overlap=True), Restart("b"), a=tells, b=tells, after=after))
    assert ("a#1 down", "b#1 down", "a#1 gone", "b#1 gone") in seen
    assert ("b#1 down", "b#1 gone", "a#1 down", "a#1 gone") in seen


# ---- plans after plans, and who carries them out ----------------------------------------------------


def test_a_second_plan_begins_where_the_first_has_ended() -> None:
    """What is down can be started, what has been copied can be promoted."""

    async def after(stage: Stage) -> None:
        await stage.fleet.carry_out(Plan((Start("a"), Promote("markets"))))
        assert stage.fleet.services["a"].processes[0].label == "a#2"
        assert stage.markets.node.name == "node 2"
        await stage.fleet.carry_out(Plan((Restart("a"),)))
        assert stage.fleet.services["a"].processes[0].label == "a#3"

    holds(carried(Stop("a"), Copy("markets"), after=after))


@pytest.mark.parametrize("overlap", [True, False])
def test_a_process_can_carry_a_plan_out_and_again_when_it_was_killed(overlap: bool) -> None:
    """An operator that is killed at any step, and starts again from the first move, comes to the end."""

    async def maintenance(world: harness.World) -> None:
        stage = Stage(world)

        async def main() -> None:
            await world.ready()
            await world.termination()

        for name in SPACE.services:
            stage.fleet.service(name, main, killable=False)
        stage.fleet.node("markets", stage.markets)
        stage.fleet.job("warm up", lambda: nothing(stage))
        await world.settle()
        operator = world.start(stage.fleet.carry_out, name="operator")
        world.supervise(operator, backoff_s=0)
        while operator.exit_status.kind != "returned":
            await operator.wait()
            await trio.sleep(1)
        assert stage.markets.node.name in ("node 2", "node 3")
        assert all(service.processes[0].alive for service in stage.fleet.services.values())

    plan = Plan(
        (
            Restart("a", overlap=overlap),
            Copy("markets"),
            Stop("b", overlap=overlap),
            Promote("markets", overlap=overlap),
            Start("b"),
        )
    )
    made = harness.scenario(plans=SPACE, plan=plan, faults={"kill": 1})(maintenance)
    result = harness.explore(made, strategy="random", schedules=150, shrink=False)
    assert not result.violations, result.violations[0].message
    assert result.faults[0].hit["operator#1"] > 10


@pytest.mark.parametrize(("retries", "verdict"), [(0, "violated"), (1, "exhausted")])
def test_a_kill_while_a_service_starts_is_what_retries_are_for(retries: int, verdict: str) -> None:
    """One kill, at every step of the plan: with one retry it ends well in every run."""

    async def main(stage: Stage) -> None:
        await stage.world.ready()
        await stage.world.termination()

    async def after(stage: Stage) -> None:
        assert not stage.fleet.run.closing

    made = carried(Restart("a", retries=retries), a=main, after=after, faults={"kill": 1})
    for strategy in ("dfs", "dpor"):
        result = harness.explore(made, strategy=strategy, shrink=False)
        assert result.verdict == verdict
        assert {v.property for v in result.violations} == (
            set() if retries else {"main raises nothing (MoveFailed)"}
        )
