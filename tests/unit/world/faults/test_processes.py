"""What may happen to a process: it is killed, asked to stop, or held up."""

from __future__ import annotations

import pytest
import trio

import harness
from harness.model import Cell
from tests.quality.outcomes import keep, see
from tests.unit.world.faults.agree import agreed, seen_by
from tests.unit.world.stage import Record, every, failed, holds_always

STEPS = 4


def _counting(seen: list[int]) -> harness.Scenario:
    @harness.scenario(faults={"kill": 1}, assume_independent=True)
    async def counting(world: harness.World) -> None:
        """A service of four steps, each of which it could die before."""
        store = world.database("store", {})
        other = world.database("other", {})

        async def service() -> None:
            for step in range(STEPS):
                await store.put(step, True)

        async def neighbour() -> None:
            await other.put("busy", True)

        process = world.start(service)
        world.start(neighbour, killable=False)
        await process.wait()
        done = len(store.peek_all())
        killed = process.exit_status.kind == "killed"
        seen.append(done if killed else -1)

    made: harness.Scenario = counting
    return made


def test_a_kill_visits_every_schedule_point_of_a_service() -> None:
    """Under `dfs` in every interleaving with others; under `dpor` those are one and the same.

    At each of its statements the kill comes before it, or while it is under way: then it was done, or
    was not. Lost and not sent come to the same, so there are as many prefixes as points and one.
    """
    seen: list[int] = []
    brute = every(_counting(seen))
    assert brute.verdict == "exhausted"
    assert set(seen) == {-1, *range(STEPS + 1)}
    assert min(seen.count(done) for done in range(STEPS)) > 2

    seen.clear()
    reduced = harness.explore(_counting(seen), strategy="dpor", shrink=False)
    assert reduced.verdict == "exhausted"
    assert set(seen) == {-1, *range(STEPS + 1)}
    # No fault; before each statement, which is when it is lost as well; and done on the way.
    assert reduced.classes == 1 + STEPS + STEPS
    assert reduced.schedules < brute.schedules / 4


def test_a_commit_under_way_was_done_or_was_not() -> None:
    """And its client is dead before it hears of it."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"x": 0})

        async def service() -> None:
            async with store.transaction() as session:
                await session.put("x", 1)
            see("heard")

        process = world.start(service)
        await process.wait()
        keep(store)

    outcomes = agreed(scenario, faults={"kill": 1})
    states = {(dict(outcome[3]).get("service#1", ()), outcome[4]) for outcome in outcomes}
    assert ((), ("[('x', 0)]",)) in states
    assert ((), ("[('x', 1)]",)) in states
    assert (("'heard'",), ("[('x', 1)]",)) in states
    assert (("'heard'",), ("[('x', 0)]",)) not in states


def test_a_supervisor_starts_it_again_and_is_spared_itself() -> None:
    """Wherever it was killed, and as often as the budget says."""
    incarnations: set[int] = set()

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep(1)

        process = world.start(service)
        world.supervise(process)
        await trio.sleep(20)
        assert process.exit_status.kind == "returned"
        incarnations.add(process.incarnation)

    result = every(scenario, faults={"kill": 2})
    assert result.verdict == "exhausted"
    assert incarnations == {1, 2, 3}
    assert set(result.faults[0].hit) == {"service#1", "service#2"}


def test_what_must_not_be_killed_is_not() -> None:
    """Nor asked to stop."""

    async def scenario(world: harness.World) -> None:
        async def client() -> None:
            await trio.sleep(1)

        process = world.start(client, killable=False)
        assert (await process.wait()).kind == "returned"

    assert every(scenario, faults={"kill": 1, "cancel": 1}).never_struck == ("kill", "cancel")


def test_whoever_is_asked_to_stop_cleans_up() -> None:
    """It sees the cancellation where it stands, and may finish what it shields."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"x": 0, "clean": False})

        async def service() -> None:
            try:
                await store.put("x", 1)
                await store.put("x", 2)
            except trio.Cancelled:
                see("cancelled")
                raise
            finally:
                with trio.CancelScope(shield=True):
                    await store.put("clean", True)

        process = world.start(service)
        see((await process.wait()).kind)
        assert store.peek("clean")
        keep(store)

    outcomes = agreed(scenario, faults={"cancel": 1})
    assert seen_by("main", outcomes) == {("'returned'",), ("'terminated'",)}
    assert {outcome[4] for outcome in outcomes} >= {("[('clean', True), ('x', 0)]",)}


def test_a_lease_holder_that_is_held_up_acts_after_its_lease() -> None:
    """Even where nobody is slow by the time model; its neighbours and its timers go on meanwhile."""

    async def scenario(world: harness.World) -> None:
        table = world.database("table", {"holder": "anna", "text": "anna"})

        async def anna() -> None:
            await trio.sleep(5)
            if trio.current_time() < 8:
                await table.put("text", "anna")

        async def bert() -> None:
            await trio.sleep(10)
            await table.put_all({"holder": "bert", "text": "bert"})

        world.always("only the holder writes", lambda: table.peek("text") == table.peek("holder"))
        world.start(anna)
        world.start(bert)
        await trio.sleep(30)

    timed = {"time_model": harness.bounded(stall_s=0)}
    assert every(scenario, **timed).verdict == "exhausted"
    assert failed(every(scenario, faults={"slow": 1}, **timed)) == ["only the holder writes"]


def test_whoever_is_held_up_goes_on_before_recovery_is_judged() -> None:
    """A pause is a fault, and liveness is judged after faults have stopped."""

    async def scenario(world: harness.World) -> None:
        done = world.flag("done")

        async def service() -> None:
            await trio.sleep(1)
            await done.set()

        world.start(service)
        world.eventually("it gets there", done.peek, within_s=5)

    result = every(scenario, faults={"slow": 2})
    assert result.verdict == "exhausted"
    assert result.faults[0].fired


def test_a_pause_that_lasts_to_the_end_is_over_then() -> None:
    """For the reduction, too, which asks what could still have happened."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.lowlevel.checkpoint()

        process = world.start(service)

        async def operator() -> None:
            await process.restart()

        world.start(operator)

    assert agreed(scenario, faults={"slow": 1})


def test_whoever_is_killed_while_it_is_held_up_stays_dead() -> None:
    """And nobody lets it go on."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            await trio.lowlevel.checkpoint()
            record.add("alive")

        process = world.start(service)
        await trio.lowlevel.checkpoint()
        process.kill()
        lines = list(record.lines)
        await trio.sleep(10)
        assert record.lines == lines

    assert holds_always(scenario, faults={"slow": 1})


def test_two_who_are_held_up_at_once_let_time_pass() -> None:
    """Then nobody can go on, which is not so once one of them does, whichever pause came first."""

    async def scenario(world: harness.World) -> None:
        async def one() -> None:
            await trio.lowlevel.checkpoint()
            second.kill()
            see("one")

        async def other() -> None:
            await trio.lowlevel.checkpoint()
            first.kill()
            see("other")

        first, second = world.start(one), world.start(other)
        await trio.sleep(9)
        see((first.alive, second.alive))

    assert seen_by("main", agreed(scenario, faults={"slow": 2})) == {
        ("(True, True)",),
        ("(False, False)",),
    }


@pytest.mark.parametrize("after_s", [0, 1])
def test_what_a_pause_delays_may_come_up_before_or_within_it(after_s: int) -> None:
    """Whoever is held up waits for a flag that somebody sets: what they write then comes late, in part."""

    async def scenario(world: harness.World) -> None:
        cell = Cell(0)
        flag = world.flag("flag")

        async def waiter() -> None:
            await flag.wait()
            if after_s:
                await trio.sleep(after_s)
            await cell.write(1)
            await cell.write(2)

        async def setter() -> None:
            await flag.set()

        async def observer() -> None:
            await trio.sleep(5)
            see(await cell.read())

        for main in (waiter, setter, observer):
            world.start(main)
        await trio.sleep(9)

    outcomes = agreed(scenario, faults={"slow": 1})
    assert {"0", "1", "2"} <= {value for seen in seen_by("observer#1", outcomes) for value in seen}


@pytest.mark.parametrize("budgets", [{}, {"kill": 1}])
def test_timers_that_are_taken_back_or_die_forbid_time_to_pass(budgets: dict[str, int]) -> None:
    """The reduction does not let time pass for a timer that is gone by then."""

    async def scenario(world: harness.World) -> None:
        async def sleeper() -> None:
            await trio.sleep(1)
            see("awake")

        process = world.start(sleeper)

        async def stopper() -> None:
            see((await process.terminate(grace_s=1)).kind)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stopper)

    assert agreed(scenario, faults=budgets, time_model="asynchronous")


@pytest.mark.soak
def test_several_faults_of_several_kinds_are_all_explored_by_the_reduction() -> None:
    """What uses a budget up races with what it bars."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"x": 0})

        async def one() -> None:
            see(await store.update("x", lambda x: x + 1))

        async def other() -> None:
            await store.put("x", 2)

        world.start(one)
        world.start(other)
        keep(store)

    assert len(agreed(scenario, faults={"kill": 1, "cancel": 1})) >= 5
