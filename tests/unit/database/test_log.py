"""The write-ahead log: what a crash takes, what a copy repeats."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from harness.world.database.engine.engine import Backup, Engine, Role
from harness.world.database.errors import ConnectionLost, ReadOnlyNode
from tests.unit.database.histories import History, Simulation, play
from tests.unit.database.strategies import histories, starts

ROWS = {"x": 1, "y": 2}


def standby_of(primary: Engine) -> Engine:
    """An empty node that follows."""
    standby = Engine(name="standby", lsn=primary.flushed_lsn)
    standby.follow()
    return standby


def catch_up(standby: Engine, primary: Engine) -> None:
    """Apply every record that is there."""
    for record in primary.records_since(standby.lsn):
        standby.apply(record)


# ---------------------------------------------------------------------------------------- crash


def test_a_commit_is_durable_when_it_returns() -> None:
    """With synchronous commits, a crash takes nothing that was acknowledged."""
    engine = Engine(ROWS)
    engine.put("x", 10)
    assert engine.crash() == 0
    engine.start()
    assert engine.rows == {"x": 10, "y": 2}


def test_a_crash_takes_commits_that_were_not_flushed() -> None:
    """Without synchronous commits, what was acknowledged since the last flush is gone."""
    engine = Engine(ROWS, synchronous_commit=False)
    engine.put("x", 10)
    engine.flush()
    engine.put("x", 11)
    engine.delete("y")
    assert engine.get("x") == 11
    assert engine.crash() == 2
    engine.start()
    assert engine.rows == {"x": 10, "y": 2}
    assert engine.lsn == engine.flushed_lsn == 1


def test_synchronous_commit_can_be_switched() -> None:
    """Switching it on makes nothing durable that was not; switching it off loses nothing."""
    engine = Engine(ROWS, synchronous_commit=False)
    engine.put("x", 10)
    engine.synchronous_commit = True
    assert engine.flushed_lsn == 1
    engine.synchronous_commit = False
    engine.put("x", 11)
    assert engine.flushed_lsn == 1


def test_a_node_that_is_down_answers_nothing() -> None:
    """Every statement, also of a transaction that was open, says that the connection is lost."""
    engine = Engine(ROWS)
    transaction = engine.begin()
    transaction.put("x", 10)
    engine.crash()
    for statement in (
        lambda: engine.get("x"),
        lambda: engine.put("x", 1),
        engine.scan,
        engine.begin,
        lambda: transaction.get("x"),
        transaction.commit,
    ):
        with pytest.raises(ConnectionLost):
            statement()
    engine.start()
    with pytest.raises(ConnectionLost):
        transaction.get("x")
    assert engine.get("x") == 1


def test_a_statement_that_waits_when_the_node_dies_is_woken_to_hear_of_it() -> None:
    """A crash ends the wait; the client learns that the connection is lost."""
    engine = Engine(ROWS)
    holder = engine.begin()
    holder.put("x", 10)
    waiting = engine.put("x", 11)
    assert waiting is not None
    engine.crash()
    assert waiting.ready
    with pytest.raises(ConnectionLost):
        waiting.resume()


@given(history=histories(), flush_after=st.integers(0, 20))
def test_a_crash_leaves_the_rows_of_the_last_flush(history: History, flush_after: int) -> None:
    """Whatever was open or committed since, recovery is exactly the committed rows at the flush."""
    simulation = Simulation(history)
    engine = simulation.engine
    engine.synchronous_commit = False
    flushed = dict(engine.rows)

    class Flushing:
        """Flush once, after so many steps."""

        steps = 0

        def submit(self, step: Any) -> None:
            """Pass it on."""
            simulation.submit(step)

        def settle(self) -> Any:
            """Pass it on, then flush if it is time."""
            nonlocal flushed
            finished = simulation.settle()
            self.steps += 1
            if self.steps == flush_after:
                engine.flush()
                flushed = dict(engine.rows)
            return finished

        def rows(self) -> dict[str, int]:
            """Pass it on."""
            return simulation.rows()

    play(history, Flushing())
    engine.crash()
    engine.start()
    assert engine.rows == flushed
    assert engine.lsn == engine.flushed_lsn


# --------------------------------------------------------------------------------------- copies


@given(history=histories(), copied_first=st.booleans())
def test_a_standby_that_has_caught_up_has_the_same_rows(
    history: History, copied_first: bool
) -> None:
    """An atomic copy before or after the history, then every record: the same rows."""
    simulation = Simulation(history)
    primary = simulation.engine
    if copied_first:
        standby = standby_of(primary)
        for key, value in primary.rows.items():
            standby.copy_row(key, value)
        play(history, simulation)
        catch_up(standby, primary)
    else:
        play(history, simulation)
        standby = standby_of(primary)
        for key, value in primary.rows.items():
            standby.copy_row(key, value)
    assert standby.rows == primary.rows
    assert standby.lsn == primary.lsn


@given(
    rows=starts(),
    writes=st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xyz"), st.integers(0, 9))),
)
def test_a_copy_row_by_row_becomes_right_by_catching_up(
    rows: dict[str, int], writes: list[tuple[int, str, int]]
) -> None:
    """Rows copied at different moments are of no one moment; the records since then mend that."""
    primary = Engine(rows)
    standby = standby_of(primary)
    for place, key in enumerate(list(rows)):
        for when, changed, value in writes:
            if when == place:
                primary.put(changed, value) if value else primary.delete(changed)
        if (value := primary.get(key)) is not None:
            standby.copy_row(key, value)
    catch_up(standby, primary)
    assert standby.rows == primary.rows


def test_a_standby_serves_reads_and_refuses_writes() -> None:
    """Until it is promoted."""
    primary = Engine(ROWS)
    standby = standby_of(primary)
    standby.copy_row("x", 1)
    assert standby.get("x") == 1
    assert standby.get("y") is None
    for statement in (
        lambda: standby.put("x", 2),
        lambda: standby.delete("x"),
        lambda: standby.update("x", lambda value: value),
        lambda: standby.get_for_update("x"),
        standby.clear,
        lambda: standby.begin().put("x", 2),
    ):
        with pytest.raises(ReadOnlyNode, match="this node is a standby"):
            statement()
    standby.promote()
    standby.put("x", 2)
    assert standby.role is Role.PRIMARY
    assert standby.rows == {"x": 2}


def test_a_snapshot_on_a_standby_does_not_move() -> None:
    """A transaction that reads there keeps its snapshot while records are applied."""
    primary = Engine(ROWS)
    standby = standby_of(primary)
    for key, value in ROWS.items():
        standby.copy_row(key, value)
    from harness.world.database.isolation import Isolation

    reader = standby.begin(Isolation.REPEATABLE_READ)
    assert reader.get("x") == 1
    primary.put("x", 10)
    primary.delete("y")
    catch_up(standby, primary)
    assert (reader.get("x"), reader.get("y")) == (1, 2)
    assert reader.scan() == ROWS
    reader.commit()
    assert standby.scan() == {"x": 10}


def test_nothing_unflushed_is_sent() -> None:
    """A standby cannot have what a crash of the primary would take."""
    primary = Engine(ROWS, synchronous_commit=False)
    primary.put("x", 10)
    assert primary.records_since(0) == []
    primary.flush()
    assert [record.changes for record in primary.records_since(0)] == [(("x", 10),)]


def test_a_fenced_node_refuses_writes_and_an_unfenced_one_splits_the_brain() -> None:
    """After a promotion the old primary goes on taking writes, unless somebody forbids it."""
    old = Engine(ROWS)
    new = standby_of(old)
    new.copy_row("x", 1)
    new.promote()
    old.put("x", 10)
    new.put("x", 20)
    assert (old.get("x"), new.get("x")) == (10, 20)
    transaction = old.begin()
    transaction.put("x", 30)
    old.fence()
    with pytest.raises(ReadOnlyNode, match="this node is fenced"):
        old.put("x", 11)
    with pytest.raises(ConnectionLost):
        transaction.commit()
    assert old.get("x") == 10


def test_a_record_holds_the_net_change_of_a_commit() -> None:
    """One record a commit; each key once, with its last value."""
    engine = Engine(ROWS)
    transaction = engine.begin()
    transaction.put("x", 10)
    transaction.put("x", 11)
    transaction.delete("y")
    transaction.put("z", 3)
    transaction.commit()
    (record,) = engine.records_since(0)
    assert (record.lsn, record.changes) == (1, (("x", 11), ("y", None), ("z", 3)))


# --------------------------------------------------------------------------------------- backup


@given(history=histories())
def test_a_rollback_to_a_backup_restores_every_row(history: History) -> None:
    """Rows as they were, whatever happened since; durable; and open connections drop."""
    simulation = Simulation(history)
    engine = simulation.engine
    engine.synchronous_commit = False
    backup = engine.snapshot()
    play(history, simulation)
    transaction = engine.begin()
    transaction.put("x", 99)
    engine.rollback_to(backup)
    assert engine.rows == dict(history.rows)
    with pytest.raises(ConnectionLost):
        transaction.get("x")
    engine.crash()
    engine.start()
    assert engine.rows == dict(history.rows)


def test_a_backup_does_not_change_with_the_database() -> None:
    """Nor can it be changed."""
    engine = Engine(ROWS)
    backup = engine.snapshot()
    engine.put("x", 10)
    assert backup == Backup(0, ROWS)
    with pytest.raises(TypeError):
        backup.rows["x"] = 1  # type: ignore[index]


def test_a_rollback_reaches_a_standby_as_one_record() -> None:
    """It is a commit like any other."""
    primary = Engine(ROWS)
    standby = standby_of(primary)
    for key, value in ROWS.items():
        standby.copy_row(key, value)
    backup = primary.snapshot()
    primary.put("x", 10)
    primary.put("z", 3)
    primary.rollback_to(backup)
    assert len(primary.records_since(0)) == 3
    catch_up(standby, primary)
    assert standby.rows == ROWS
