"""Nodes: power cuts, what was under way, a second node and who still writes to the first."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import trio

from harness import World
from harness.errors import NameTaken
from harness.world.database import ConnectionLost, ReadOnlyNode, SerializationFailure
from tests.quality.outcomes import see
from tests.unit.database.worlds import labels, once, outcomes
from tests.unit.world.faults.agree import agreed, seen_by

ROWS = {"x": 1, "y": 2}


# ------------------------------------------------------------------------------------ power cuts


def test_a_commit_under_way_at_a_power_cut_happened_or_did_not() -> None:
    """Both are explored, and the client cannot tell: it gets the same error."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        told: list[str] = []

        async def client() -> None:
            try:
                await db.put("x", 10)
                told.append("committed")
            except ConnectionLost:
                told.append("lost")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(client)
            await world.flag("any time").is_set()
            db.node.kill()
        db.node.start()
        return told[0], db.peek("x")

    assert outcomes(body) == [("committed", 10), ("lost", 1), ("lost", 10)]


def test_the_commit_of_a_transaction_is_as_uncertain() -> None:
    """All of its writes are there or none; a statement before the commit leaves nothing."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        told: list[str] = []

        async def client() -> None:
            try:
                async with db.transaction() as session:
                    await session.put("x", 10)
                    await session.put("y", 20)
                told.append("committed")
            except ConnectionLost:
                told.append("lost")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(client)
            await world.flag("any time").is_set()
            db.node.kill()
            db.node.start()
        return told[0], db.peek("x"), db.peek("y")

    assert outcomes(body) == [("committed", 10, 20), ("lost", 1, 2), ("lost", 10, 20)]


def test_a_commit_under_way_that_would_have_failed_has_failed() -> None:
    """Whoever cuts the power hears nothing of it."""

    async def body(world: World) -> Any:
        db = world.database("db", {"x": 50, "y": 50})

        async def withdraw(key: str) -> None:
            with contextlib.suppress(ConnectionLost, SerializationFailure):
                async with db.transaction("serializable") as session:
                    rows = await session.scan()
                    if sum(rows.values()) >= 60:
                        await session.put(key, rows[key] - 60)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(withdraw, "x")
            nursery.start_soon(withdraw, "y")
            await world.flag("any time").is_set()
            db.node.kill()
        return db.peek("x"), db.peek("y")

    assert outcomes(body) == [(-10, 50), (50, -10), (50, 50)]


def test_what_a_dead_process_had_under_way_is_gone_with_it() -> None:
    """A power cut after the kill does not bring it back."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def client() -> None:
            await db.put("x", 10)

        process = world.start(client)
        await world.flag("any time").is_set()
        process.kill()
        before = db.peek("x")
        db.node.kill()
        db.node.start()
        return before, db.peek("x")

    assert outcomes(body) == [(1, 1), (10, 10)]


@pytest.mark.parametrize("flushed", [False, True])
def test_a_power_cut_takes_what_was_not_flushed(flushed: bool) -> None:
    """Without synchronous commits, an acknowledged write is gone unless it was flushed."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS, synchronous_commit=False)
        await db.put("x", 10)
        if flushed:
            await db.flush()
        db.node.kill()
        db.node.start()
        return await db.get("x")

    assert once(body)[0] == (10 if flushed else 1)


def test_a_node_that_is_down_refuses_everything() -> None:
    """Each statement takes a step and raises; after the start everything works again."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        db.node.kill()
        db.node.kill()
        assert not db.node.up
        for statement in (lambda: db.get("x"), lambda: db.put("x", 1), db.scan, db.snapshot):
            with pytest.raises(ConnectionLost):
                await statement()
        with pytest.raises(ConnectionLost):
            async with db.transaction():
                pytest.fail("there is nobody to begin it with")
        db.node.start()
        assert await db.scan() == ROWS

    once(body)


def test_a_read_under_way_is_lost_even_if_the_node_is_back_at_once() -> None:
    """Its connection is gone; the next statement has a new one."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        got: list[Any] = []

        async def client() -> None:
            try:
                got.append(await db.get("x"))
            except ConnectionLost:
                got.append(await db.get("x") + 100)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(client)
            await world.flag("any time").is_set()
            db.node.kill()
            db.node.start()
        return got[0]

    assert outcomes(body) == [1, 101]


def test_an_open_transaction_is_lost_with_the_node() -> None:
    """Nothing of it is there afterwards, and a statement that waited is told."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        told: list[str] = []

        async def waiter() -> None:
            try:
                await db.put("x", 11)
            except ConnectionLost:
                told.append("lost")

        async def holder(nursery: trio.Nursery) -> None:
            async with db.transaction() as session:
                await session.put("x", 10)
                nursery.start_soon(waiter)
                await trio.testing.wait_all_tasks_blocked()
                db.node.kill()
                db.node.start()
                await session.get("x")

        async with trio.open_nursery() as nursery:
            with pytest.raises(ConnectionLost):
                await holder(nursery)
        assert told == ["lost"]
        assert await db.scan() == ROWS

    once(body)


def test_a_power_cut_conflicts_with_every_statement() -> None:
    """By label: whoever reorders steps must not swap the two unseen."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        await db.get("x")
        db.node.kill()

    _, run = once(body)
    modes = [entry[1] for entry in run.log if isinstance(entry, tuple) and entry[0] == "node db"]
    assert modes == [0, 1]


# --------------------------------------------------------------------------------- a second node


def test_a_scale_up_moves_new_connections_to_the_new_node() -> None:
    """Whoever was connected stays with the old one, which was fenced, until it reconnects."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        await db.get("x")
        await db.scale_up("larger")
        assert db.node.name == "larger"
        assert await db.get("x") == 1
        with pytest.raises(ReadOnlyNode, match="this node is fenced"):
            await db.put("x", 10)
        db.reconnect()
        await db.put("x", 10)
        assert db.peek("x") == 10

    once(body)


def test_two_nodes_of_one_name_are_refused() -> None:
    """Their labels could not be told apart."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        with pytest.raises(NameTaken, match="there is already a node named 'db'"):
            await db.provision("db")

    once(body)


def test_without_fencing_the_brain_is_split() -> None:
    """An old process goes on writing where nobody reads any more; a new one does not see it."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def service() -> None:
            await db.put("x", (await db.get("x")) + 10)

        async def old_service() -> None:
            await db.get("x")
            await trio.sleep(1)
            await db.put("x", 99)

        old = world.start(old_service)
        await trio.testing.wait_all_tasks_blocked()
        old_node = db.node
        await db.scale_up("larger", fence=False)
        new = world.start(service)
        await new.wait()
        await old.wait()
        return db.peek("x"), old_node.engine.rows["x"]

    assert once(body)[0] == (11, 99)


def test_a_restarted_process_connects_anew() -> None:
    """A restart is what moves a service to the new node."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)

        async def service() -> None:
            await db.update("x", lambda value: value + 1)

        process = world.start(service)
        await process.wait()
        await db.scale_up("larger")
        await process.restart()
        await process.wait()
        return db.peek("x")

    assert once(body)[0] == 3


def test_a_node_promoted_before_it_has_caught_up_lacks_rows() -> None:
    """What was committed since the copy is missing there: None, where there was a value."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        standby = await db.provision("larger")
        await standby.copy(atomic=True)
        await db.put("z", 3)
        await db.put("x", 10)
        assert standby.lag == 2
        await standby.catch_up(records=1)
        assert standby.lag == 1
        await standby.promote(fence=True)
        db.reconnect()
        return await db.scan()

    assert once(body)[0] == {"x": 1, "y": 2, "z": 3}


def test_catching_up_mends_a_copy_made_row_by_row() -> None:
    """Under every schedule, the copy ends equal to its source; without it, it may be torn."""

    def scenario(*, catch_up: bool) -> Any:
        async def body(world: World) -> Any:
            db = world.database("db", ROWS)

            async def transfer() -> None:
                await db.put_all({"x": 0, "y": 3})

            standby = await db.provision("larger")
            async with trio.open_nursery() as nursery:
                nursery.start_soon(transfer)
                await standby.copy(atomic=False)
            if catch_up:
                await standby.catch_up()
            return dict(standby.node.engine.rows)

        return body

    assert outcomes(scenario(catch_up=True)) == [{"x": 0, "y": 3}]
    assert {"x": 1, "y": 3} in outcomes(scenario(catch_up=False))


def test_copying_stops_when_a_node_dies() -> None:
    """Whoever copies is told; what was copied stays."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        standby = await db.provision("larger")
        standby.node.kill()
        with pytest.raises(ConnectionLost, match="larger"):
            await standby.copy(atomic=True)
        standby.node.start()
        await standby.copy(atomic=True)
        await db.put("x", 10)
        db.node.kill()
        with pytest.raises(ConnectionLost, match="db"):
            await standby.catch_up()
        await standby.promote(fence=True)
        db.reconnect()
        assert await db.scan() == ROWS

    once(body)


def test_the_order_of_commits_matters_once_somebody_follows() -> None:
    """Commits of different rows are independent; not to a node that repeats them one by one."""

    async def body(world: World) -> int:
        db = world.database("db", ROWS)
        await db.put("x", 10)
        before = len(labels(db.run))
        await db.provision("larger")
        await db.put("y", 20)
        return before

    before, run = once(body)
    logged = [label for label in labels(run)[before:] if label == "node db (log)"]
    assert "node db (log)" not in labels(run)[:before]
    assert len(logged) == 2


# ----------------------------------------------------------------------------- who looks at rows


class Witness:
    """A watcher that keeps what it is told."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        self.told: list[Any] = []

    def wrote(self, key: Any, old: Any, new: Any, version: Any) -> None:
        """Keep it."""
        self.told.append(("wrote", old, new, version))

    def was_read(self, key: Any, value: Any, version: Any) -> None:
        """Keep it."""
        self.told.append(("read", value, version))


def test_watchers_hear_of_commits_and_of_reads_with_their_versions() -> None:
    """A version is one write; uncommitted changes have none."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        witness = Witness()
        db.watch("x", witness)
        await db.get("x")
        async with db.transaction("repeatable read") as session:
            await session.get("y")
            await db.put("x", 1)
            await session.get("x")
            await db.get("x")
            await session.scan()
        async with db.transaction() as session:
            await session.put("x", 5)
            await session.get("x")
        await db.delete("x")
        await db.scan()
        await db.scan(lambda key, value: True)
        return witness.told

    assert once(body)[0] == [
        ("read", 1, ("db", 0)),
        ("wrote", 1, 1, ("db", 1)),
        ("read", 1, ("db", 0)),
        ("read", 1, ("db", 1)),
        ("read", 1, ("db", 0)),
        ("wrote", 1, 5, ("db", 2)),
        ("wrote", 5, None, ("db", 3)),
        ("read", None, ("db", 3)),
    ]


def test_watchers_hear_what_a_power_cut_takes_back() -> None:
    """The state changed although nobody wrote."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS, synchronous_commit=False)
        witness = Witness()
        db.watch("x", witness)
        await db.put("x", 10)
        db.node.kill()
        return witness.told

    assert once(body)[0] == [("wrote", 1, 10, ("db", 1)), ("wrote", 10, 1, ("db", 2))]


def test_watchers_hear_what_a_promotion_changes() -> None:
    """A row that differs is a write; one that was copied is the version it was copied from."""

    async def body(world: World) -> Any:
        db = world.database("db", ROWS)
        await db.put("y", 20)
        witnesses = Witness(), Witness()
        db.watch("x", witnesses[0])
        db.watch("y", witnesses[1])
        standby = await db.provision("larger")
        await standby.copy(atomic=True)
        await db.put("x", 10)
        await standby.promote(fence=True)
        db.reconnect()
        await db.get("x")
        await db.get("y")
        return [witness.told for witness in witnesses]

    of_x, of_y = once(body)[0]
    assert [what for what in of_x if what[0] == "wrote"] == [
        ("wrote", 1, 10, ("db", 1)),
        ("wrote", 10, 1, ("larger", 1)),
    ]
    assert of_x[-1] == ("read", 1, ("larger", 1))
    assert of_y == [("read", 20, ("db", 1))]


def test_a_property_is_asked_again_when_the_primary_changes() -> None:
    """Promotion replaces what `peek` shows, without any statement writing it."""

    async def body(world: World) -> None:
        db = world.database("db", ROWS)
        standby = await db.provision("larger")
        await standby.copy(atomic=True)
        await db.put("x", 10)
        world.always("x never falls", lambda: db.peek("x") == 10)
        await standby.promote(fence=True)
        await db.get("y")

    run = once_until_violated(body)
    assert [failure.property for failure in run.failures] == ["x never falls"]


def once_until_violated(body: Any) -> Any:
    """The properties of one run by default choices."""
    from harness.kernel import Defaults, Kernel, Model, current_run
    from harness.properties import Properties

    made: list[Properties] = []

    async def main() -> None:
        run = current_run()
        made.append(Properties(run))
        await body(World(run, fixes=(), declared=(), params={}, properties=made[0]))

    with Kernel(Model()) as kernel:
        kernel.run(main, Defaults())
    return made[0]


@pytest.mark.parametrize("client_first", [True, False])
@pytest.mark.parametrize("flushes", [True, False])
def test_a_commit_before_a_second_node_or_after_it_is_a_race(
    *, client_first: bool, flushes: bool
) -> None:
    """What the new node lacks depends on it; a reduction finds both, whoever comes first by default."""

    async def body(world: World) -> None:
        db = world.database("db", {"x": 0}, synchronous_commit=not flushes)

        async def operator() -> None:
            standby = await db.provision("second")
            await standby.copy(atomic=True)
            see(standby.lag)

        async def client() -> None:
            await db.put("x", 1)
            if flushes:
                await db.flush()

        for main in (client, operator) if client_first else (operator, client):
            world.start(main)
        await trio.sleep(1)

    assert seen_by("operator#1", agreed(body)) == {("0",), ("1",)}
