"""Services that trust the disk."""

from __future__ import annotations

import trio

import harness
from tests.quality.catalogue.entry import broken_by

RECORD = b"an order"


@broken_by("power_loss")
async def replicas(world: harness.World) -> None:
    """Both replicas run on one machine."""
    disk = world.disk("machine")

    async def replica(name: str) -> None:
        async with await disk.open(name, "w") as file:
            for _ in range(10):
                await file.write(RECORD)
                await trio.sleep(1)

    nodes = [world.start(replica, name, name=name) for name in ("first", "second")]
    world.always("one of them is up", lambda: any(node.alive for node in nodes))
    await trio.sleep(3)


@broken_by("lost_write", power_loss=1)
async def settings(world: harness.World) -> None:
    """A file is written and renamed into place, and not synced in between."""
    disk = world.disk("etc", {"settings": b"old"})

    async def service() -> None:
        async with await disk.open("settings.new", "w") as file:
            await file.write(b"new")
        await disk.rename("settings.new", "settings")

    await world.start(service).wait()
    assert disk.peek("settings") in (b"old", b"new")


@broken_by("torn_write", power_loss=1)
async def tails(world: harness.World) -> None:
    """A log is read back without a look whether its last record is whole."""
    disk = world.disk("log", {"log": b""})

    async def service() -> None:
        async with await disk.open("log", "a") as file:
            for _ in range(3):
                await file.write(RECORD)
                await file.fsync()

    await world.start(service).wait()
    assert len(disk.peek("log") or b"") % len(RECORD) == 0


@broken_by("full")
async def short_writes(world: harness.World) -> None:
    """Nobody looks how much of a record was written."""
    disk = world.disk("log", {"log": b""})

    async def service() -> None:
        async with await disk.open("log", "a") as file:
            for _ in range(3):
                try:
                    await file.write(RECORD)
                except OSError:
                    return

    await world.start(service).wait()
    assert len(disk.peek("log") or b"") % len(RECORD) == 0


@broken_by("io_error")
async def balances(world: harness.World) -> None:
    """What cannot be read is zero."""
    disk = world.disk("bank", {"alice": b"100"})
    table = world.database("table", {"alice": 100})

    async def service() -> None:
        for _ in range(2):
            try:
                balance = int(await disk.read_bytes("alice"))
            except OSError:
                balance = 0
            await table.put("alice", balance)

    await world.start(service).wait()
    assert table.peek("alice") == 100


async def _acknowledge(world: harness.World, disk_name: str, fault: str) -> None:
    """Three orders are written, synced and acknowledged; what is acknowledged must be there."""
    disk = world.disk(disk_name, {"log": b""})
    table = world.database("table", {"acknowledged": 0})

    async def shop() -> None:
        async with await disk.open("log", "a") as file:
            for _ in range(3):
                try:
                    await file.write(RECORD)
                    await file.fsync()
                except OSError:
                    if fault == "retry":
                        await file.fsync()
                await table.update("acknowledged", lambda count: count + 1)

    await world.start(shop).wait()
    assert len(disk.peek("log") or b"") >= len(RECORD) * table.peek("acknowledged")


@broken_by("read_only")
async def acknowledged(world: harness.World) -> None:
    """What could not be written is acknowledged all the same."""
    await _acknowledge(world, "shop", "ignore")


@broken_by("lying_fsync", power_loss=1)
async def one_copy(world: harness.World) -> None:
    """What is acknowledged is on one disk, which is believed."""
    await _acknowledge(world, "shop", "ignore")


@broken_by("fsync_error", power_loss=1)
async def synced_again(world: harness.World) -> None:
    """An `fsync` that failed is made again, which saves nothing."""
    await _acknowledge(world, "shop", "retry")
