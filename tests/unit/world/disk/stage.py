"""Scenarios on one disk: everything that may be found on it after a power cut, or after a fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import harness
from harness.world.disk import Disk
from tests.unit.database.worlds import outcomes

Files = dict[str, bytes | None]
Body = Callable[[Disk], Awaitable[object]]


def found_after(body: Body, files: dict[str, bytes] | None = None, **options: Any) -> list[Files]:
    """The disk after a power cut at the end of the body: every state there is, sorted."""

    async def scenario(world: harness.World) -> Files:
        disk = world.disk("disk", files or {"f": b"old"}, **options)
        await body(disk)
        disk.power_loss()
        return disk.peek_all()

    found: list[Files] = outcomes(scenario)
    return found


def contents_after(body: Body, path: str = "/f", **options: Any) -> list[bytes | None]:
    """The same, of one file alone; None where there is none."""
    found = [files.get(path) for files in found_after(body, **options)]
    return sorted(dict.fromkeys(found), key=lambda data: (data is not None, data or b""))


def struck(body: Body, faults: dict[str, int], **options: Any) -> list[Any]:
    """What the body returns in every run with these faults; an error as its name and number."""

    async def scenario(world: harness.World) -> Any:
        disk = world.disk("disk", {"f": b"old"}, **options)
        try:
            return await body(disk), disk.peek("f")
        except OSError as error:
            return type(error).__name__, error.errno, disk.peek("f")

    return outcomes(scenario, faults=faults)
