"""Power cuts, fences and restores against what is under way: no order of the two is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from tests.quality.outcomes import keep, noted, see
from tests.unit.world.faults.agree import agreed, seen_by

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import harness
    from harness.world.database.database import Database

CALLS: dict[str, Callable[[Database], Awaitable[Any]]] = {
    "put": lambda db: db.put("x", 1),
    "put_all": lambda db: db.put_all({"x": 1}),
    "update": lambda db: db.update("x", lambda _: 1),
    "delete": lambda db: db.delete("x"),
    "replace_all": lambda db: db.replace_all({"x": 1}, atomic=True),
}

DROPS: dict[str, Callable[[Database], Any]] = {
    "kill": lambda db: db.node.kill(),
    "fence": lambda db: db.node.fence(),
}


async def _drop(db: Database, how: str) -> None:
    if how == "restore":
        await db.rollback(await db.snapshot())
    else:
        DROPS[how](db)


@pytest.mark.parametrize("verb", CALLS)
def test_a_commit_under_way_may_be_done_when_the_power_goes(verb: str) -> None:
    """Whoever sends a statement before the cut is told that it is lost, and it may have happened."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})

        async def client() -> None:
            try:
                await CALLS[verb](db)
            except Exception:  # noqa: BLE001  # whatever it is told
                see(db.peek("x"))

        async def operator() -> None:
            db.node.kill()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(operator, name="a")
            nursery.start_soon(client, name="client")

    done = "None" if verb == "delete" else "1"
    assert seen_by("main/client", agreed(body)) == {(), ("0",), (done,)}


@pytest.mark.parametrize("how", ["kill", "fence", "restore"])
@pytest.mark.parametrize("apart", [False, True])
def test_a_transaction_may_be_lost_before_its_first_statement(how: str, *, apart: bool) -> None:
    """The connection is made before: a statement that finds it dropped is one of the outcomes."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0, "y": 1})

        async def operator() -> None:
            await trio.lowlevel.checkpoint()
            await _drop(db, how)

        async def client() -> None:
            with noted():
                async with db.transaction() as transaction:
                    see("begun")
                    see(await transaction.get("y"))

        async with trio.open_nursery() as nursery:
            if apart:
                world.start(operator, name="operator")
            else:
                nursery.start_soon(operator)
            nursery.start_soon(client, name="client")

    assert ("'begun'", "'ConnectionLost'") in seen_by("main/client", agreed(body))


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
@pytest.mark.parametrize("how", ["kill", "fence", "restore"])
def test_whoever_drops_the_connections_lets_go_of_what_they_hold(how: str, level: str) -> None:
    """What that is, is up to how far each transaction has come; so are those who wait for it."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})
        keep(db)

        async def client() -> None:
            with noted():
                async with db.transaction(level) as transaction:
                    see(await transaction.update("x", lambda value: value + 1))

        world.start(client, name="client", may_fail=True)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_drop, db, how, name="operator")
            nursery.start_soon(client, name="other")

    assert len(agreed(body)) > 1


def test_a_statement_does_not_outlive_the_boot_it_was_sent_in() -> None:
    """Power may come back before it arrives: its connection is gone all the same."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})

        async def operator() -> None:
            await trio.lowlevel.checkpoint()
            db.node.kill()
            db.node.start()

        async def client() -> None:
            with noted():
                see(await db.get("x"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(operator)
            nursery.start_soon(client, name="client")

    assert seen_by("main/client", agreed(body)) == {("0",), ("'ConnectionLost'",)}


def test_who_looks_whether_a_node_is_up_meets_its_kill() -> None:
    """`node.up` is a look like any other."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})

        async def operator() -> None:
            db.node.kill()

        async def client() -> None:
            see(db.node.up)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(operator)
            nursery.start_soon(client, name="client")

    assert seen_by("main/client", agreed(body)) == {("True",), ("False",)}


@pytest.mark.parametrize("what", ["copy", "catch_up", "lag"])
def test_a_standby_is_met_by_all_that_work_on_it(what: str) -> None:
    """Its power, and how far it has come, matter to who copies to it and who asks."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})
        standby = await db.provision("b")
        await db.put("x", 1)

        async def operator() -> None:
            if what == "lag":
                see(standby.lag)
            else:
                standby.node.kill()

        async def client() -> None:
            with noted():
                if what == "copy":
                    await standby.copy(atomic=True)
                else:
                    await standby.catch_up()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(operator, name="operator")
            nursery.start_soon(client, name="client")

    outcomes = agreed(body)
    if what == "lag":
        assert seen_by("main/operator", outcomes) == {("1",), ("0",)}
    else:
        assert seen_by("main/client", outcomes) == {(), ("'ConnectionLost'",)}


def test_serializable_statements_beside_a_transaction() -> None:
    """What one touches does not depend on a transaction that is open and that it does not meet."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0, "y": 1}, isolation="serializable")
        keep(db)

        async def transact() -> None:
            with noted():
                async with db.transaction() as transaction:
                    see(await transaction.get("x"))
                    await transaction.put("x", 1)

        async def read() -> None:
            see(await db.get("y"))

        async def write() -> None:
            with noted():
                await db.put_all({"x": 1, "y": 2})

        async with trio.open_nursery() as nursery:
            nursery.start_soon(transact, name="t")
            nursery.start_soon(read, name="r")
            nursery.start_soon(write, name="w")

    assert seen_by("main/r", agreed(body)) == {("1",), ("2",)}


def test_a_blind_write_beside_a_snapshot() -> None:
    """Whether it goes the long way, past row versions that somebody still sees, makes no difference."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0}, isolation="repeatable read")

        async def scan() -> None:
            async with db.transaction("serializable") as transaction:
                see(await transaction.scan())

        async def write() -> None:
            await db.put("x", 2)

        world.start(scan, name="scan")
        world.start(write, name="write")
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        raise ValueError  # what has not happened yet never will

    assert ("raised",) in agreed(body)


def test_commits_under_way_happen_in_the_order_in_which_they_were_sent() -> None:
    """Who cuts the power while there are several depends on that: a row may have been put, and then updated."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"x": 0})
        keep(db)

        async def update() -> None:
            await db.update("x", lambda value: value + 1)

        async def put() -> None:
            await db.put("x", 2)

        async def cut() -> None:
            db.node.kill()

        async with trio.open_nursery() as nursery:
            for one in (update, put, cut):
                nursery.start_soon(one)

    finals = {outcome[4] for outcome in agreed(body)}
    assert {("[('x', 3)]",), ("[('x', 2)]",), ("[('x', 1)]",), ("[('x', 0)]",)} <= finals
