"""Services that trust the network."""

from __future__ import annotations

from functools import partial

import trio

import harness
from tests.quality.catalogue.entry import broken_by


@broken_by("drop")
async def orders(world: harness.World) -> None:
    """An order is sent once, and nobody waits for an answer."""
    shop, store = world.link("orders")
    stock = world.database("stock", {"sold": 0})

    async def sells() -> None:
        for number in range(3):
            await shop.send(number)

    async def delivers() -> None:
        while True:
            await store.receive()
            await stock.update("sold", lambda sold: sold + 1)

    world.start(sells)
    world.start(delivers)
    await trio.sleep(10)
    assert stock.peek("sold") == 3


@broken_by("delay")
async def heartbeats(world: harness.World) -> None:
    """A standby takes silence for death."""
    primary, standby = world.link("heartbeats")
    table = world.database("table", {"leaders": 1})

    async def leads() -> None:
        for _ in range(4):
            await primary.send("alive")
            await trio.sleep(5)
        await table.update("leaders", lambda leaders: leaders - 1)
        await primary.send("stopped")

    async def watches() -> None:
        with trio.move_on_after(12) as silence:
            while await standby.receive() != "stopped":
                silence.deadline = trio.current_time() + 12
        await table.update("leaders", lambda leaders: leaders + 1)

    world.always("at most one leads", lambda: table.peek("leaders") < 2)
    world.start(leads)
    world.start(watches)
    await trio.sleep(100)


def _less(amount: int, balance: int) -> int:
    return balance - amount


@broken_by("duplicate")
async def payments(world: harness.World) -> None:
    """A payment that comes twice is taken twice."""
    client, bank = world.link("payments")
    accounts = world.database("accounts", {"alice": 100})

    async def pays() -> None:
        for amount in (10, 20):
            await client.send(amount)

    async def books() -> None:
        while True:
            amount = await bank.receive()
            await accounts.update("alice", partial(_less, amount))

    world.start(pays)
    world.start(books)
    await trio.sleep(10)
    assert accounts.peek("alice") == 70


@broken_by("reorder")
async def prices(world: harness.World) -> None:
    """The price that comes last is taken for the latest."""
    exchange, screen = world.link("prices")
    table = world.database("table", {"price": 0})

    async def quotes() -> None:
        for price in (100, 101, 102):
            await exchange.send(price)

    async def shows() -> None:
        while True:
            await table.put("price", await screen.receive())

    world.start(quotes)
    world.start(shows)
    await trio.sleep(10)
    assert table.peek("price") == 102


async def _pings(end: harness.world.network.End) -> None:
    for _ in range(4):
        await end.send("ping")
        await trio.sleep(5)


async def _silence(end: harness.world.network.End) -> bool:
    """Whether the other side said nothing for a while, before it was done with saying it."""
    for _ in range(4):
        with trio.move_on_after(12) as waiting:
            await end.receive()
        if waiting.cancelled_caught:
            return True
    return False


@broken_by("cut")
async def elections(world: harness.World) -> None:
    """Whoever hears nothing from the other leads."""
    ends = world.link("elections")
    table = world.database("table", {"leaders": 0})

    async def node(end: harness.world.network.End) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pings, end)
            if await _silence(end):
                await table.update("leaders", lambda leaders: leaders + 1)

    world.always("at most one leads", lambda: table.peek("leaders") < 2)
    for name, end in zip(("left", "right"), ends, strict=True):
        world.start(node, end, name=name)
    await trio.sleep(100)


@broken_by("cut_one_way")
async def takeovers(world: harness.World) -> None:
    """A primary steps down when it hears nothing, but it may be that only nobody hears it."""
    left, right = world.link("nodes")
    table = world.database("table", {"leaders": 1})

    async def primary() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pings, left)
            if await _silence(left):
                await table.update("leaders", lambda leaders: leaders - 1)

    async def standby() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pings, right)
            if await _silence(right):
                await trio.sleep(15)  # by then the primary must have noticed, too
                await table.update("leaders", lambda leaders: leaders + 1)

    world.always("at most one leads", lambda: table.peek("leaders") < 2)
    world.start(primary)
    world.start(standby)
    await trio.sleep(100)


@broken_by("refuse")
async def rates(world: harness.World) -> None:
    """Where no rate can be had, it is zero."""
    table = world.database("table", {"rate": 5})

    async def source() -> None:
        listener = world.listen("rates")
        while True:
            stream = await listener.accept()
            await stream.send(5)

    async def service() -> None:
        for _ in range(2):
            try:
                stream = await world.connect("rates")
                rate = await stream.receive()
            except OSError:
                rate = 0
            await table.put("rate", rate)

    world.always("there is a rate", lambda: table.peek("rate") > 0)
    world.start(source)
    await world.settle()
    await world.start(service).wait()


@broken_by("reset")
async def requests(world: harness.World) -> None:
    """A request that broke off is made again, though it was served."""
    accounts = world.database("accounts", {"alice": 100})

    async def bank() -> None:
        listener = world.listen("bank")
        while True:
            stream = await listener.accept()
            try:
                amount = await stream.receive()
                await accounts.update("alice", partial(_less, amount))
                await stream.send("done")
            except (trio.BrokenResourceError, trio.EndOfChannel):
                continue

    async def client() -> None:
        for _ in range(2):
            try:
                stream = await world.connect("bank")
                await stream.send(10)
                await stream.receive()
            except trio.BrokenResourceError:
                continue
            return

    world.start(bank)
    await world.settle()
    await world.start(client).wait()
    assert accounts.peek("alice") >= 90
