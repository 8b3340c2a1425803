"""What a power cut leaves of what was not synced, and that it leaves what was."""

from __future__ import annotations

from typing import Any

import pytest
import trio

import harness
from harness.world.disk import Disk
from tests.unit.world.disk.stage import contents_after, found_after
from tests.unit.world.stage import holds


async def _append(disk: Disk, path: str, *parts: bytes) -> None:
    async with await disk.open(path, "a") as file:
        for part in parts:
            await file.write(part)


def test_a_write_that_was_not_synced_is_there_or_lost_or_torn() -> None:
    """Its beginning alone; or the file is longer already, and what should be there is zeros."""
    found = contents_after(lambda disk: _append(disk, "f", b"-new"))

    assert set(found) == {b"old", b"old-n", b"old-new", b"old\0\0\0\0"}


def test_what_was_synced_is_there() -> None:
    """Whatever the search decides."""

    async def body(disk: Disk) -> None:
        async with await disk.open("f", "a") as file:
            await file.write(b"-new")
            await file.fsync()

    assert contents_after(body) == [b"old-new"]


def test_of_two_writes_to_one_block_the_second_is_not_there_without_the_first() -> None:
    """What is written back is the whole block as it was at some moment."""
    found = contents_after(lambda disk: _append(disk, "f", b"1", b"2"))

    assert set(found) == {b"old", b"old\0", b"old1", b"old1\0", b"old12"}


def test_blocks_are_written_back_in_any_order() -> None:
    """A later block without an earlier one leaves zeros between."""
    found = contents_after(lambda disk: _append(disk, "f", b"12", b"3"), block_bytes=5)

    assert b"old\0\x003" in found
    assert set(found) == {
        *(b"old", b"old12", b"old1", b"old\0\0"),
        *(before + end for before in (b"old12", b"old1\0", b"old\0\0") for end in (b"3", b"\0")),
    }


def test_a_write_over_several_blocks_is_torn_between_them() -> None:
    """Some blocks are there and others are not."""

    async def body(disk: Disk) -> None:
        async with await disk.open("f", "r+") as file:
            await file.write(b"ABCDEF")

    found = contents_after(body, files={"f": b"abcdef"}, block_bytes=2)

    assert set(found) == {b"abcdef", b"ABCDEF", b"ABcdef", b"ABCDef", b"abcdEF", b"abCDEF"}


def test_after_a_lost_truncation_nothing_else_of_the_file_is_there() -> None:
    """The classic: a config that is written anew is the old one, the new one, empty or torn."""
    found = contents_after(lambda disk: disk.write_bytes("f", b"new!"))

    assert set(found) == {b"old", b"new!", b"ne", b"\0\0\0\0", b""}


def test_a_rename_without_fsync_leaves_an_empty_file() -> None:
    """The name is durable before what is in the file: neither the old content nor the new."""

    async def body(disk: Disk) -> None:
        await disk.write_bytes("f.new", b"n")
        await disk.rename("f.new", "f")

    assert set(contents_after(body)) == {b"old", b"n", b"", b"\0"}


@pytest.mark.parametrize("ordering", ["none", "metadata-ordered"])
def test_a_rename_after_fsync_leaves_the_old_or_the_new(ordering: str) -> None:
    """Until the directory is synced, either; never anything else."""

    async def body(disk: Disk) -> None:
        async with await disk.open("f.new", "w") as file:
            await file.write(b"new")
            await file.fsync()
        await disk.rename("f.new", "f")

    async def synced(disk: Disk) -> None:
        await body(disk)
        await disk.fsync_directory()

    assert contents_after(body, ordering=ordering) == [b"new", b"old"]
    assert contents_after(synced, ordering=ordering) == [b"new"]


def test_a_synced_file_may_have_no_name() -> None:
    """POSIX promises the content, not the entry; a journalling file system keeps both."""

    async def body(disk: Disk) -> None:
        async with await disk.open("log", "x") as file:
            await file.write(b"1")
            await file.fsync()

    assert contents_after(body, "/log", ordering="none") == [None, b"1"]
    assert contents_after(body, "/log", ordering="metadata-ordered") == [b"1"]


def test_operations_on_directories_are_lost_each_by_itself_or_from_the_end() -> None:
    """As the ordering says; what shares a name keeps its order in either."""

    async def body(disk: Disk) -> None:
        await disk.mkdir("1")
        await disk.mkdir("2")
        await disk.rename("1", "3")

    def names(ordering: str) -> set[tuple[str, ...]]:
        return {tuple(sorted(files)) for files in found_after(body, {"f": b""}, ordering=ordering)}

    ordered = {("/f",), ("/1", "/f"), ("/1", "/2", "/f"), ("/2", "/3", "/f")}
    assert names("metadata-ordered") == ordered
    assert names("none") == {*ordered, ("/2", "/f"), ("/3", "/f")}


def test_what_is_in_a_lost_directory_is_lost_with_it() -> None:
    """However well it was synced there."""

    async def body(disk: Disk) -> None:
        await disk.mkdir("d")
        async with await disk.open("d/log", "w") as file:
            await file.write(b"1")
            await file.fsync()
        await disk.fsync_directory("d")

    assert found_after(body) == [{"/d": None, "/d/log": b"1", "/f": b"old"}, {"/f": b"old"}]


@pytest.mark.parametrize(
    ("unsynced", "expected"), [("kept", b"old-new"), ("lost", b"old"), ("faults", b"old-new")]
)
def test_a_scenario_may_decide_itself(unsynced: Any, expected: bytes) -> None:
    """All is kept, all is lost, or what the budgets say: here none."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b"old"})
        await _append(disk, "f", b"-new")
        disk.power_loss(unsynced=unsynced)
        assert disk.peek("f") == expected

    holds(scenario)


def test_everything_is_durable_after_sync() -> None:
    """Names and content, of everything."""

    async def body(disk: Disk) -> None:
        await disk.mkdir("d")
        await disk.write_bytes("d/a", b"1")
        await disk.link("d/a", "b")
        await disk.sync()

    everything = {"/b": b"1", "/d": None, "/d/a": b"1", "/f": b"old"}
    assert found_after(body) == [everything]


def test_the_power_takes_the_processes_that_use_the_disk_and_no_others() -> None:
    """They are killed: not even a `finally` runs. A process elsewhere does not notice."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")

        async def service() -> None:
            try:
                await disk.write_bytes("f", b"1")
                await trio.sleep_forever()
            finally:
                await disk.write_bytes("f", b"goodbye")

        async def elsewhere() -> None:
            await trio.sleep_forever()

        process, other = world.start(service), world.start(elsewhere)
        await world.settle()
        disk.power_loss(unsynced="kept")
        await trio.sleep(1)
        assert process.exit_status.kind == "killed"
        assert other.alive
        assert disk.peek("f") == b"1"

    holds(scenario)


def test_a_killed_process_loses_nothing_that_a_write_returned_for() -> None:
    """What it wrote is in the machine's memory, not in its own."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")

        async def service() -> None:
            await disk.write_bytes("f", b"1")
            await trio.sleep_forever()

        process = world.start(service)
        await world.settle()
        process.kill()
        assert disk.peek("f") == b"1"
        assert await disk.read_bytes("f") == b"1"

    holds(scenario)


def test_an_open_file_does_not_outlive_the_power() -> None:
    """Whoever still has one, as a scenario's main may, gets EIO."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b"old"})
        file = await disk.open("f")
        disk.power_loss()
        with pytest.raises(OSError, match="Input/output error"):
            await file.read()
        assert await disk.read_bytes("f") == b"old"

    holds(scenario)
