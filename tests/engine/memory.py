"""Resident memory after many schedules, for `test_memory`.

    python -m tests.engine.memory SCHEDULES...

Prints the resident set in KiB when each of the given numbers of schedules has been run, in one
process, of a program with groups, timeouts, channels, a kill and a restart.
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio

from harness.kernel import Kernel, current_run
from tests.engine.choosers import Seeded


async def service() -> None:
    """What is killed."""
    send, receive = trio.open_memory_channel[int](0)

    async def fail() -> None:
        with trio.move_on_after(1):
            await receive.receive()
        raise ValueError("x")

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)
            nursery.start_soon(fail)
            await send.send(1)
            await trio.sleep(2)
    except* ValueError:
        await trio.sleep_forever()


async def main() -> None:
    """A kill, at one of several times, and a restart."""
    run = current_run()
    process = run.start_process("service#1", service)
    await trio.sleep(0.5 + run.choose("when", ["early", "late"]))
    run.freeze(process)
    run.start_process("service#2", service)
    run.write("x", run.step)
    await trio.sleep(3)


def resident_kib() -> int:
    """Of this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def measure(marks: list[int]) -> list[int]:
    """Resident memory at each mark."""
    found = []
    with Kernel() as kernel:
        for number in range(1, marks[-1] + 1):
            engine = kernel.run(main, Seeded(number % 1_000))
            engine.digest()
            if number in marks:
                found.append(resident_kib())
    return found


if __name__ == "__main__":
    sys.stdout.write(" ".join(map(str, measure([int(mark) for mark in sys.argv[1:]]))))
