"""Time that goes wrong: sleeps that end early, deadlines that pass too soon, clocks that lie."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import trio

import harness
from tests.quality.outcomes import see
from tests.unit.world.faults.agree import agreed, seen_by


def test_a_sleep_ends_before_its_time() -> None:
    """And the clock says so."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await trio.sleep(5)
            see(trio.current_time())
            with trio.move_on_after(7) as limit:
                await trio.sleep(3)
            assert not limit.cancelled_caught

        world.start(service)
        await trio.sleep(60)

    outcomes = agreed(scenario, faults={"early_timer": 1})
    assert seen_by("service#1", outcomes) == {("0.0",), ("5.0",)}


def test_a_deadline_passes_too_soon_as_the_real_one_would() -> None:
    """`fail_after` raises, `move_on_after` moves on; sleeps are another kind."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"x": 0})

        async def service() -> None:
            try:
                with trio.fail_after(5):
                    await store.put("x", 1)
            except trio.TooSlowError:
                see("too slow")
            with trio.move_on_after(5) as limit:
                await store.put("x", 2)
            see(limit.cancelled_caught)
            await trio.sleep(1)
            see(trio.current_time())

        world.start(service)
        await trio.sleep(60)

    outcomes = agreed(scenario, faults={"timeout": 1})
    assert seen_by("service#1", outcomes) == {
        ("False", "1.0"),
        ("'too slow'", "False", "1.0"),
        ("True", "1.0"),
    }


def test_timers_of_the_scenario_itself_are_good() -> None:
    """It is the stage, not the play."""

    async def scenario(_world: harness.World) -> None:
        with trio.fail_after(2):
            await trio.sleep(1)
        assert trio.current_time() == 1

    result = harness.explore(scenario, faults={"early_timer": 1, "timeout": 1})
    assert result.never_struck == ("early_timer", "timeout")
    assert not result.violations


@pytest.mark.parametrize(
    ("kind", "errors_s"),
    [("skew", {(0, 0), (60, 60), (-60, -60)}), ("jump", {(0, 0), (0, 60), (0, -60)})],
)
def test_the_clock_of_a_process_lies_in_every_way_to_read_it(
    kind: str, errors_s: set[tuple[int, int]]
) -> None:
    """Only that one, and not to Trio; a skewed one from the start, one that jumps from then on."""

    async def scenario(world: harness.World) -> None:
        good = time.time()

        async def service() -> None:
            wrong = round(time.time() - good)
            assert round(datetime.now(UTC).timestamp() - good) == wrong
            assert world.clock.now == wrong
            await trio.lowlevel.checkpoint()
            see((wrong, round(time.time() - good)))
            assert trio.current_time() == time.monotonic() == 0

        world.start(service)
        await trio.lowlevel.checkpoint()
        assert time.time() == good

    seen = seen_by("service#1", agreed(scenario, faults={kind: 1}))
    assert seen == {(repr(pair),) for pair in errors_s}


def test_the_next_record_of_a_replica_is_late() -> None:
    """Then catching up ends without it, and whoever does not look at the lag promotes too little."""

    async def scenario(world: harness.World) -> None:
        store = world.database("store", {"x": 0})
        standby = await store.provision("second")
        await standby.copy(atomic=True)
        await store.put("x", 1)
        await standby.catch_up()
        see(standby.lag)
        await standby.promote(fence=True)
        see(store.peek("x"))

    outcomes = agreed(scenario, faults={"lag": 1})
    assert seen_by("main", outcomes) == {("0", "1"), ("1", "0")}
