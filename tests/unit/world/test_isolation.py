"""Memory that processes share, or that survives a restart, is reported; what is harmless is not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio

import harness
from harness.errors import HarnessError, IsolationBroken, MemoryShared
from tests.heap import let_go
from tests.unit.world import user_cache, user_code
from tests.unit.world.stage import holds, once


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test's processes write is not there for the next."""
    monkeypatch.setattr(user_code, "COUNT", 0)
    monkeypatch.setattr(user_cache, "MODE", "normal")
    for memory in (user_code.SEEN, user_code.QUEUE, user_code.Service.known, user_cache.CACHE):
        memory.clear()


async def run_twice(world: harness.World, main: Any, name: str = "service") -> None:
    """Start a process and, when it has ended, start it again."""
    process = world.start(main, name=name)
    await process.wait()
    await process.restart()
    await process.wait()


def refused(scenario: Callable[[harness.World], Any]) -> str:
    """The scenario is refused for what its processes share; returns what is said of it."""
    with pytest.raises(HarnessError) as refusal:
        once(scenario)
    assert isinstance(refusal.value, MemoryShared)
    return str(refusal.value)


# ---- closures --------------------------------------------------------------------------------------


def test_a_dict_in_a_closure_that_survives_a_restart() -> None:
    """The classic: memory that `kill -9` destroys in reality, and that here is still there."""

    async def scenario(world: harness.World) -> None:
        memory: dict[str, int] = {}

        async def service() -> None:
            memory["BTC"] = len(memory)

        await run_twice(world, service)

    said = refused(scenario)
    assert said.startswith("memory (test_a_dict_in_a_closure_that_survives_a_restart.<locals>")
    assert "is memory that service#1 and service#2 share" in said


def test_a_variable_that_is_rebound_in_two_processes() -> None:
    """`nonlocal` in code that a second process runs, too."""

    async def scenario(world: harness.World) -> None:
        count = 0

        async def service() -> None:
            nonlocal count
            count += 1

        world.start(service, name="a")
        world.start(service, name="b")

    assert "count" in refused(scenario)


@pytest.mark.parametrize("first", ["reader", "writer"])
def test_a_variable_that_one_rebinds_and_another_reads(first: str) -> None:
    """In whichever order they start: the reader would never see it in reality."""

    async def scenario(world: harness.World) -> None:
        ready = False

        async def writer() -> None:
            nonlocal ready
            ready = True

        async def reader() -> None:
            assert ready in (True, False)

        mains = [reader, writer] if first == "reader" else [writer, reader]
        for main in mains:
            world.start(main)

    assert refused(scenario).startswith("ready (")


def test_one_object_under_two_names() -> None:
    """Two closures, made by one function, of the same list."""

    async def scenario(world: harness.World) -> None:
        def make(inbox: list[int]) -> Any:
            async def service() -> None:
                inbox.append(1)

            return service

        shared: list[int] = []
        world.start(make(shared), name="a")
        world.start(make(shared), name="b")

    assert "inbox" in refused(scenario)


def test_a_helper_in_the_closure_is_followed() -> None:
    """The main need not touch the memory itself."""

    async def scenario(world: harness.World) -> None:
        memory: list[int] = []

        def remember() -> None:
            memory.append(1)

        async def service() -> None:
            remember()

        await run_twice(world, service)

    assert "memory" in refused(scenario)


def test_what_changes_inside_of_what_is_shared() -> None:
    """A dict within a list within an object."""

    async def scenario(world: harness.World) -> None:
        holder = user_code.Service()
        holder.mine = {"rows": [{"BTC": 0}]}  # type: ignore[dict-item]  # one level more

        async def service() -> None:
            holder.mine["rows"][0]["BTC"] += 1  # type: ignore[index]

        await run_twice(world, service)

    assert "holder" in refused(scenario)


# ---- arguments and bound mains ---------------------------------------------------------------------


def test_an_argument_that_two_processes_get() -> None:
    """`world.start(main, shared)`."""

    async def service(inbox: list[int]) -> None:
        inbox.append(1)

    async def scenario(world: harness.World) -> None:
        shared: list[int] = []
        world.start(service, shared, name="a")
        world.start(service, shared, name="b")

    assert "an argument (service)" in refused(scenario)


def test_an_argument_of_a_partial() -> None:
    """The same, by another way."""

    async def service(inbox: list[int]) -> None:
        inbox.append(1)

    async def scenario(world: harness.World) -> None:
        await run_twice(world, partial(service, inbox=[]))

    assert "an argument (service)" in refused(scenario)


@pytest.mark.parametrize("bound", [True, False])
def test_an_instance_whose_method_is_the_main(bound: bool) -> None:
    """An object made outside is memory outside, whether its method or the object is the main."""

    async def scenario(world: harness.World) -> None:
        service = user_code.Service()
        await run_twice(world, service.run if bound else service)

    assert "self" in refused(scenario)


def test_an_instance_that_the_main_makes_is_its_own() -> None:
    """The way to write it: every incarnation makes its own."""

    async def scenario(world: harness.World) -> None:
        async def service() -> None:
            await user_code.Service().run()

        await run_twice(world, service)

    holds(scenario)


# ---- modules and classes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "variable"),
    [
        (user_code.writes_a_global_dict, "SEEN"),
        (user_code.rebinds_a_global, "COUNT"),
        (user_code.writes_a_queue, "QUEUE"),
        (user_code.takes_a_number, "NUMBERS"),
        (user_code.writes_slots, "TOTALS"),
        (user_code.writes_a_class, "known"),
        (user_code.sets_an_attribute_of_a_module, "MODE"),
        (user_code.writes_in_another_module, "CACHE"),
        (user_code.writes_by_an_imported_name, "CACHE"),
        (user_code.writes_behind_a_decorator, "SEEN"),
    ],
)
def test_memory_in_a_module_survives_a_restart(main: Any, variable: str) -> None:
    """Wherever it stands, and however the main gets at it."""

    async def scenario(world: harness.World) -> None:
        await run_twice(world, main)

    assert refused(scenario).startswith(f"{variable} (")


def test_a_global_that_one_rebinds_and_another_reads() -> None:
    """Two mains of one module."""

    async def scenario(world: harness.World) -> None:
        world.start(user_code.reads_a_global)
        world.start(user_code.rebinds_a_global)

    assert refused(scenario).startswith("COUNT (")


# ---- Trio's primitives -----------------------------------------------------------------------------


async def with_event(event: trio.Event) -> None:
    """Looks at somebody's event."""
    event.is_set()


async def with_lock(lock: trio.Lock) -> None:
    """Takes somebody's lock."""
    async with lock:
        pass


async def with_channel(channel: trio.MemorySendChannel[int]) -> None:
    """Sends to somebody."""
    channel.send_nowait(1)


@pytest.mark.parametrize(
    ("use", "make"),
    [
        (with_event, trio.Event),
        (with_lock, trio.Lock),
        (with_channel, lambda: trio.open_memory_channel[int](10)[0]),
    ],
)
def test_a_trio_primitive_belongs_to_the_process_that_touched_it_first(use: Any, make: Any) -> None:
    """Two real processes have no event in common."""

    async def scenario(world: harness.World) -> None:
        thing = make()
        world.start(use, thing, name="a")
        world.start(use, thing, name="b")
        await world.settle()

    with pytest.raises(IsolationBroken, match=r"b#1 .* used the \w+ of process a#1"):
        once(scenario)


@pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited")
def test_a_nursery_of_another_process() -> None:
    """Starting a task in it would make the task outlive a kill of its own process."""

    async def scenario(world: harness.World) -> None:
        async with trio.open_nursery() as nursery:

            async def service() -> None:
                nursery.start_soon(trio.sleep, 1)

            world.start(service)
            await world.settle()

    with pytest.raises(IsolationBroken, match="a nursery of process main"):
        once(scenario)
    let_go()  # what was to be started is found here, and not in another test


# ---- what is allowed -------------------------------------------------------------------------------


def test_a_service_that_behaves_may_be_restarted_and_doubled() -> None:
    """Constants, functions, classes, loggers and the world itself are no shared memory."""
    logging.getLogger("tests").setLevel(logging.CRITICAL)

    async def scenario(world: harness.World) -> None:
        rows = {"BTC": 20_000}
        store = world.database("store", rows)
        flag = world.flag("ready")
        cell = harness.Cell(0)
        mutex = harness.Mutex()

        async def service() -> None:
            await user_code.behaves()
            assert rows["BTC"] == 20_000
            await store.put("BTC", 1)
            await flag.set()
            async with mutex:
                await cell.add(1)

        await run_twice(world, service, "a")
        await run_twice(world, service, "b")

    holds(scenario)


def test_processes_may_know_each_other() -> None:
    """The variables that hold them are bound when all have started: that is wiring, not sharing."""

    async def scenario(world: harness.World) -> None:
        async def first() -> None:
            await trio.lowlevel.checkpoint()
            await second_process.wait()

        async def second() -> None:
            assert first_process.alive

        first_process = world.start(first)
        second_process = world.start(second)
        await first_process.wait()
        await run_twice(world, first, "third")

    holds(scenario)


def test_what_only_one_incarnation_touches_is_its_own_business() -> None:
    """A list that the test looks at afterwards, say: nobody could tell it from the process's own."""

    async def scenario(world: harness.World) -> None:
        seen: list[int] = []

        async def service() -> None:
            seen.append(1)

        process = world.start(service)
        await process.wait()
        process.kill()
        assert seen == [1]

    holds(scenario)


def test_what_is_shared_and_not_changed_is_a_constant() -> None:
    """A configuration that all read is what real processes have a copy of each."""

    async def scenario(world: harness.World) -> None:
        settings = {"markets": ["BTC", "ETH"], "totals": user_code.Totals(3)}

        async def service() -> None:
            assert settings["markets"]

        await run_twice(world, service, "a")
        await run_twice(world, service, "b")

    holds(scenario)
