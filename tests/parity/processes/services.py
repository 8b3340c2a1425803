"""Small services that are killed: one body each, run in a simulated process and in a real one.

They stop at numbered places for somebody to say whether they may go on. Nothing here needs the
harness: a real process imports it in a moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Reached = Callable[[int], Awaitable[object]]
Service = Callable[[Any, Reached], Awaitable[None]]

#: Each service stops so often.
PLACES = 4


async def appends(disk: Any, reached: Reached) -> None:
    """A log, never synced."""
    async with await disk.open("log", "a") as log:
        for number in range(PLACES):
            await log.write(f"record {number}\n".encode())
            await reached(number)


async def replaces(disk: Any, reached: Reached) -> None:
    """A config written aside and renamed, nothing of it synced."""
    for number in range(PLACES):
        await disk.write_bytes("config.new", b"version %d" % number)
        if number % 2:
            await reached(number)
        await disk.rename("config.new", "config")
        if not number % 2:
            await reached(number)


async def buffers(disk: Any, reached: Reached) -> None:
    """A log kept in the process's own memory, and written every other time."""
    held: list[bytes] = []
    async with await disk.open("log", "a") as log:
        for number in range(PLACES):
            held.append(b"%d" % number)
            if len(held) == 2:
                await log.write(b"".join(held))
                held.clear()
            await reached(number)


async def says_goodbye(disk: Any, reached: Reached) -> None:
    """Cleaning up in `finally`, which nobody who is killed comes to."""
    try:
        await disk.mkdir("lock")
        for number in range(PLACES):
            await disk.write_bytes("state", b"%d" % number)
            await reached(number)
    finally:
        await disk.rmdir("lock")


async def cuts(disk: Any, reached: Reached) -> None:
    """A file that is cut, written to in places, and taken away while it is open."""
    async with await disk.open("scratch", "w+") as file:
        await file.pwrite(b"0123456789", 5)
        await reached(0)
        await file.truncate(7)
        await reached(1)
        await disk.link("scratch", "other")
        await disk.unlink("scratch")
        await reached(2)
        await file.pwrite(b"end", 0)
        await reached(3)


SERVICES: dict[str, Service] = {
    service.__name__: service for service in (appends, replaces, buffers, says_goodbye, cuts)
}
