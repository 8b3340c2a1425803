"""The classic mistakes with a disk, each beside what every handbook says instead.

Without the fix "mended" a scenario fails under its faults; with it, no state that the model allows is
one that its users were not told of.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

import attrs

import harness

Body = Callable[[harness.World], Awaitable[None]]
OLD, NEW = b"limit=10", b"limit=20"
RECORD = b"deposit 100\n"


@attrs.frozen
class Crash:
    """A mistake.

    Attributes:
      kind: of the fault that shows it.
      scenario: it.
      others: faults that have to strike as well for anybody to notice.
    """

    kind: str
    scenario: harness.Scenario
    others: dict[str, int]


CRASHES: dict[str, Crash] = {}


def crash(kind: str, **others: int) -> Callable[[Body], Body]:
    """One more mistake; the fault that shows it may strike once."""

    def decorate(body: Body) -> Body:
        made = harness.scenario(
            fixes=["mended"], faults={kind: 1, **others}, assume_independent=True
        )(body)
        CRASHES[body.__name__] = Crash(kind, made, others)
        return body

    return decorate


# ---- what is lost with the power -----------------------------------------------------------------


@crash("lost_write", power_loss=1)
async def log_without_fsync(world: harness.World) -> None:
    """A write-ahead log is acknowledged as soon as it is written."""
    disk = world.disk("disk", {"log": b""})
    told = world.database("told", {})

    async def service() -> None:
        async with await disk.open("log", "a") as log:
            await log.write(RECORD)
            if world.fix("mended"):
                await log.fsync()
        await told.put("client", "ok")

    await world.start(service, may_fail=True).wait()
    assert told.peek("client") is None or disk.peek("log") == RECORD, "acknowledged and gone"


@crash("lost_write", power_loss=1)
async def rename_without_fsync(world: harness.World) -> None:
    """The new name is durable, and what is in the file is not."""
    disk = world.disk("disk", {"config": OLD})

    async def service() -> None:
        async with await disk.open("config.new", "w") as file:
            await file.write(NEW)
            if world.fix("mended"):
                await file.fsync()
        await disk.rename("config.new", "config")

    await world.start(service, may_fail=True).wait()
    assert disk.peek("config") in (OLD, NEW), "neither old nor new"


@crash("lost_write", power_loss=1)
async def rename_not_durable(world: harness.World) -> None:
    """A new config is announced, and after a power cut the old one is back."""
    disk = world.disk("disk", {"config": OLD}, ordering="metadata-ordered")
    told = world.database("told", {})

    async def service() -> None:
        async with await disk.open("config.new", "w") as file:
            await file.write(NEW)
            await file.fsync()
        await disk.rename("config.new", "config")
        if world.fix("mended"):
            await disk.fsync_directory()
        await told.put("limit", 20)

    await world.start(service, may_fail=True).wait()
    assert told.peek("limit") is None or disk.peek("config") == NEW, "announced and gone"


@crash("lost_write", power_loss=1)
async def name_not_durable(world: harness.World) -> None:
    """A new file is synced; its name is not."""
    disk = world.disk("disk")
    told = world.database("told", {})

    async def service() -> None:
        async with await disk.open("log.2", "x") as log:
            await log.write(RECORD)
            await log.fsync()
        if world.fix("mended"):
            await disk.fsync_directory()
        await told.put("client", "ok")

    await world.start(service, may_fail=True).wait()
    assert told.peek("client") is None or disk.peek("log.2") == RECORD, "synced without a name"


@crash("lost_write", power_loss=1)
async def marker_before_data(world: harness.World) -> None:
    """A marker says that the data are complete, and is durable before they are."""
    disk = world.disk("disk", {"data": b"", "complete": b""})

    async def service() -> None:
        async with await disk.open("data", "a") as data:
            await data.write(b"snapshot")
            if world.fix("mended"):
                await data.fsync()
        async with await disk.open("complete", "a") as marker:
            await marker.write(b"yes")

    await world.start(service, may_fail=True).wait()
    assert disk.peek("complete") != b"yes" or disk.peek("data") == b"snapshot", "not complete"


@crash("torn_write", power_loss=1)
async def torn_tail(world: harness.World) -> None:
    """Recovery takes the last line of a log for a whole one."""
    disk = world.disk("disk", {"log": b"5.\n"})
    balance = world.database("balance", {})

    async def service() -> None:
        async with await disk.open("log", "a") as log:
            await log.write(b"5000.\n")

    async def recovery() -> None:
        lines = (await disk.read_bytes("log")).strip(b"\0").split(b"\n")
        whole = [line for line in lines if line.endswith(b".") or not world.fix("mended")]
        last = [line for line in whole if line][-1]
        await balance.put("alice", int(last.strip(b".")))

    await world.start(service, may_fail=True).wait()
    await world.start(recovery).wait()
    assert balance.peek("alice") in (None, 5, 5000), "a balance that never was"


@crash("power_loss")
async def stale_lock(world: harness.World) -> None:
    """Whoever finds a lock file stays away, although its owner is long dead."""
    disk = world.disk("disk")
    served = world.database("served", {})

    async def service() -> None:
        if await disk.exists("lock"):
            return  # another one must be running
        await disk.write_bytes("lock", b"")
        await served.put("request", True)
        await disk.unlink("lock")

    process = world.start(service)
    while (await process.wait()).kind == "killed":
        if world.fix("mended"):  # the machine has just been started: nobody can hold it
            with contextlib.suppress(FileNotFoundError):
                await disk.unlink("lock")
        process.start_again()
    assert served.peek("request"), "nobody served it"


# ---- what an fsync promises ----------------------------------------------------------------------


@crash("lying_fsync", power_loss=1)
async def trusting_fsync(world: harness.World) -> None:
    """The only other copy is thrown away when one disk says that it has the message."""
    disks = [world.disk("first", {"inbox": b""}), world.disk("second", {"inbox": b""})]
    queue = world.database("queue", {"message": "pay bob"})

    async def service() -> None:
        for disk in disks if world.fix("mended") else disks[:1]:
            async with await disk.open("inbox", "a") as inbox:
                await inbox.write(b"pay bob")
                await inbox.fsync()
        await queue.delete("message")

    await world.start(service, may_fail=True).wait()
    copies = [disk.peek("inbox") == b"pay bob" for disk in disks]
    assert queue.peek("message") or any(copies), "nowhere"


@crash("fsync_error", power_loss=1)
async def fsync_again(world: harness.World) -> None:
    """An fsync that failed is tried again, and then it returns."""
    disk = world.disk("disk", {"log": b""})
    told = world.database("told", {})

    async def service() -> None:
        async with await disk.open("log", "a") as log:
            await log.write(RECORD)
            try:
                await log.fsync()
            except OSError:
                if world.fix("mended"):
                    raise  # and recovery reads the log anew
                await log.fsync()
        await told.put("client", "ok")

    await world.start(service, may_fail=True).wait()
    assert told.peek("client") is None or disk.peek("log") == RECORD, "acknowledged and gone"


# ---- what fails while the power is on ------------------------------------------------------------


@crash("full")
async def half_written_config(world: harness.World) -> None:
    """A config is cut before it is written anew, and then there is no room for it."""
    disk = world.disk("disk", {"config": OLD})

    async def service() -> None:
        path = "config.new" if world.fix("mended") else "config"
        if await disk.write_bytes(path, NEW) == len(NEW) and world.fix("mended"):
            await disk.rename("config.new", "config")

    await world.start(service, may_fail=True).wait()
    assert disk.peek("config") in (OLD, NEW), "neither old nor new"


@crash("io_error")
async def unread_is_zero(world: harness.World) -> None:
    """What cannot be read is taken for what is not there."""
    disk = world.disk("disk", {"price": b"20000"})
    index = world.database("index", {"BTC": 20_000})

    async def service() -> None:
        price = b"0"
        missing = FileNotFoundError if world.fix("mended") else OSError
        with contextlib.suppress(missing):  # there is none before the first start
            price = await disk.read_bytes("price")
        await index.put("BTC", int(price))

    await world.start(service, may_fail=True).wait()
    assert index.peek("BTC") == 20_000, "published what it could not read"


@crash("read_only")
async def journal_given_up(world: harness.World) -> None:
    """A journal that cannot be written any more is given up, and nobody is told."""
    disk = world.disk("disk", {"journal": b""})
    told = world.database("told", {})

    async def service() -> None:
        async with await disk.open("journal", "a") as journal:
            for number in range(3):
                ignored: tuple[type[Exception], ...] = () if world.fix("mended") else (OSError,)
                with contextlib.suppress(*ignored):
                    await journal.write(b"%d" % number)
                await told.put("last", number)

    await world.start(service, may_fail=True).wait()
    last = told.peek("last")
    assert last is None or b"%d" % last in (disk.peek("journal") or b""), "told, not written"
