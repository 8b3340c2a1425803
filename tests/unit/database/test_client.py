"""The client's side: a statement is a step, waits are parked, the dead hold nothing."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from harness import World
from harness.errors import RowIsNone, UnknownIsolation
from harness.world.database import (
    ConnectionLost,
    DatabaseError,
    DeadlockDetected,
    SerializationFailure,
)
from harness.world.database.errors import InFailedTransaction, NotNullViolation
from tests.unit.database.worlds import once, outcomes

ROWS = {"x": 1, "y": 2}


def test_every_verb_does_what_it_says() -> None:
    """The verbs outside a transaction, one after the other."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        assert await db.get("x") == 1
        assert await db.get("z") is None
        await db.put("z", 3)
        assert await db.update("z", lambda value: value + 1) == 4
        assert await db.delete("y")
        assert not await db.delete("y")
        await db.put_all({"x": 5, "y": 6})
        assert await db.scan() == {"x": 5, "z": 4, "y": 6}
        assert await db.scan(lambda key, value: value > 4) == {"x": 5, "y": 6}
        with pytest.raises(NotNullViolation):
            await db.put("x", None)
        assert db.peek("x") == 5

    once(body)


def test_a_transaction_commits_at_the_end_of_its_block() -> None:
    """Until then nobody else sees it; when the block raises, nobody ever does."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        async with db.transaction() as session:
            await session.put("x", 10)
            await session.delete("y")
            assert await session.get("x") == 10
            assert await session.scan() == {"x": 10}
            assert await db.get("x") == 1
        assert await db.scan() == {"x": 10}

        async def fail_half_way() -> None:
            async with db.transaction("serializable") as session:
                await session.put("x", 11)
                assert await session.get_for_update("x") == 11
                await session.put("x", 1 // 0)

        with pytest.raises(ZeroDivisionError):
            await fail_half_way()
        assert await db.scan() == {"x": 10}
        await db.put("x", 12)

    once(body)


def test_a_transaction_whose_failure_was_swallowed_commits_nothing() -> None:
    """As in PostgreSQL, the commit of a failed transaction is a rollback that raises nothing."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        async with db.transaction("repeatable read") as session:
            await session.put("y", 20)
            await db.put("x", 10)
            with pytest.raises(SerializationFailure):
                await session.put("x", 11)
            with pytest.raises(InFailedTransaction):
                await session.get("y")
        assert await db.scan() == {"x": 10, "y": 2}

    once(body)


async def twice(first: Any, second: Any) -> None:
    """Run two functions as tasks."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        nursery.start_soon(second)


def test_read_and_write_are_two_steps_and_an_update_is_one() -> None:
    """Two increments by get and put lose one in some schedule; by update, never."""

    async def in_two(world: World) -> Any:
        db = world.database("db", ROWS)

        async def increment() -> None:
            value = await db.get("x")
            await db.put("x", value + 1)

        await twice(increment, increment)
        return db.peek("x")

    async def in_one(world: World) -> Any:
        db = world.database("db", ROWS)

        async def increment() -> None:
            await db.update("x", lambda value: value + 1)

        await twice(increment, increment)
        return db.peek("x")

    assert outcomes(in_two) == [2, 3]
    assert outcomes(in_one) == [3]


def test_a_row_lock_makes_read_and_write_one() -> None:
    """Whoever comes second waits for the commit of the first, and reads what it wrote."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def increment() -> None:
            async with db.transaction() as session:
                value = await session.get_for_update("x")
                await session.put("x", value + 1)

        await twice(increment, increment)
        return db.peek("x")

    assert outcomes(body) == [3]


@pytest.mark.parametrize(
    ("level", "results"),
    [
        ("read committed", [(-10, 50), (-10, -10), (50, -10)]),
        ("repeatable read", [(-10, 50), (-10, -10), (50, -10)]),
        ("serializable", [(-10, 50), (50, -10)]),
    ],
)
def test_write_skew_under_every_schedule(level: str, results: list[Any]) -> None:
    """Only SERIALIZABLE keeps both from withdrawing what only one may."""

    async def body(world: World) -> Any:
        db = world.database("db", {"x": 50, "y": 50})

        async def withdraw(key: str) -> None:
            try:
                async with db.transaction(level) as session:
                    rows = await session.scan()
                    if sum(rows.values()) >= 60:
                        await session.put(key, rows[key] - 60)
            except SerializationFailure:
                pass

        await twice(lambda: withdraw("x"), lambda: withdraw("y"))
        return db.peek("x"), db.peek("y")

    assert outcomes(body) == sorted(results, key=repr)


def test_a_deadlock_ends_one_transaction_and_the_other_goes_on() -> None:
    """Two that take the same rows in opposite orders: one after the other, or one dies."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        died: list[str] = []

        async def take(name: str, value: int, *keys: str) -> None:
            try:
                async with db.transaction() as session:
                    for key in keys:
                        await session.put(key, value)
            except DeadlockDetected:
                died.append(name)

        await twice(lambda: take("one", 10, "x", "y"), lambda: take("two", 20, "y", "x"))
        return died, db.peek("x"), db.peek("y")

    assert outcomes(body) == [
        (["one"], 20, 20),
        (["two"], 10, 10),
        ([], 10, 10),
        ([], 20, 20),
    ]


def test_a_killed_process_leaves_no_transaction() -> None:
    """The server rolls it back at the kill: its rows are free, and as they were."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def holder() -> None:
            async with db.transaction() as session:
                await session.put("x", 10)
                await session.put("y", 20)

        async def waiter() -> None:
            await db.update("x", lambda value: value + 1)

        process = world.start(holder)
        other = world.start(waiter)
        await world.flag("any time").is_set()
        process.kill()
        await other.wait()
        return db.peek("x"), db.peek("y")

    assert outcomes(body) == [(10, 20), (11, 20), (2, 2)]


def test_a_killed_process_leaves_the_queue_for_a_row() -> None:
    """A single statement that waited dies with its client; whoever waited behind it goes on."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def impatient() -> None:
            await db.update("x", lambda value: value * 100)

        async def patient() -> None:
            await db.update("x", lambda value: value + 5)

        async with db.transaction() as session:
            await session.put("x", 10)
            first = world.start(impatient)
            await trio.testing.wait_all_tasks_blocked()
            second = world.start(patient)
            await trio.testing.wait_all_tasks_blocked()
            first.kill()
        await second.wait()
        return db.peek("x")

    assert once(body)[0] == 15


def test_a_cancelled_statement_stops_waiting() -> None:
    """A timeout gives the statement up, and with it the transaction; nobody waits behind it."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def patient() -> None:
            await trio.sleep(0.5)
            await db.update("x", lambda value: value + 5)

        async with trio.open_nursery() as nursery, db.transaction() as session:
            await session.put("x", 10)
            nursery.start_soon(patient)
            with trio.move_on_after(1) as scope:
                async with db.transaction() as other:
                    await other.put("y", 20)
                    await other.put("x", 11)
            assert scope.cancelled_caught
            with trio.move_on_after(1) as scope:
                await db.update("x", lambda value: value * 100)
            assert scope.cancelled_caught
            await db.put("y", 3)
        return db.peek("x"), db.peek("y")

    assert once(body)[0] == (15, 3)


def test_those_behind_a_cancelled_statement_go_on() -> None:
    """It leaves the queue for the row."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def impatient() -> None:
            with trio.move_on_after(1):
                await db.update("x", lambda value: value * 100)

        async def patient() -> None:
            await trio.sleep(0.5)
            await db.update("x", lambda value: value + 5)

        async with trio.open_nursery() as nursery, db.transaction() as session:
            await session.put("x", 10)
            nursery.start_soon(impatient)
            nursery.start_soon(patient)
            await trio.sleep(2)
        return db.peek("x")

    assert once(body)[0] == 15


def test_a_report_says_who_waits_for_whom() -> None:
    """The recorded run has a line for it."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)

        async def holder() -> None:
            async with db.transaction() as session:
                await session.put("x", 10)
                await trio.sleep(1)

        world.start(holder)
        await trio.sleep(0.5)
        await db.put("x", 11)

    _, run = once(body)
    assert any("waits for a transaction of holder#1" in note[3] for note in run.notes)


def test_bulk_row_by_row_can_be_seen_half_done() -> None:
    """A load that overlaps a flush: torn unless one of them is atomic."""

    def scenario(*, flush_atomic: bool, load_atomic: bool) -> Any:
        async def body(world: World) -> Any:
            db = world.database("db", ROWS)
            loaded: list[Any] = []

            async def flush() -> None:
                await db.replace_all({"x": 10, "y": 20}, atomic=flush_atomic)

            async def load() -> None:
                loaded.append(await db.load(["x", "y"], atomic=load_atomic))

            await twice(flush, load)
            return tuple(loaded[0].values())

        return body

    whole = [(1, 2), (10, 20)]
    assert outcomes(scenario(flush_atomic=True, load_atomic=True)) == whole
    in_one_flush = outcomes(scenario(flush_atomic=True, load_atomic=False))
    assert in_one_flush == [(1, 2), (1, 20), (10, 20)]
    in_one_load = outcomes(scenario(flush_atomic=False, load_atomic=True))
    assert in_one_load == [(1, 2), (10, 20), (10, None), (None, None)]
    torn = outcomes(scenario(flush_atomic=False, load_atomic=False))
    assert {(1, None), (1, 20), (None, 20), (10, None)} <= set(torn)


def test_a_row_that_is_held_makes_an_atomic_flush_wait() -> None:
    """It waits as a whole, and nobody sees a part of it."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        async with trio.open_nursery() as nursery, db.transaction() as session:
            await session.put("y", 20)
            nursery.start_soon(lambda: db.replace_all({"y": 5}, atomic=True))
            await trio.testing.wait_all_tasks_blocked()
            assert await db.scan() == ROWS
        return dict(db.peek_all())

    assert once(body)[0] == {"y": 5}


def test_a_snapshot_can_be_gone_back_to() -> None:
    """Every row as it was; transactions that were open are lost."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        backup = await db.snapshot()
        await db.put("x", 10)
        await db.put("z", 30)

        async def roll_back_within_a_transaction() -> None:
            async with db.transaction() as session:
                await session.put("y", 20)
                await db.rollback(backup)
                await session.put("y", 21)

        with pytest.raises(ConnectionLost):
            await roll_back_within_a_transaction()
        return dict(db.peek_all())

    assert once(body)[0] == ROWS


def test_errors_of_the_driver_have_one_base() -> None:
    """A retry loop can catch them by class or tell them by their SQLSTATE."""
    codes = {error.__name__: error.sqlstate for error in DatabaseError.__subclasses__()}
    assert codes["SerializationFailure"] == "40001"
    assert codes["DeadlockDetected"] == "40P01"
    assert codes["InFailedTransaction"] == "25P02"
    assert len(set(codes.values())) == len(codes)


def test_a_level_that_does_not_exist_is_refused() -> None:
    """With the levels that do; the run counts as broken even if the error was swallowed."""

    async def body(world: World) -> None:
        with pytest.raises(UnknownIsolation, match="read committed, repeatable read, serializable"):
            world.database("db", ROWS, isolation="snapshot")
        db = world.database("other", ROWS)
        with pytest.raises(UnknownIsolation, match="'read uncommitted'"):
            async with db.transaction("read uncommitted"):
                pytest.fail("there is no such transaction")

    _, run = once(body)
    assert isinstance(run.broken, UnknownIsolation)


def test_a_database_starts_without_rows_of_none() -> None:
    """None is how a missing row looks; there is none to store."""

    async def body(world: World) -> None:
        with pytest.raises(RowIsNone, match="the row 'y' of database 'db' is None"):
            world.database("db", {"x": 0, "y": None})

    once(body)
