"""Services that trust clocks and timers."""

from __future__ import annotations

import time

import trio

import harness
from tests.quality.catalogue.entry import broken_by


@broken_by("early_timer")
async def handover(world: harness.World) -> None:
    """A standby sleeps for as long as the primary surely takes to stop, and does not ask."""
    table = world.database("table", {"stopped": False, "writers": 1})

    async def primary() -> None:
        for _ in range(3):
            await trio.sleep(1)
        await table.put("writers", 0)

    async def standby() -> None:
        await trio.sleep(10)
        await table.update("writers", lambda writers: writers + 1)

    world.always("at most one writes", lambda: table.peek("writers") < 2)
    world.start(primary)
    world.start(standby)
    await trio.sleep(30)


@broken_by("timeout")
async def retries(world: harness.World) -> None:
    """What takes too long is done again, though half of it is done."""
    accounts = world.database("accounts", {"alice": 100, "bob": 0})

    async def bank() -> None:
        for _ in range(2):
            with trio.move_on_after(5):
                await accounts.update("alice", lambda balance: balance - 10)
                await accounts.update("bob", lambda balance: balance + 10)
                return

    await world.start(bank).wait()
    assert sum(accounts.peek_all().values()) == 100


@broken_by("skew")
async def last_write_wins(world: harness.World) -> None:
    """The later of two writes is told by the clocks of two machines."""
    table = world.database("table", {"price": (0.0, 0)})

    async def writer(after_s: float, price: int) -> None:
        await trio.sleep(after_s)
        stamp = time.time()
        await table.update("price", lambda old: max(old, (stamp, price)))

    world.start(writer, 1, 100, name="first")
    world.start(writer, 10, 200, name="second")
    await trio.sleep(30)
    assert table.peek("price")[1] == 200


@broken_by("jump")
async def durations(world: harness.World) -> None:
    """How long something took is the difference of two looks at the wall clock."""
    table = world.database("table", {"took_s": 0.0})

    async def worker() -> None:
        for _ in range(3):
            began = time.time()
            await trio.sleep(2)
            await table.put("took_s", time.time() - began)

    world.always("nothing takes less than no time", lambda: table.peek("took_s") >= 0)
    await world.start(worker).wait()
