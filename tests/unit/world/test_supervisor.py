"""Supervisors: services that come back, as under systemd or Kubernetes."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
import trio

import harness
from harness.errors import ProcessMisused
from tests.unit.world.stage import Record, holds, holds_always, once


async def forever() -> None:
    """Until somebody ends it."""
    await trio.sleep_forever()


async def briefly() -> None:
    """Ends by itself, and well."""
    await trio.sleep(1)


async def crash() -> None:
    """Ends by itself, and badly."""
    await trio.sleep(1)
    raise LookupError


def test_a_crash_is_followed_by_a_restart_after_a_growing_pause() -> None:
    """Back-off doubles, so a service that cannot start does not spin; then the supervisor gives up."""

    async def scenario(world: harness.World) -> None:
        record = Record()

        async def service() -> None:
            record.add(f"{world.now:g}")
            await crash()

        process = world.start(service)
        world.supervise(process, backoff_s=2, restarts_max=3)
        await trio.sleep(100)
        # Each life lasts a second; pauses of 2, 4 and 8 s lie between them.
        assert record.lines == ["0", "3", "8", "17"]
        assert process.exit_status.kind == "crashed"

    holds(scenario)


@pytest.mark.parametrize(
    ("main", "restart", "incarnations"),
    [
        (crash, "on-failure", 3),
        (briefly, "on-failure", 1),
        (briefly, "always", 3),
        (crash, "always", 3),
        (crash, "never", 1),
        (briefly, "never", 1),
    ],
)
def test_the_policy_says_which_ends_are_followed_by_a_restart(
    main: Any, restart: Any, incarnations: int
) -> None:
    """A crash is a failure, a return is not; `restarts_max` bounds either."""

    async def scenario(world: harness.World) -> None:
        process = world.start(main)
        world.supervise(process, restart=restart, restarts_max=2)
        await trio.sleep(100)
        assert process.incarnation == incarnations

    holds(scenario)


def test_a_kill_is_a_failure() -> None:
    """Nobody asked the process to stop, as far as the supervisor knows."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        world.supervise(process)
        await world.settle()
        process.kill()
        await trio.sleep(1)
        await world.settle()
        assert process.label == "forever#2"
        assert process.alive

    holds(scenario)


def test_what_was_asked_to_stop_stays_down_until_somebody_starts_it() -> None:
    """And from then on it is looked after again: a planned restart does not end supervision."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        world.supervise(process)
        await process.terminate()
        await trio.sleep(60)
        assert not process.alive
        process.start_again()
        await world.settle()
        process.kill()
        await trio.sleep(60)
        assert process.label == "forever#3"
        assert process.alive

    holds(scenario)


def test_an_operator_and_a_supervisor_never_start_it_twice() -> None:
    """Both restart the same crashed service: in every interleaving, exactly one incarnation lives."""

    async def scenario(world: harness.World) -> None:
        process = world.start(forever)
        world.supervise(process, backoff_s=0)
        await world.settle()
        process.kill()
        await process.restart()
        await trio.sleep(1)
        assert process.alive
        assert sum(p.resource is process and not p.ended for p in world._run.processes) == 1

    assert holds_always(scenario) > 1


def test_a_supervised_crash_is_no_violation() -> None:
    """The supervisor is what the system has against it; properties say whether that is enough."""

    async def scenario(world: harness.World) -> None:
        world.supervise(world.start(crash), restarts_max=1)
        await trio.sleep(60)

    holds(scenario)


@pytest.mark.parametrize(
    "wrong",
    [{"restart": "sometimes"}, {"backoff_s": -1}, {"backoff_s": inf}, {"restarts_max": -1}],
)
def test_an_impossible_supervision_is_refused(wrong: dict[str, Any]) -> None:
    """At the door, with what was given and what may be."""

    async def scenario(world: harness.World) -> None:
        world.supervise(world.start(forever), **wrong)

    (name,) = wrong
    with pytest.raises(ProcessMisused, match=f"forever cannot be supervised so: {name}="):
        once(scenario)
