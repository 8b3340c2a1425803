"""What a plan does to services: in every interleaving, unless a test says otherwise."""

from __future__ import annotations

from typing import Literal

import pytest
import trio

import harness
from harness.plans import AnyMove, Copy, Pause, Promote, Restart, Run, Start, Stop
from tests.unit.world.fleet.stage import Stage, carried, counts, led_to, often, resets, serve
from tests.unit.world.stage import every, failed, holds, holds_always, once

DOWN_AND_UP = ["a#1 stops", "a#2 starts", "a#2 ready"]


@pytest.mark.parametrize(
    "moves", [(Restart("a"),), (Restart("a", how="rolling"),), (Stop("a"), Start("a"))]
)
def test_a_restart_waits_for_the_end_and_then_for_readiness(moves: tuple[AnyMove, ...]) -> None:
    """The old incarnation has stopped before the next one starts; the plan goes on when that is ready."""

    async def after(stage: Stage) -> None:
        assert stage.record.lines == DOWN_AND_UP

    assert holds_always(carried(*moves, after=after)) > 1


def test_a_start_that_waits_for_nothing_goes_on_at_once() -> None:
    """`ready="started"`: the plan is over before the service is ready in some orders, not in all."""
    seen = set()

    async def after(stage: Stage) -> None:
        await stage.markets.get("BTC")
        seen.add(tuple(stage.record.lines))

    holds_always(carried(Restart("a", ready="started"), after=after))
    assert tuple(DOWN_AND_UP) in seen
    assert tuple(DOWN_AND_UP[:2]) in seen


def test_a_stop_leaves_a_service_down() -> None:
    """And there it stays."""

    async def after(stage: Stage) -> None:
        await trio.sleep(100)
        assert stage.record.lines == ["a#1 stops"]
        assert not any(process.alive for process in stage.fleet.services["a"].processes)

    holds_always(carried(Stop("a"), after=after))


async def slow(stage: Stage) -> None:
    """Takes 10 s to stop."""
    await stage.world.ready()
    await stage.world.termination()
    stage.add(f"{stage.label} drains")
    await trio.sleep(10)
    stage.add(f"{stage.label} has drained")


@pytest.mark.parametrize(("drain_s", "end"), [(None, 10), (11, 10), (3, 3), (0, 0)])
@pytest.mark.parametrize("instances", [1, 2])
def test_who_drains_too_long_is_killed(drain_s: float | None, end: float, instances: int) -> None:
    """After `drain_s`; without it, never. Several instances drain at the same time."""

    async def after(stage: Stage) -> None:
        assert stage.world.now == end
        drained = sum("has drained" in line for line in stage.record.lines)
        assert drained == (instances if end == 10 else 0)

    holds(carried(Stop("a", drain_s=drain_s), a=slow, after=after, instances=instances))


def test_instances_of_a_service_stop_in_any_order_and_together() -> None:
    """As they are asked all at once: each may be the first, and both may be draining."""
    seen = set()

    async def after(stage: Stage) -> None:
        seen.add(tuple(stage.record.lines))

    holds_always(
        carried(Stop("a"), a=slow, after=after, instances=2),
        time_model=harness.bounded(stall_s=0),
    )
    assert ("a-1#1 drains", "a-2#1 drains", "a-1#1 has drained", "a-2#1 has drained") in seen
    assert ("a-2#1 drains", "a-1#1 drains", "a-2#1 has drained", "a-1#1 has drained") in seen


def up(lines: list[str]) -> list[set[str]]:
    """Which incarnations had started and not stopped, after each line."""
    there: set[str] = {"a-1#1", "a-2#1"}
    states = [set(there)]
    for line in lines:
        label, _, what = line.rpartition(" ")
        if what == "starts":
            there.add(label)
        elif what == "stops":
            there.discard(label)
        states.append(set(there))
    return states


def test_in_a_full_downtime_nobody_is_up() -> None:
    """Between the last stop and the first start, whatever the order."""

    async def after(stage: Stage) -> None:
        assert set() in up(stage.record.lines)
        assert up(stage.record.lines)[-1] == {"a-1#2", "a-2#2"}
        assert all("stops" in line for line in stage.record.lines[:2])

    often(carried(Restart("a"), after=after, instances=2))


def test_a_rolling_restart_keeps_the_others_up() -> None:
    """At most one instance is down, and the second is touched only when the first is ready."""

    async def after(stage: Stage) -> None:
        assert min(map(len, up(stage.record.lines))) == 1
        assert max(map(len, up(stage.record.lines))) == 2
        assert stage.at("a-1#2 ready") < stage.at("a-2#1 stops")

    assert holds_always(carried(Restart("a", how="rolling"), after=after, instances=2)) > 1


@pytest.mark.parametrize(
    ("how", "instances"), [("full-downtime", 2), ("rolling", 2), ("blue-green", 1)]
)
def test_a_property_sees_whether_somebody_is_up(
    how: Literal["full-downtime", "rolling", "blue-green"], instances: int
) -> None:
    """As an operator would say it: of these, only a full downtime leaves nobody up."""

    async def served(stage: Stage) -> None:
        service = stage.fleet.services["a"]
        if stage.label == "b#1":
            everybody = [*service.processes]

            def somebody_is_up() -> bool:
                return any(process.alive for process in [*everybody, *service.processes])

            stage.world.always("somebody is up", somebody_is_up)
        await stage.world.ready()
        await stage.world.termination()

    made = carried(Restart("a", how=how), b=served, instances=instances)
    result = harness.explore(made, strategy="dpor", shrink=False)
    assert failed(result) == (["somebody is up"] if how == "full-downtime" else [])


def test_in_a_blue_green_restart_both_are_up() -> None:
    """The old ones are stopped only when all of the new ones are ready."""

    async def after(stage: Stage) -> None:
        both = {"a-1#1", "a-2#1", "a-1 green#1", "a-2 green#1"}
        assert both in up(stage.record.lines)
        assert min(map(len, up(stage.record.lines))) == 2
        assert up(stage.record.lines)[-1] == {"a-1 green#1", "a-2 green#1"}
        ready = max(stage.at("a-1 green#1 ready"), stage.at("a-2 green#1 ready"))
        assert ready < min(stage.at("a-1#1 stops"), stage.at("a-2#1 stops"))

    often(carried(Restart("a", how="blue-green"), after=after, instances=2))


def test_blue_and_green_take_turns() -> None:
    """The second blue-green restart starts what the first one has stopped, with nothing remembered."""

    async def after(stage: Stage) -> None:
        changes = [line for line in stage.record.lines if not line.endswith("ready")]
        assert changes == ["a green#1 starts", "a#1 stops", "a#2 starts", "a green#1 stops"]

    again = Restart("a", how="blue-green")
    assert holds_always(carried(again, again, after=after)) > 1


def test_both_run_for_the_overlap_that_is_asked_for() -> None:
    """At least so long, from when the new one is up."""

    async def timed(stage: Stage) -> None:
        await stage.world.ready()
        await stage.world.termination()
        stage.add(str(stage.world.now))

    async def after(stage: Stage) -> None:
        assert float(stage.record.lines[0]) >= 7

    holds_always(carried(Restart("a", how="blue-green", overlap_s=7), a=timed, after=after))


async def fails_twice(stage: Stage) -> None:
    """Ends before it is ready, in its second and third incarnation."""
    assert stage.world.process is not None
    if stage.world.process.incarnation not in (2, 3):
        await serve(stage)


@pytest.mark.parametrize("how", ["full-downtime", "rolling"])
def test_a_start_is_tried_again(how: Literal["full-downtime", "rolling"]) -> None:
    """As often as the plan says."""

    async def after(stage: Stage) -> None:
        assert stage.record.lines == ["a#1 stops", "a#4 starts", "a#4 ready"]

    holds_always(carried(Restart("a", how=how, retries=2), a=fails_twice, after=after))


def test_a_start_that_is_not_tried_again_fails_the_plan() -> None:
    """A violation that names the move and every incarnation that was tried."""
    result = every(carried(Stop("a"), Start("a", retries=1), a=fails_twice))

    assert failed(result) == ["main raises nothing (MoveFailed)"]
    assert (
        "main raised MoveFailed: move 2, start a, retries 1: a#2, a#3 ended before it was ready"
        in result.violations[0].message
    )


def test_an_instance_that_ends_while_another_is_waited_for_is_no_free_attempt() -> None:
    """It has ended before it was ready: without retries that fails, whoever was waited for first."""

    async def second_fails(stage: Stage) -> None:
        if stage.label != "a-2#2":
            await serve(stage)

    failure = "restart a: a-2#2 ended before it was ready"
    often(carried(Restart("a"), a=second_fails, instances=2, fails=failure))


def test_who_never_says_that_it_is_ready_blocks_the_plan() -> None:
    """As on a Monday. The harness says who waits for what."""

    async def silent(stage: Stage) -> None:
        await stage.world.termination()

    result = once(carried(Restart("a"), a=silent))
    assert failed(result) == ["no deadlock"]
    assert "main waits for the world: wait for flag a#2 ready" in result.violations[0].message


def test_an_overlap_that_fails_raises_what_a_plan_without_overlap_raises() -> None:
    """So that a scenario can catch `MoveFailed` whatever the plan is."""
    failure = "move 1, restart a, overlap: a#2 ended"
    holds(carried(Restart("a", overlap=True), Pause(1), a=fails_twice, fails=failure))


def test_when_the_new_ones_fail_the_old_ones_stay() -> None:
    """A blue-green restart that fails has cost nothing: the old instance is up, and counts."""

    async def only_blue(stage: Stage) -> None:
        if "green" not in stage.label:
            await serve(stage)

    async def after(stage: Stage) -> None:
        process = stage.fleet.services["a"].processes[0]
        assert process.label == "a#1"
        assert process.alive

    failure = "move 1, restart a, blue-green: a green#1 ended"
    holds_always(carried(Restart("a", how="blue-green"), a=only_blue, after=after, fails=failure))


# ---- brute force is the referee -------------------------------------------------------------------


MEANWHILE = Run("warm up", overlap=True)
TINY: dict[str, tuple[AnyMove, ...]] = {
    "stop": (MEANWHILE, Stop("a")),
    "killed": (MEANWHILE, Stop("a", drain_s=0)),
    "stop and start": (Stop("a"), MEANWHILE, Start("a")),
    "started": (MEANWHILE, Restart("a", ready="started")),
    "rolling": (MEANWHILE, Restart("a", how="rolling")),
    "blue-green": (Restart("a", how="blue-green", ready="started"),),
    "copy": (MEANWHILE, Copy("markets")),
    "promote": (Stop("a"), Copy("markets"), MEANWHILE, Promote("markets", catch_up=False)),
    "promote, caught up": (Copy("markets", overlap=True), Stop("a"), Promote("markets")),
    "no fence": (Copy("markets"), MEANWHILE, Promote("markets", fence=False)),
    "job": (MEANWHILE, Stop("a", overlap=True), Run("warm up")),
    "pause": (MEANWHILE, Pause(1)),
    "same target": (Stop("a", overlap=True), Start("a", ready="started")),
}


@pytest.mark.parametrize("moves", TINY.values(), ids=list(TINY))
def test_the_reduction_agrees_with_brute_force(moves: tuple[AnyMove, ...]) -> None:
    """`dpor` finds every outcome that `dfs` finds, and no other, in no more schedules."""
    outcomes: dict[str, set[tuple[object, ...]]] = {"dfs": set(), "dpor": set()}
    schedules: dict[str, int] = {}
    for strategy, seen in outcomes.items():

        async def after(stage: Stage, seen: set[tuple[object, ...]] = seen) -> None:
            service = stage.fleet.services["a"]
            states = [process.exit_status.kind for process in service.processes]
            seen.add((await led_to(stage), *states, *stage.record.lines))

        made = carried(*moves, a=counts, job=resets, after=after)
        result = harness.explore(made, strategy=strategy, shrink=False)
        assert result.complete
        seen |= {(violation.property, violation.message) for violation in result.violations}
        schedules[strategy] = result.schedules
    assert outcomes["dfs"] == outcomes["dpor"]
    assert schedules["dpor"] <= schedules["dfs"]
