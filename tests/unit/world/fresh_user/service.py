"""A service in the style of one that has a process to itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from time import time as now
from typing import TYPE_CHECKING, ClassVar

import trio

from . import memory
from .memory import remember

if TYPE_CHECKING:
    import harness

STARTED = now()
ready = trio.Event()


@dataclass
class Row:
    """Dataclasses look their module up by its name."""

    known: ClassVar[dict[str, int]] = {}
    value: int = 0


async def main(store: harness.world.database.Database) -> None:
    """Count, in every way there is, what this process remembers; publish it."""
    import tests.unit.world.fresh_user.memory
    from tests.unit.world.fresh_user import memory as late

    Row.known["BTC"] = len(Row.known) + Row().value
    ready.set()
    await ready.wait()
    seen = remember("BTC"), memory.COUNT, late.COUNT, len(memory.CACHE), len(Row.known)
    qualified = tests.unit.world.fresh_user.memory.COUNT
    await store.put("seen", [*seen, qualified, time.time() - STARTED])


def not_async() -> None:
    """No main."""
