"""A mutex is an abstract lock: one holder at a time, and whoever is scheduled takes it."""

from __future__ import annotations

from math import factorial, prod

import pytest
import trio
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import MutexMisused


@settings(max_examples=10)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=3))
def test_critical_sections_exclude_each_other_and_come_in_every_order(sizes: list[int]) -> None:
    """As many interleavings as orders of the tasks: sections of any length are not interleaved."""
    orders: list[tuple[int, ...]] = []

    async def model() -> None:
        mutex = harness.Mutex()
        cell = harness.Cell(0)
        order: list[int] = []

        async def section(who: int) -> None:
            async with mutex:
                order.append(who)
                for _ in range(sizes[who]):
                    await cell.write(who)
                assert order[-1] == who

        async with trio.open_nursery() as nursery:
            for who in range(len(sizes)):
                nursery.start_soon(section, who)
        orders.append(tuple(order))

    result = harness.explore(model, strategy="dfs")
    assert result.verdict == "exhausted"
    assert len(set(orders)) == factorial(len(sizes))


def test_it_closes_the_lost_update() -> None:
    """What it is for; without it the same model is violated."""

    async def model(*, locked: bool) -> None:
        mutex = harness.Mutex()
        cell = harness.Cell(0)

        async def increment() -> None:
            if locked:
                async with mutex:
                    await cell.write(await cell.read() + 1)
            else:
                await cell.write(await cell.read() + 1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(increment)
            nursery.start_soon(increment)
        assert cell.get() == 2

    async def with_lock() -> None:
        await model(locked=True)

    async def without() -> None:
        await model(locked=False)

    assert harness.explore(with_lock, strategy="dfs").verdict == "exhausted"
    assert harness.explore(without, strategy="dfs").verdict == "violated"


def test_taking_two_in_different_orders_is_a_deadlock_that_is_found() -> None:
    """And the report says who waits."""

    async def model() -> None:
        first, second = harness.Mutex(name="first"), harness.Mutex(name="second")

        async def take(one: harness.Mutex, other: harness.Mutex) -> None:
            async with one, other:
                pass

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take, first, second)
            nursery.start_soon(take, second, first)

    (violation,) = harness.explore(model, strategy="dfs").violations
    assert violation.property == "no deadlock"
    assert "main/take" in violation.message
    assert "main/take~2" in violation.message


def test_a_wait_can_be_cancelled_and_the_mutex_goes_on() -> None:
    """Whoever gives up is forgotten: in every interleaving the next one gets it."""

    async def model() -> None:
        mutex = harness.Mutex()
        await mutex.acquire()

        async def wait() -> None:
            await mutex.acquire()
            mutex.release()

        async with trio.open_nursery() as nursery:
            with trio.move_on_after(1) as scope:
                await trio.lowlevel.checkpoint()
                nursery.start_soon(wait)
                await trio.sleep_forever()
            assert scope.cancelled_caught
            nursery.start_soon(wait)
            mutex.release()
        assert not mutex.locked()

    assert harness.explore(model, strategy="dfs").verdict == "exhausted"


def test_a_cancelled_acquire_does_not_hold_it() -> None:
    """The step never happened."""

    async def model() -> None:
        mutex = harness.Mutex()
        await mutex.acquire()
        with trio.move_on_after(1):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(mutex.acquire)
        mutex.release()
        assert not mutex.locked()

    assert harness.explore(model, strategy="dfs").verdict == "exhausted"


async def acquire_twice(mutex: harness.Mutex) -> None:
    """It is no lock that counts."""
    await mutex.acquire()
    await mutex.acquire()


async def release_free(mutex: harness.Mutex) -> None:
    """Nobody holds it."""
    mutex.release()


async def release_anothers(mutex: harness.Mutex) -> None:
    """Somebody else does."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mutex.acquire)
    mutex.release()


@pytest.mark.parametrize("misuse", [acquire_twice, release_free, release_anothers])
def test_misuse_is_reported_as_such(misuse: object) -> None:
    """A model that is wrong shows nothing about the system."""

    async def model() -> None:
        await misuse(harness.Mutex())  # type: ignore[operator]

    with pytest.raises(MutexMisused, match="main:mutex was"):
        harness.explore(model, strategy="dfs")


def test_the_number_of_interleavings_is_that_of_the_free_steps() -> None:
    """Two tasks of two free steps around one locked step: as the oracle of multinomials says."""

    async def model() -> None:
        mutex = harness.Mutex()

        async def work() -> None:
            await trio.lowlevel.checkpoint()
            async with mutex:
                pass
            await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(work)

    steps = 4  # the start, the acquisition that follows the first checkpoint, the last checkpoint
    result = harness.explore(model, strategy="dfs")
    assert result.verdict == "exhausted"
    assert result.schedules == factorial(2 * steps) // prod([factorial(steps)] * 2)
