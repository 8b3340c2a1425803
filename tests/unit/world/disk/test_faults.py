"""Each fault of a disk surfaces as the error that the operating system raises, and leaves what it should."""

from __future__ import annotations

from collections.abc import Awaitable
from errno import EIO, ENOSPC, EROFS
from typing import Any

import harness
from harness.world.disk import Disk
from tests.unit.database.worlds import outcomes
from tests.unit.world.disk.stage import struck


async def _append(disk: Disk) -> int:
    async with await disk.open("f", "r+") as file:
        file.seek(3)
        return await file.write(b"-new")


async def _fails(operation: Awaitable[object], number: int) -> bool:
    try:
        await operation
    except OSError as error:
        return error.errno == number
    return False


async def _append_and_sync(disk: Disk) -> None:
    async with await disk.open("f", "a") as file:
        await file.write(b"-new")
        await file.fsync()


def test_without_a_budget_nothing_fails() -> None:
    """One run, and it goes well."""
    assert struck(_append, {}) == [(4, b"old-new")]


def test_any_operation_may_fail_with_an_io_error() -> None:
    """Nothing has come of it then."""
    assert struck(_append, {"io_error": 1}) == [("OSError", EIO, b"old"), (4, b"old-new")]
    for body in (Disk.listdir, lambda disk: disk.read_bytes("f")):
        assert ("OSError", EIO, b"old") in struck(body, {"io_error": 1})


def test_a_full_disk_takes_a_part_or_nothing() -> None:
    """A write is cut short where there is room for some of it: the caller has to look."""
    found = struck(_append, {"full": 1})

    assert found == [("OSError", ENOSPC, b"old"), (2, b"old-n"), (4, b"old-new")]


def test_a_full_disk_stays_full_until_somebody_makes_room() -> None:
    """What lies within a file can still be overwritten."""

    async def body(disk: Disk) -> Any:
        if not await _fails(disk.write_bytes("big", b"1"), ENOSPC):
            return "no fault"
        assert await _fails(disk.mkdir("d"), ENOSPC)
        async with await disk.open("f", "r+") as file:
            assert await file.write(b"OLDER") == 3
        disk.make_room()
        return await disk.write_bytes("big", b"12")

    assert struck(body, {"full": 1}) == [("no fault", b"old"), (2, b"OLD")]


def test_a_disk_that_has_turned_read_only_is_read() -> None:
    """Everything else fails until it is mounted anew."""

    async def body(disk: Disk) -> Any:
        if not await _fails(disk.write_bytes("f", b"new"), EROFS):
            return "no fault"
        assert await _fails(disk.unlink("f"), EROFS)
        found = await disk.read_bytes("f")
        disk.remount()
        await disk.write_bytes("f", b"now")
        return found

    assert struck(body, {"read_only": 1}) == [
        ("no fault", b"new"),
        (b"", b"now"),
        (b"old", b"now"),
    ]


def test_a_read_only_disk_cannot_be_synced() -> None:
    """What was written before is not made durable any more, and an fsync says so."""

    async def body(disk: Disk) -> Any:
        async with await disk.open("f", "a") as file:
            await file.write(b"-new")
            if await _fails(disk.mkdir("d"), EROFS):
                await file.fsync()

    assert ("OSError", EROFS, b"old-new") in struck(body, {"read_only": 1})


def _found_after_power_loss(body: Any, faults: dict[str, int], unsynced: str = "faults") -> Any:
    async def scenario(world: harness.World) -> Any:
        disk = world.disk("disk", {"f": b"old"})
        told = "durable"
        try:
            await body(disk)
        except OSError as error:
            told = type(error).__name__
        seen = disk.peek("f")
        disk.power_loss(unsynced=unsynced)  # type: ignore[arg-type]
        return told, seen, disk.peek("f")

    return outcomes(scenario, faults=faults)


def test_an_fsync_that_lies_says_nothing() -> None:
    """It returns, and the power takes what it should have saved."""
    good = ("durable", b"old-new", b"old-new")

    assert _found_after_power_loss(_append_and_sync, {}) == [good]
    assert _found_after_power_loss(_append_and_sync, {"lying_fsync": 1}) == [
        ("durable", b"old-new", b"old"),
        good,
    ]


def test_a_true_fsync_makes_up_for_one_that_lied() -> None:
    """It flushes whatever is not on the device yet."""

    async def twice(disk: Disk) -> None:
        async with await disk.open("f", "a") as file:
            await file.write(b"-new")
            await file.fsync()
            await file.fsync()

    found = _found_after_power_loss(twice, {"lying_fsync": 2})

    assert found == [("durable", b"old-new", b"old"), ("durable", b"old-new", b"old-new")]


def test_an_fsync_that_fails_is_not_to_be_tried_again() -> None:
    """The second succeeds and saves nothing, as Linux has it."""

    async def again(disk: Disk) -> None:
        async with await disk.open("f", "a") as file:
            await file.write(b"-new")
            if await _fails(file.fsync(), EIO):
                await file.fsync()

    assert _found_after_power_loss(again, {"fsync_error": 1}) == [
        ("durable", b"old-new", b"old"),
        ("durable", b"old-new", b"old-new"),
    ]


def test_lost_and_torn_writes_cost_their_own_budgets() -> None:
    """With a budget of one, one of two files loses its write, not both."""

    async def two_files(disk: Disk) -> None:
        await disk.write_bytes("g", b"1")
        async with await disk.open("f", "a") as file:
            await file.write(b"-new")

    def found(**faults: int) -> set[bytes | None]:
        return {after for _, _, after in _found_after_power_loss(two_files, faults)}

    assert found() == {b"old-new"}
    assert found(lost_write=1) == {b"old-new", b"old"}
    assert found(torn_write=1) == {b"old-new", b"old-n", b"old\0\0\0\0"}


def test_the_power_may_go_at_any_moment() -> None:
    """As a fault beside the tasks: its process dies, and what it had written is kept without more."""
    seen: set[bytes | None] = set()

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b""})

        async def service() -> None:
            async with await disk.open("f", "a") as file:
                for number in range(3):
                    await file.write(b"%d" % number)

        await world.start(service).wait()
        seen.add(disk.peek("f"))

    result = harness.explore(scenario, strategy="dfs", faults={"power_loss": 1})

    assert result.verdict == "exhausted"
    assert seen == {b"", b"0", b"01", b"012"}


def test_a_budget_of_two_cuts_the_power_twice() -> None:
    """After the first it is offered again."""
    seen: set[int] = set()

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")

        async def service() -> None:
            await disk.exists("f")
            await disk.exists("f")

        process = world.start(service)
        while (await process.wait()).kind == "killed":
            process.start_again()
        seen.add(process.incarnation)

    harness.explore(scenario, strategy="dfs", faults={"power_loss": 2})

    assert seen == {1, 2, 3}
