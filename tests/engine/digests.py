"""One digest of many schedules of a program that is full of ties, for `test_determinism`.

    python -m tests.engine.digests SCHEDULES [--trio-sets]

Run under different values of PYTHONHASHSEED. Addresses differ too: before each schedule it tears
holes into memory, in random order. With `--trio-sets`, cancellation goes through Trio's own sets, which are
ordered by address: then the digests differ.
"""

from __future__ import annotations

import random
import sys
from hashlib import blake2b
from typing import TYPE_CHECKING

import trio

from harness.kernel import Kernel, clean, private
from tests.engine.choosers import Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from outcome import Outcome

said: list[str] = []
chance = random.SystemRandom()


def say(text: object) -> None:
    """Something that the program does, and that anybody could see."""
    said.append(f"{trio.current_time():g} {clean(text)}")


async def main() -> None:
    """40 tasks: equal deadlines, many waiters, mass cancellation, visible aborts, a rendezvous."""
    event = trio.Event()
    send, receive = trio.open_memory_channel[int](0)
    async with trio.open_nursery() as nursery:
        for number in range(8):
            nursery.start_soon(sleeper, number)
            nursery.start_soon(waiter, number, event)
            nursery.start_soon(aborted, number)
        for number in range(6):
            nursery.start_soon(producer, number, send.clone())
            nursery.start_soon(consumer, number, receive)
        nursery.start_soon(failing_group)
        nursery.start_soon(generating)
        nursery.start_soon(in_a_thread)
        say([task.name for task in nursery.child_tasks])
        with trio.move_on_after(3):
            await trio.sleep(9)
        event.set()
        await trio.sleep(2)
        nursery.cancel_scope.cancel()


async def sleeper(number: int) -> None:
    """Eight deadlines at the same time."""
    with trio.move_on_after(2):
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.5)
            say(f"slept {number}")


async def waiter(number: int, event: trio.Event) -> None:
    """Eight are woken at once."""
    await event.wait()
    say(f"woken {number}")


async def aborted(number: int) -> None:
    """Abort functions run in the order of cancellation, and this one tells."""

    def abort(_: object) -> trio.lowlevel.Abort:
        said.append(f"abort {number}")
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.wait_task_rescheduled(abort)


async def producer(number: int, send: trio.MemorySendChannel[int]) -> None:
    """Rendezvous: who meets whom is a matter of order."""
    async with send:
        await send.send(number)


async def consumer(number: int, receive: trio.MemoryReceiveChannel[int]) -> None:
    """The other side."""
    async for value in receive:
        say(f"{number} received {value}")


async def failing_group() -> None:
    """An exception group with addresses in its text."""
    try:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(fail)
    except* ValueError as group:
        say(sorted(clean(error) for error in group.exceptions))


async def fail() -> None:
    """The text names an object by its address."""
    await trio.lowlevel.checkpoint()
    raise ValueError(object())


async def generating() -> None:
    """An async generator that is left to the end of the run."""

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            for number in range(3):
                yield number
        finally:
            said.append("generator closed")

    generators.append(numbers())
    say(await anext(generators[-1]))


async def in_a_thread() -> None:
    """Lockstep."""
    say(await trio.to_thread.run_sync(lambda: trio.from_thread.run_sync(trio.current_time)))


generators: list[AsyncGenerator[int, None]] = []


def digest_of(schedules: int) -> str:
    """Of everything that the kernel logged, and that the program said."""
    whole = blake2b(digest_size=16)
    with Kernel() as kernel:
        if "--trio-sets" in sys.argv:
            private.run_module.CancelStatus = private.CancelStatus  # type: ignore[misc]
        for seed in range(schedules):
            said.clear()
            generators.clear()
            pieces = tear_holes()
            engine = kernel.run(main, Seeded(seed))
            outcome: Outcome[object] | None = engine.main_task_outcome
            assert outcome is not None
            outcome.unwrap()
            whole.update(engine.digest().encode())
            whole.update("\n".join(said).encode())
            del pieces
    return whole.hexdigest()


def tear_holes() -> list[bytes]:
    """Leave memory such that what is allocated next lies at addresses in random order."""
    pieces = [bytes(chance.randrange(600)) for _ in range(3_000)]
    chance.shuffle(pieces)
    del pieces[1_000:]
    return pieces


if __name__ == "__main__":
    sys.stdout.write(digest_of(int(sys.argv[1])))
