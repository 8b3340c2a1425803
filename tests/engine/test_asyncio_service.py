"""An asyncio service as a simulated process, through trio-asyncio: what works, and what is refused."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import trio

import harness
from harness.errors import RealWorldRefused
from harness.kernel import current_run
from tests.engine.bridge import trio_asyncio
from tests.heap import let_go

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from harness.world.database import Database


class Funding:
    """A service as an asyncio shop writes it: tasks, a queue, a lock, timers, a finally."""

    def __init__(self, markets: Database, chain: Database, *, wait: bool) -> None:
        self.markets = markets
        self.chain = chain
        self.wait = wait
        self.memory: dict[str, int] = {}
        self.prices: asyncio.Queue[int] = asyncio.Queue()
        self.lock = asyncio.Lock()
        self.loaded = asyncio.Event()

    async def load(self) -> None:
        """What must have happened before the first tick."""
        async with self.lock:
            self.memory["BTC"] = await trio_asyncio.trio_as_aio(self.markets.get)("BTC")
        self.loaded.set()

    async def tick(self) -> None:
        """Publish what memory holds; what is missing becomes zero."""
        if self.wait:
            await self.loaded.wait()
        else:
            await trio_asyncio.trio_as_aio(self.chain.get)("BTC")
        self.prices.put_nowait(self.memory.get("BTC", 0))
        await asyncio.sleep(60)

    async def publish(self) -> None:
        """Write what comes down the queue to the chain."""
        while True:
            price = await self.prices.get()
            await trio_asyncio.trio_as_aio(self.chain.put)("BTC", price)

    async def serve(self) -> None:
        """Run all of it until cancelled."""
        tasks = [asyncio.create_task(job()) for job in (self.load, self.tick, self.publish)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()


def process_of(serve: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[None]]:
    """The main function of a process that runs an asyncio service."""

    async def main() -> None:
        async with trio_asyncio.open_loop():
            await trio_asyncio.aio_as_trio(serve)()

    return main


@harness.scenario(fixes=["wait_for_load"], time_model=harness.bounded(stall_s=0))
async def scale_up(world: harness.World) -> None:
    """The service is killed, started again, and in the end asked to stop."""
    markets = world.database("markets", {"BTC": 20_000})
    chain = world.database("chain", {"BTC": 20_000})
    world.always("the index keeps its value", lambda: chain.peek("BTC") == 20_000)

    async def funding() -> None:
        service = Funding(markets, chain, wait=world.fix("wait_for_load"))
        await process_of(service.serve)()

    service = world.start(funding)
    await world.settle()
    service.kill()
    service.start_again()
    await trio.sleep(1)
    assert (await service.terminate()).kind == "terminated"


@pytest.mark.parametrize("strategy", ["random", "dfs"])
def test_the_race_of_a_restart_is_found_and_replayed(strategy: str) -> None:
    """Kill -9, restart and SIGTERM of an asyncio service; the trace replays with the same digest."""
    result = harness.explore(
        scale_up, strategy=strategy, schedules=1_000, stop_at_first=True, shrink=False
    )

    assert result.verdict == "violated"
    trace = result.violations[0].trace
    assert harness.replay(trace, scenario=scale_up).digest == trace.digest
    assert any(e.text.startswith("chain.put BTC = 0") for e in trace.events)


def test_every_order_of_a_fixed_service_is_covered() -> None:
    """Waiting for the load closes the race, in every interleaving within the model."""
    result = harness.explore(scale_up, strategy="dfs", fixes=["wait_for_load"], schedules=5_000)

    assert result.verdict == "exhausted"
    assert result.schedules > 10


def _every_task() -> list[asyncio.Task[Any]]:
    """Of all event loops, dead or alive."""
    return list(asyncio.tasks._all_tasks)  # type: ignore[attr-defined]


def test_a_kill_at_any_step_runs_no_finally_of_asyncio(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither before the verdict nor after the run, and asyncio does not complain of lost tasks."""
    killed_at: list[int] = []
    cleaned_up: list[bool] = []

    async def scenario(world: harness.World) -> None:
        chain = world.database("chain", {"BTC": 20_000})
        world.always("dead code writes nothing", lambda: chain.peek("BTC") == 20_000)
        running = current_run()

        async def hold() -> None:
            loop = asyncio.get_running_loop()
            try:
                await asyncio.Event().wait()
            finally:
                at_home = asyncio.get_running_loop() is loop
                cleaned_up.append(running.closing and running.inside and at_home)
                await trio_asyncio.trio_as_aio(chain.put)("BTC", 0)

        async def numbers() -> AsyncIterator[int]:
            try:
                yield 1
            finally:
                cleaned_up.append(False)

        async def iterate() -> None:
            async for _ in numbers():
                await hold()

        async def serve() -> None:
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                group.create_task(hold())
                asyncio.Task(hold(), name="made without asking the loop")
                group.create_task(iterate())
                await trio_asyncio.trio_as_aio(chain.get)("BTC")

        service = world.start(process_of(serve), name="service")
        await chain.get("BTC")
        service.kill()
        killed_at.append(running.step)
        await trio.sleep(100)

    result = harness.explore(scenario, strategy="random", schedules=150)
    let_go()

    assert result.verdict == "inconclusive"
    assert len(set(killed_at)) > 8
    assert cleaned_up
    assert all(cleaned_up)
    assert [task for task in _every_task() if not task.done()] == []
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def run_service(serve: Callable[[], Awaitable[Any]], **options: Any) -> harness.Result:
    """Explore one service in one process until nothing is left to explore."""

    async def scenario(world: harness.World) -> None:
        await world.start(process_of(serve), name="service").wait()

    return harness.explore(scenario, strategy="dfs", schedules=500, fairness="trio", **options)


def test_callbacks_keep_the_order_that_asyncio_promises() -> None:
    """`call_soon` is first in, first out: no schedule shows another order, so there are no false alarms."""
    orders: list[str] = []

    async def serve() -> None:
        seen: list[str] = []

        async def twice(name: str) -> None:
            seen.append(name)
            await asyncio.sleep(0)
            seen.append(name.upper())

        asyncio.get_running_loop().call_soon(seen.append, "first")
        await asyncio.gather(twice("a"), twice("b"))
        orders.append("".join(seen))

    assert run_service(serve).verdict == "exhausted"
    assert set(orders) == {"firstabAB"}


def test_operations_of_the_world_complete_in_any_order() -> None:
    """What asyncio does not promise, and the real world does not either, is explored."""
    orders: list[str] = []

    async def scenario(world: harness.World) -> None:
        rows = world.database("rows", {"a": 1, "b": 2})

        async def serve() -> None:
            seen: list[str] = []

            async def read(key: str) -> None:
                await trio_asyncio.trio_as_aio(rows.get)(key)
                seen.append(key)

            await asyncio.gather(read("a"), read("b"))
            orders.append("".join(seen))

        await world.start(process_of(serve), name="service").wait()

    harness.explore(scenario, strategy="random", schedules=50, fairness="trio")

    assert set(orders) == {"ab", "ba"}


def test_time_is_virtual_and_names_count_from_one() -> None:
    """An hour of `asyncio.sleep` takes no time; a name is the same in every run of a process."""
    seen: list[tuple[float, float, str]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await asyncio.sleep(3600)
        task = asyncio.create_task(asyncio.sleep(0))
        await task
        seen.append((begun, loop.time(), task.get_name()))

    assert run_service(serve).verdict == "exhausted"
    assert set(seen) == {(0.0, 3600.0, "Task-2")}


def test_threads_of_asyncio_run_in_lockstep() -> None:
    """`asyncio.to_thread` goes through Trio's threads, which are deterministic."""
    results: list[int] = []

    async def serve() -> None:
        results.append(await asyncio.to_thread(sum, [1, 2, 3]))

    assert run_service(serve).verdict == "exhausted"
    assert set(results) == {6}


def test_a_service_that_handles_its_cancellation_ends_in_good_order() -> None:
    """`terminate` reaches asyncio as a CancelledError; what the handler writes is seen."""
    farewells: list[object] = []

    async def scenario(world: harness.World) -> None:
        chain = world.database("chain", {"BTC": 20_000})

        async def serve() -> None:
            try:
                await asyncio.sleep(1_000)
            except asyncio.CancelledError:
                await trio_asyncio.trio_as_aio(flush)()
                raise

        async def flush() -> None:
            with trio.CancelScope(shield=True):
                await chain.put("BTC", 0)

        service = world.start(process_of(serve), name="service")
        await world.settle()
        status = await service.terminate(grace_s=5)
        farewells.append((status.kind, chain.peek("BTC")))

    harness.explore(scenario, strategy="random", schedules=20)

    assert set(farewells) == {("terminated", 0)}


def start_thread_pool() -> None:
    """What a service does that wants threads of its own."""
    with ThreadPoolExecutor() as pool:
        pool.submit(print)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: asyncio.run(asyncio.sleep(0)), "asyncio.run"),
        (lambda: asyncio.open_connection("localhost", 80), "getaddrinfo"),
        (lambda: asyncio.create_subprocess_exec("true"), "Popen"),
        (
            lambda: asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print),
            "signal",
        ),
        (start_thread_pool, "ThreadPoolExecutor"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_the_real_world_is_refused_by_name(call: Callable[[], Any], named: str) -> None:
    """Each error names the call and says what to do instead."""

    async def serve() -> None:
        result = call()
        if result is not None:
            await result

    with pytest.raises(RealWorldRefused, match=named):
        run_service(serve)
