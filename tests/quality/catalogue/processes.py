"""Services that do not outlive what happens to their processes."""

from __future__ import annotations

import trio

import harness
from tests.quality.catalogue.entry import broken_by


@broken_by("kill")
async def transfers(world: harness.World) -> None:
    """Money is moved in two statements and no transaction."""
    accounts = world.database("accounts", {"alice": 100, "bob": 0, "carol": 0})

    async def bank() -> None:
        for name in ("bob", "carol"):
            await accounts.update("alice", lambda balance: balance - 10)
            await accounts.update(name, lambda balance: balance + 10)

    await world.start(bank).wait()
    assert sum(accounts.peek_all().values()) == 100


@broken_by("cancel")
async def leases(world: harness.World) -> None:
    """A lease is given back in a `finally` that is not shielded, so that a stop keeps it."""
    table = world.database("table", {"holder": "nobody"})

    async def worker() -> None:
        await table.put("holder", "worker")
        try:
            for _ in range(3):
                await trio.sleep(1)
        finally:
            await table.put("holder", "nobody")

    await world.start(worker).wait()
    assert table.peek("holder") != "worker"


@broken_by("slow")
async def holders(world: harness.World) -> None:
    """A lease is looked at before the write, and not by whom is written to."""
    table = world.database("table", {"holder": "anna", "written by": "anna"})

    async def anna() -> None:
        for _ in range(3):
            await trio.sleep(1)
            if trio.current_time() < 8:
                await table.put("written by", "anna")

    async def bert() -> None:
        await trio.sleep(10)
        await table.put_all({"holder": "bert", "written by": "bert"})

    world.always("only the holder writes", lambda: table.peek("written by") == table.peek("holder"))
    world.start(anna)
    world.start(bert)
    await trio.sleep(30)


@broken_by("lag")
async def promotions(world: harness.World) -> None:
    """A replica is promoted without a look at its lag."""
    orders = world.database("orders", {})

    async def shop() -> None:
        for number in range(3):
            await orders.put(number, "paid")

    async def operator() -> None:
        standby = await orders.provision("second")
        await standby.copy(atomic=True)
        await selling.wait()
        await standby.catch_up()
        await standby.promote(fence=True)

    selling = world.start(shop)
    await world.start(operator).wait()
    assert len(orders.peek_all()) == 3
