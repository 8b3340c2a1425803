"""The engine's verbs, one at a time; what waits, and what happens to those who do."""

from __future__ import annotations

import timeit
from typing import Any

import pytest

from harness.world.database.engine.engine import Engine
from harness.world.database.engine.waiting import Waiting
from harness.world.database.errors import (
    ConnectionBusy,
    InFailedTransaction,
    NoActiveTransaction,
    NotNullViolation,
    SerializationFailure,
)
from harness.world.database.isolation import Isolation

ROWS = {"x": 1, "y": 2}


def test_a_missing_row_is_none() -> None:
    """Never zero, and None is never stored."""
    engine = Engine(ROWS)
    assert engine.get("z") is None
    assert engine.delete("z") is False
    assert engine.update("z", lambda value: value + 1) is None
    for rows in ({"z": None}, {"x": 3, "z": None}):
        with pytest.raises(NotNullViolation, match="'z'"):
            engine.put_all(rows)
    with pytest.raises(NotNullViolation):
        engine.put("z", None)
    assert engine.rows == ROWS


def test_the_mapping_it_was_made_from_is_never_written() -> None:
    """Thousands of engines share one mapping."""
    rows = dict(ROWS)
    engine = Engine(rows)
    engine.put("x", 10)
    engine.clear()
    assert rows == ROWS


def test_a_conditional_update_leaves_the_row_alone_when_the_condition_is_false() -> None:
    """`None` from the function means that the WHERE clause does not hold."""
    engine = Engine(ROWS)
    assert engine.update("x", lambda value: None) is None
    assert engine.update("x", lambda value: value + 1 if value < 5 else None) == 2
    assert engine.rows == {"x": 2, "y": 2}


def test_a_condition_is_asked_again_about_the_newer_row() -> None:
    """READ COMMITTED: false for what the row became while we waited; it stays locked all the same."""
    engine = Engine(ROWS)
    holder, other = engine.begin(), engine.begin()
    holder.put("x", 10)
    waiting = other.update("x", lambda value: value + 1 if value < 5 else None)
    assert isinstance(waiting, Waiting)
    holder.commit()
    assert waiting.resume() is None
    assert engine.rows["x"] == 10
    assert isinstance(engine.put("x", 11), Waiting)
    other.commit()
    assert engine.rows["x"] == 10


def test_a_statement_for_many_rows_commits_all_or_none() -> None:
    """`replace_all` waits for a row that is held, and shows nothing before it has them all."""
    engine = Engine(ROWS)
    holder = engine.begin()
    holder.put("y", 20)
    waiting = engine.replace_all({"y": 5, "z": 6})
    assert isinstance(waiting, Waiting)
    assert engine.scan() == ROWS
    holder.commit()
    assert waiting.ready
    assert waiting.resume() is None
    assert engine.scan() == {"y": 5, "z": 6}


def test_a_scan_keeps_the_order_of_the_table() -> None:
    """Rows come in the order in which they were first put; a changed row keeps its place."""
    engine = Engine(ROWS)
    engine.put("z", 3)
    engine.put("x", 4)
    assert list(engine.scan()) == ["x", "y", "z"]
    assert engine.scan(lambda key, value: value > 2) == {"x": 4, "z": 3}


def test_a_transaction_sees_its_own_changes_and_nobody_else_does() -> None:
    """At every level, in gets and scans."""
    for level in Isolation:
        engine = Engine(ROWS)
        transaction = engine.begin(level)
        transaction.put("x", 10)
        transaction.delete("y")
        transaction.put("z", 3)
        assert [transaction.get(key) for key in "xyz"] == [10, None, 3]
        assert transaction.scan() == {"x": 10, "z": 3}
        assert engine.scan() == ROWS
        transaction.rollback()
        assert engine.scan() == ROWS


def test_the_snapshot_is_taken_by_the_first_statement() -> None:
    """Not by the beginning."""
    engine = Engine(ROWS)
    transaction = engine.begin(Isolation.REPEATABLE_READ)
    engine.put("x", 10)
    assert transaction.get("x") == 10
    engine.put("x", 11)
    engine.put("z", 3)
    assert transaction.get("x") == 10
    assert transaction.get("z") is None


def test_a_failed_transaction_holds_nothing_and_accepts_only_its_end() -> None:
    """The error sets its locks free; committing it rolls it back, and says so."""
    engine = Engine(ROWS)
    transaction = engine.begin(Isolation.REPEATABLE_READ)
    transaction.put("y", 20)
    transaction.get("x")
    engine.put("x", 10)
    with pytest.raises(SerializationFailure):
        transaction.put("x", 11)
    with pytest.raises(InFailedTransaction):
        transaction.get("y")
    assert engine.put("y", 30) is None
    assert transaction.commit() is False
    with pytest.raises(NoActiveTransaction):
        transaction.get("x")
    transaction.rollback()


def test_an_error_of_the_callers_own_function_fails_the_transaction() -> None:
    """It passes through; nothing of the transaction is left behind."""
    engine = Engine(ROWS)
    transaction = engine.begin()
    transaction.put("x", 10)
    with pytest.raises(ZeroDivisionError):
        transaction.update("y", lambda value: value // 0)
    transaction.rollback()
    assert engine.rows == ROWS
    assert engine.put("x", 11) is None


def test_a_connection_runs_one_statement_at_a_time() -> None:
    """Two tasks that share a transaction are told, as a driver would tell them."""
    engine = Engine(ROWS)
    holder, other = engine.begin(), engine.begin()
    holder.put("x", 10)
    assert isinstance(other.put("x", 11), Waiting)
    with pytest.raises(ConnectionBusy):
        other.get("y")
    with pytest.raises(ConnectionBusy):
        other.commit()


def waiting_statements(engine: Engine, count: int) -> list[Waiting]:
    """As many updates of x that wait for one another."""
    statements = [engine.update("x", lambda value: value + 1) for _ in range(count)]
    assert all(isinstance(statement, Waiting) for statement in statements)
    return statements


def test_those_who_wait_for_a_row_get_it_in_the_order_of_arrival() -> None:
    """Each end of a holder wakes the first of the queue, and nobody else."""
    engine = Engine(ROWS)
    holder = engine.begin()
    holder.put("x", 10)
    first, second, third = waiting_statements(engine, 3)
    assert [waiting.by[0] for waiting in (first, second, third)] == [
        holder,
        first.transaction,
        first.transaction,
    ]
    holder.rollback()
    assert [waiting.ready for waiting in (first, second, third)] == [True, False, False]
    assert first.resume() == 2
    assert [waiting.ready for waiting in (second, third)] == [True, False]


def test_a_callback_tells_that_a_statement_may_go_on() -> None:
    """Callbacks run in the order in which the statements began to wait."""
    engine = Engine(ROWS)
    holder = engine.begin()
    holder.put("x", 10)
    holder.put("y", 20)
    woken: list[str] = []
    for key in ("y", "x"):
        waiting = engine.put(key, 5)
        assert waiting is not None
        waiting.on_ready = lambda key=key: woken.append(key)
    holder.commit()
    assert woken == ["y", "x"]


def test_whoever_comes_upon_a_free_row_overtakes_the_queue() -> None:
    """The statement that was woken finds the row taken again, and goes on waiting."""
    engine = Engine(ROWS)
    holder, newcomer = engine.begin(), engine.begin()
    holder.put("x", 10)
    (first,) = waiting_statements(engine, 1)
    holder.rollback()
    assert newcomer.put("x", 20) is None
    assert first.resume() is first
    assert first.by == (newcomer,)
    newcomer.commit()
    assert first.resume() == 21


def test_once_a_row_was_updated_its_queue_dissolves() -> None:
    """Whoever waited first may still be overtaken on the way to the newest version."""
    engine = Engine(ROWS)
    holder, first_comer = engine.begin(), engine.begin()
    holder.put("x", 10)
    first = first_comer.update("x", lambda value: value + 1)
    (second,) = waiting_statements(engine, 1)
    holder.commit()
    assert [first.ready, second.ready] == [True, False]
    assert first.resume() is first
    assert first.by == ()
    assert [first.ready, second.ready] == [True, True]
    assert second.resume() == 11
    assert first.resume() == 12


def test_a_lock_waits_for_all_that_became_of_an_awaited_update() -> None:
    """SELECT FOR UPDATE fails only when whoever updated the row in the meantime has ended too."""
    engine = Engine(ROWS)
    holder, writer = engine.begin(), engine.begin()
    reader = engine.begin(Isolation.REPEATABLE_READ)
    holder.put("x", 10)
    waiting_write = writer.put("x", 20)
    waiting_lock = reader.get_for_update("x")
    holder.commit()
    assert waiting_write.resume() is None
    assert waiting_lock.resume() is waiting_lock
    assert waiting_lock.by == (writer,)
    writer.commit()
    with pytest.raises(SerializationFailure):
        waiting_lock.resume()


def test_a_cancelled_statement_leaves_the_queue() -> None:
    """The next in line is woken, and its transaction has failed."""
    engine = Engine(ROWS)
    holder, impatient = engine.begin(), engine.begin()
    holder.put("x", 10)
    first = impatient.get_for_update("x")
    assert isinstance(first, Waiting)
    (second,) = waiting_statements(engine, 1)
    first.cancel()
    assert second.ready
    assert second.resume() is second
    assert second.by == (holder,)
    with pytest.raises(InFailedTransaction):
        impatient.get("y")
    holder.commit()
    assert second.resume() == 11


def test_three_in_a_circle_are_one_deadlock() -> None:
    """Whoever closes the circle is told who stands in it; the others go on."""
    engine = Engine({"x": 1, "y": 2, "z": 3})
    one, two, three = (engine.begin(label=name) for name in ("one", "two", "three"))
    one.put("x", 10)
    two.put("y", 20)
    three.put("z", 30)
    assert isinstance(one.put("y", 11), Waiting)
    waiting = two.put("z", 21)
    assert isinstance(waiting, Waiting)
    message = "deadlock detected: three waits for one waits for two waits for three"
    with pytest.raises(Exception, match=message):
        three.put("x", 31)
    assert waiting.ready
    assert waiting.resume() is None


def test_versions_of_a_row_tell_equal_values_apart() -> None:
    """Each replacement has its number; a snapshot sees the number of its own time."""
    engine = Engine(ROWS)
    assert engine.version_of("x") == 0
    reader = engine.begin(Isolation.REPEATABLE_READ)
    reader.get("x")
    engine.put("x", 1)
    engine.delete("x")
    engine.put("x", 1)
    assert engine.version_of("x") == 3
    assert engine.version_seen("x", reader) == 0
    assert engine.version_seen("y", reader) == 0
    writer = engine.begin()
    writer.put("x", 1)
    assert engine.version_seen("x", writer) is None


def test_single_statements_cost_next_to_nothing() -> None:
    """A get and a put outside a transaction take microseconds, 300 rows or not.

    The bound is some thirty times what a quiet machine needs: it catches a copy of the table, not
    a busy neighbour.
    """
    rows = {f"m{number}": number for number in range(300)}
    engine = Engine(rows)

    def microseconds(call: Any) -> float:
        return min(timeit.repeat(call, number=2000, repeat=5)) / 2000 * 1e6

    assert microseconds(lambda: engine.get("m5")) < 10
    assert microseconds(lambda: engine.put("m5", 1)) < 20
    assert microseconds(lambda: Engine(rows)) < 100
