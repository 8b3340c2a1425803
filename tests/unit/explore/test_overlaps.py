"""Which moves of a plan a failure's deciding pair belongs to."""

from __future__ import annotations

import trio

import harness
from harness.explore.moved import Part
from harness.explore.overlaps import overlaps
from harness.plans import Plan, Restart, Run, Space

ROW = "row"


@harness.scenario(
    plans=Space(services=("reader",), jobs=("migrate",)),
    plan=Plan((Run("migrate", overlap=True), Restart("reader", ready="started"))),
)
async def migrated_meanwhile(world: harness.World) -> None:
    """A job takes a row away and puts it back, while a service restarts that needs it."""
    rows = world.database("rows", {ROW: 1})
    fleet = world.fleet()

    async def reader() -> None:
        assert await rows.get(ROW) is not None, "no row"
        await trio.sleep_forever()

    async def migrate() -> None:
        await rows.delete(ROW)
        await rows.put(ROW, 2)

    fleet.service("reader", reader)
    fleet.job("migrate", migrate)
    await world.settle()
    await fleet.carry_out()


@harness.scenario(
    plans=Space(services=("writer",)),
    plan=Plan((Restart("writer", how="blue-green", ready="started"),)),
)
async def beside_each_other(world: harness.World) -> None:
    """The old instance takes the row away when it stops; the new one needs it."""
    rows = world.database("rows", {ROW: 1})
    fleet = world.fleet()

    async def writer() -> None:
        assert await rows.get(ROW) is not None, "no row"
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await rows.delete(ROW)

    fleet.service("writer", writer)
    await world.settle()
    await fleet.carry_out()


def test_two_moves_that_overlap_are_told_by_number() -> None:
    """The job's step belongs to the move that makes it, the reader's to the one that starts it."""
    result = harness.explore(migrated_meanwhile, strategy="dfs")
    (found,) = overlaps(result.violations)

    assert {found.first.move, found.second.move} == {1, 2}
    assert found.seen == result.violations[0].seen


def test_within_a_move_the_old_and_the_new_instance_are_told_apart() -> None:
    """What was up before the plan belongs to the move that stops it."""
    result = harness.explore(beside_each_other, strategy="dfs")
    (found,) = overlaps(result.violations)

    assert found.first == Part("writer#1", 1, "stops")
    assert found.second == Part("writer green#1", 1, "starts")


def test_failures_that_no_pair_decides_have_no_overlap() -> None:
    """Without shrinking, nobody looks for the pair."""
    result = harness.explore(migrated_meanwhile, strategy="dfs", shrink=False)

    assert result.violations
    assert overlaps(result.violations) == []
