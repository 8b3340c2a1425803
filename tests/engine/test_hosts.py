"""A kernel works wherever it is called from, and does the same there."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING

import pytest
import trio
from hypothesis import given, settings, strategies as st

from harness.kernel import Defaults, Kernel
from tests.engine.choosers import Seeded

if TYPE_CHECKING:
    from harness.kernel import Engine

SCHEDULES = 10


async def program() -> None:
    """A little of everything."""
    send, receive = trio.open_memory_channel[int](1)

    async def produce(number: int) -> None:
        with trio.move_on_after(number):
            await trio.sleep(number / 2)
        await send.send(number)

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(produce, number)
        for _ in range(4):
            await receive.receive()
        await trio.to_thread.run_sync(lambda: trio.from_thread.run(trio.sleep, 1))


def digests() -> list[str]:
    """Of some schedules, by a kernel made here and now."""
    with Kernel() as kernel:
        return [kernel.run(program, Seeded(seed)).digest() for seed in range(SCHEDULES)]


EXPECTED: list[str] = []


@pytest.fixture(autouse=True, scope="module")
def expected() -> None:
    """What a kernel does when nothing else is there."""
    EXPECTED[:] = digests()
    assert len(set(EXPECTED)) > 1


async def test_inside_a_running_trio() -> None:
    """A test under pytest-trio may explore; the run around it is undisturbed."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 0.001)
        task = trio.lowlevel.current_task()
        assert digests() == EXPECTED
        assert trio.lowlevel.current_task() is task
        await trio.sleep(0.001)


def test_inside_a_running_asyncio() -> None:
    """The same for asyncio, whose loop does not notice."""

    async def main() -> list[str]:
        sleeper = asyncio.ensure_future(asyncio.sleep(0.001))
        found = digests()
        await sleeper
        return found

    assert asyncio.run(main()) == EXPECTED


def test_inside_a_trio_that_asyncio_hosts() -> None:
    """Guest mode: both at once."""

    async def guest() -> list[str]:
        await trio.lowlevel.checkpoint()
        return digests()

    async def host() -> list[str]:
        done: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=lambda outcome: done.set_result(outcome.unwrap()),
        )
        return await done

    assert asyncio.run(host()) == EXPECTED


def test_in_a_thread() -> None:
    """Where there are no signals."""
    found: list[list[str]] = []
    thread = threading.Thread(target=lambda: found.append(digests()))
    thread.start()
    thread.join()
    assert found == [EXPECTED]


def test_in_three_threads_at_once() -> None:
    """Each has its own kernel; what is patched stays patched until the last has left."""
    found: list[list[str]] = []
    gate = threading.Barrier(3)

    def work() -> None:
        for _ in range(5):
            gate.wait()
            found.append(digests())

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [EXPECTED] * 15


@settings(max_examples=10)
@given(st.integers(0, SCHEDULES - 1))
def test_inside_a_hypothesis_test(seed: int) -> None:
    """Hypothesis measures real time and draws from `random`; a kernel leaves both alone."""
    with Kernel() as kernel:
        assert kernel.run(program, Seeded(seed)).digest() == EXPECTED[seed]


def test_trio_run_inside_a_simulated_task_is_trio_s_error() -> None:
    """As inside any Trio task."""

    async def main() -> None:
        with pytest.raises(RuntimeError, match=r"Attempted to call run\(\) from inside a run\(\)"):
            trio.run(program)

    with Kernel() as kernel:
        outcome = kernel.run(main, Defaults()).main_task_outcome
    assert outcome is not None
    outcome.unwrap()


def test_another_thread_may_run_real_trio_meanwhile() -> None:
    """Its cancel statuses are ordered for the moment, its threads and clock are real."""
    found: list[float] = []

    async def real() -> float:
        began = trio.current_time()
        with trio.move_on_after(0.01):
            await trio.sleep_forever()
        await trio.to_thread.run_sync(lambda: trio.from_thread.run(trio.sleep, 0.001))
        return trio.current_time() - began

    with Kernel() as kernel:
        thread = threading.Thread(target=lambda: found.append(trio.run(real)))
        thread.start()
        engines: list[Engine] = [kernel.run(program, Seeded(0)) for _ in range(20)]
        thread.join()
        assert engines[-1].digest() == EXPECTED[0]
    assert found[0] > 0.01


def test_the_garbage_collector_is_off_while_any_kernel_is_in_force() -> None:
    """Its finalisers would run within a step; and it is as before when the last kernel has left."""
    assert gc.isenabled()
    first, second = Kernel(), Kernel()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()
    gc.disable()
    try:
        with Kernel():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
