"""Programs in which what must always hold fails for a moment only, between steps that do not meet.

No two of the steps that matter touch a thing in common: but for the property, their order makes no
difference, and the end is the same. With every choice made by default, nothing is wrong. A reduction that forgets what properties look at proves every one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

import harness
from harness import Cell, Mutex, World
from harness.kernel import current_run
from tests.quality.programs import together

Program = Callable[[World], Awaitable[None]]


async def two_writes(world: World) -> None:
    """One task each; the second write without the first is wrong."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    await together(lambda: a.write(1), lambda: b.write(1))


async def two_writes_within_longer_steps(world: World) -> None:
    """The same with accesses that belong to steps begun for something else."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())

    async def after_a_pause(cell: Cell[int]) -> None:
        await trio.lowlevel.checkpoint()
        cell.set(1)

    await together(lambda: after_a_pause(a), lambda: after_a_pause(b))


async def two_writes_in_first_steps(world: World) -> None:
    """The first step of a task, up to its first await, writes already."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())

    async def at_once(cell: Cell[int]) -> None:
        cell.set(1)

    await together(lambda: at_once(a), lambda: at_once(b))


async def constant_sum(world: World) -> None:
    """What one gives, the other gets, each on its own; more than there is, is wrong."""
    a, b = Cell(5), Cell(5)
    world.always("no money from nothing", lambda: a.peek() + b.peek() <= 10)
    await together(lambda: a.add(-1), lambda: b.add(1))


async def one_of_three_alone(world: World) -> None:
    """The third write of three, before both others."""
    a, b, c = Cell(0), Cell(0), Cell(0)
    world.always("c is not alone", lambda: a.peek() + b.peek() >= c.peek())
    await together(lambda: a.write(1), lambda: b.write(1), lambda: c.write(1))


async def two_of_three_without_the_middle(world: World) -> None:
    """The first and the third write of three, without the second."""
    a, b, c = Cell(0), Cell(0), Cell(0)
    world.always("no gap", lambda: not (a.peek() and c.peek()) or b.peek() == 1)
    await together(lambda: a.write(1), lambda: b.write(1), lambda: c.write(1))


async def two_leaders(world: World) -> None:
    """Each leads for one step and tells only itself."""
    leads = [Cell(0), Cell(0)]
    world.always("at most one leader", lambda: sum(cell.peek() for cell in leads) <= 1)

    async def lead(cell: Cell[int]) -> None:
        await cell.write(1)
        await cell.write(0)

    await together(lambda: lead(leads[0]), lambda: lead(leads[1]))


async def three_leaders(world: World) -> None:
    """Two at a time are allowed; all three are not."""
    leads = [Cell(0), Cell(0), Cell(0)]
    world.always("at most two leaders", lambda: sum(cell.peek() for cell in leads) <= 2)

    async def lead(cell: Cell[int]) -> None:
        await cell.write(1)
        await cell.write(0)

    await together(*[lambda cell=cell: lead(cell) for cell in leads])


async def a_corner_of_two_counters(world: World) -> None:
    """Two counters up to three; one pair of values of the sixteen is wrong."""
    a, b = Cell(0), Cell(0)
    world.always("not one and two", lambda: (a.peek(), b.peek()) != (1, 2))

    async def count(cell: Cell[int]) -> None:
        for value in (1, 2, 3):
            await cell.write(value)

    await together(lambda: count(a), lambda: count(b))


async def acknowledged_before_sent(world: World) -> None:
    """Atomic increments of two counters, one of which must never be ahead."""
    sent, acknowledged = Cell(0), Cell(0)
    world.always("sent first", lambda: acknowledged.peek() <= sent.peek())

    async def count(cell: Cell[int]) -> None:
        await cell.add(1)
        await cell.add(1)

    await together(lambda: count(sent), lambda: count(acknowledged))


async def exchanges(world: World) -> None:
    """Compare-and-swap, both of which succeed in every order."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    await together(lambda: a.compare_exchange(0, 1), lambda: b.compare_exchange(0, 1))


async def a_lock_each(world: World) -> None:
    """Both writes are made under a lock, but not the same."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())

    async def under(mutex: Mutex, cell: Cell[int]) -> None:
        async with mutex:
            await cell.write(1)

    first, second = Mutex(), Mutex()
    await together(lambda: under(first, a), lambda: under(second, b))


async def a_property_that_looks_further_at_times(world: World) -> None:
    """It looks at b only while a is set: its footprint changes with what it reads."""
    a, b = Cell(0), Cell(0)
    world.always("not both", lambda: a.peek() == 0 or b.peek() == 0)

    async def pulse(cell: Cell[int]) -> None:
        await cell.write(1)
        await cell.write(0)

    await together(lambda: pulse(a), lambda: pulse(b))


async def a_property_over_four(world: World) -> None:
    """Two writers of two cells each; half of each is wrong."""
    cells = [Cell(0) for _ in range(4)]
    world.always(
        "not two halves",
        lambda: [cell.peek() for cell in cells] not in ([1, 0, 1, 0], [0, 1, 0, 1]),
    )

    async def write(first: Cell[int], second: Cell[int]) -> None:
        await first.write(1)
        await second.write(1)

    await together(lambda: write(cells[0], cells[1]), lambda: write(cells[2], cells[3]))


async def two_properties(world: World) -> None:
    """The one that holds always must not hide the one that does not."""
    a, b, c = Cell(0), Cell(0), Cell(0)
    world.always("c is small", lambda: c.peek() <= 1)
    world.always("a first", lambda: a.peek() >= b.peek())
    await together(lambda: a.write(1), lambda: b.write(1), lambda: c.write(1))


async def index_and_chain(world: World) -> None:
    """Two services copy a height into rows of their own; the index must not be ahead of the chain."""
    rows = world.database("rows", {"chain": 0, "index": 0})
    world.always("index behind chain", lambda: rows.peek("index") <= rows.peek("chain"))

    async def store(key: str) -> None:
        await rows.put(key, 1)

    for key in ("chain", "index"):
        world.start(store, key, name=key)


async def two_databases(world: World) -> None:
    """The same with a database each."""
    chain, index = world.database("chain", {"height": 0}), world.database("index", {"height": 0})
    world.always("index behind chain", lambda: index.peek("height") <= chain.peek("height"))
    await together(lambda: chain.put("height", 1), lambda: index.put("height", 1))


async def a_table_as_a_whole(world: World) -> None:
    """Debit and credit are two statements of two services; the property sums up the table."""
    bank = world.database("bank", {"alice": 5, "bob": 5})
    world.always("no money from nothing", lambda: sum(bank.peek_all().values()) <= 10)

    async def book(key: str, amount: int) -> None:
        await bank.update(key, lambda balance: balance + amount)

    world.start(book, "alice", -1, name="debit")
    world.start(book, "bob", 1, name="credit")


async def rows_that_come_and_go(world: World) -> None:
    """One service moves its lock row away before another puts its own; two rows are wrong."""
    locks = world.database("locks", {"old": 1})
    world.always("one lock", lambda: len(locks.peek_all()) <= 1)
    await together(lambda: locks.delete("old"), lambda: locks.put("new", 1))


async def two_transactions(world: World) -> None:
    """Each commits two rows at once; half of the one beside none of the other is wrong."""
    rows = world.database("rows", {"a": 0, "b": 0, "c": 0, "d": 0})
    world.always("a first", lambda: rows.peek("b") <= rows.peek("d"))

    async def commit(first: str, second: str) -> None:
        async with rows.transaction("read committed") as session:
            await session.put(first, 1)
            await session.put(second, 1)

    await together(lambda: commit("c", "d"), lambda: commit("a", "b"))


async def a_flag_and_a_row(world: World) -> None:
    """Readiness is announced by one task and brought about by another."""
    ready = world.flag("ready")
    markets = world.database("markets", {})
    world.always("ready means loaded", lambda: not ready.peek() or markets.peek("BTC") is not None)
    await together(lambda: markets.put("BTC", 1), ready.set)


async def a_cell_and_a_process(world: World) -> None:
    """Nobody is registered who does not live; the process ends on its own."""
    registered = world.database("registered", {"service": 1})

    async def service() -> None:
        await trio.lowlevel.checkpoint()

    registrar = world.start(registered.delete, "service", name="registrar")
    process = world.start(service)
    world.always("registered lives", lambda: process.alive or registered.peek("service") is None)
    await registrar.wait()


async def two_restarts(world: World) -> None:
    """Two operators restart a replica each; both are down for a moment."""

    async def serve() -> None:
        await trio.sleep_forever()

    replicas = [world.start(serve, name=name) for name in ("left", "right")]
    world.always("somebody serves", lambda: replicas[0].alive or replicas[1].alive)

    async def restart(process: harness.Process) -> None:
        process.kill()
        await process.restart()

    await together(*[lambda process=process: restart(process) for process in replicas])


async def a_fault_between(world: World) -> None:
    """A process may die at any time; that it does while it holds the lease is wrong."""
    lease = world.database("lease", {"holder": 0})

    async def hold() -> None:
        await lease.put("holder", 1)
        await lease.put("holder", 0)

    process = world.start(hold)
    world.always("holders live", lambda: process.alive or lease.peek("holder") == 0)
    current_run().add_action("kill", process.kill)


async def the_last_words_of_the_cancelled(world: World) -> None:
    """Who is cancelled lets go in `finally`; somebody else takes it for gone before."""
    held, gone = Cell(1), Cell(0)
    world.always("gone lets go", lambda: not (held.peek() and gone.peek()))
    scope = trio.CancelScope()

    async def hold() -> None:
        with scope:
            try:
                await trio.sleep_forever()
            finally:
                held.set(0)

    cancelled = trio.Event()

    async def cancel() -> None:
        scope.cancel()
        cancelled.set()

    async def take_over() -> None:
        await cancelled.wait()
        await gone.write(1)

    await together(hold, cancel, take_over)


async def sleepers_of_one_moment(world: World) -> None:
    """Two timers of one time: whoever is woken first is anybody's guess."""
    a, b = Cell(0), Cell(0)
    world.always("b first", lambda: b.peek() >= a.peek())

    async def later(cell: Cell[int]) -> None:
        await trio.sleep(1)
        cell.set(1)

    await together(lambda: later(a), lambda: later(b))


async def woken_by_one_event(world: World) -> None:
    """Two waiters of one event, each of which writes for itself."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    event = trio.Event()

    async def wait(cell: Cell[int]) -> None:
        await event.wait()
        cell.set(1)

    async def ring() -> None:
        event.set()

    await together(lambda: wait(a), lambda: wait(b), ring)


async def receivers_of_one_channel(world: World) -> None:
    """Each gets a message and writes for itself."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    sending, receiving = trio.open_memory_channel[int](2)

    async def receive(cell: Cell[int]) -> None:
        await cell.write(await receiving.receive())

    await sending.send(1)
    await sending.send(1)
    await together(lambda: receive(a), lambda: receive(b))


async def children_of_different_nurseries(world: World) -> None:
    """The writers are grandchildren, started by tasks that have nothing to do with each other."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    await together(lambda: together(lambda: a.write(1)), lambda: together(lambda: b.write(1)))


async def only_if_so_decided(world: World) -> None:
    """The data must be decided one way, and the steps come in one order."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())

    async def second() -> None:
        await b.write(world.choose("what to write", [0, 1]))

    await together(lambda: a.write(1), second)


async def after_settling(world: World) -> None:
    """Only what comes after the start is explored."""
    a, b = Cell(0), Cell(0)
    world.always("a first", lambda: a.peek() >= b.peek())
    go = world.flag("go")

    async def write(cell: Cell[int]) -> None:
        await go.wait()
        await cell.write(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(write, a)
        nursery.start_soon(write, b)
        await world.settle()
        await go.set()


#: All of them, by name.
PROGRAMS: dict[str, Program] = {
    name: value
    for name, value in list(globals().items())
    if getattr(value, "__module__", None) == __name__ and callable(value)
}
