"""What a disk is to the code that uses it, and what it refuses."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
import trio

import harness
from harness.errors import DiskMisused, HarnessError, NameTaken, ProcessMisused
from harness.world.disk import Disk, File
from tests.unit.world.stage import Scenario, every, failed, holds, holds_always, once


def _refused(scenario: Scenario) -> HarnessError:
    with pytest.raises(HarnessError) as refusal:
        once(scenario)
    return refusal.value


def test_it_begins_with_the_files_that_it_is_given() -> None:
    """Directories on the way are made; all of it is durable."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"etc/app/config": b"1", "/log": b""})
        expected = {"/etc": None, "/etc/app": None, "/etc/app/config": b"1", "/log": b""}
        disk.power_loss()
        assert disk.peek_all() == expected
        assert await disk.read_bytes(PurePosixPath("/etc/app/config")) == b"1"

    assert holds_always(scenario) == 1


def test_a_file_is_read_and_written_where_one_is() -> None:
    """As one of Python's, opened without a buffer."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")
        async with await disk.open("f", "w+") as file:
            assert await file.write(b"abcdef") == 6
            assert file.seek(2) == 2
            assert await file.read(2) == b"cd"
            assert file.tell() == 4
            assert await file.truncate() == 4
            assert await file.size() == 4
        assert file.closed
        with pytest.raises(ValueError, match="closed file"):
            await file.read()

    holds(scenario)


def test_what_is_taken_away_while_it_is_open_is_still_there_for_who_has_it() -> None:
    """The file lives as long as somebody has it open."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b"old"})
        async with await disk.open("f") as file:
            await disk.unlink("f")
            await disk.write_bytes("f", b"new")
            assert await file.read() == b"old"

    holds(scenario)


def test_a_property_may_look_at_it() -> None:
    """It is asked again when a file that it looked at has changed, and after a power cut."""

    async def written(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b""})
        world.always("short", lambda: len(disk.peek("f") or b"") < 2)
        await disk.write_bytes("g", b"12345")
        await disk.write_bytes("f", b"12")

    async def cut(world: harness.World) -> None:
        disk = world.disk("disk")
        await disk.write_bytes("d", b"1")
        world.always("there", lambda: "/d" in disk.peek_all())
        disk.power_loss(unsynced="lost")

    assert failed(once(written)) == ["short"]
    assert failed(once(cut)) == ["there"]


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_a_look_outside_of_a_property_counts_as_one(strategy: str) -> None:
    """A reduction tries it before and after what changes the file."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b"old"})

        async def writer() -> None:
            await disk.write_bytes("f", b"new")

        world.start(writer)
        await trio.lowlevel.checkpoint()
        world.sometimes("old", disk.peek("f") == b"old")
        world.sometimes("new", disk.peek_all() == {"/f": b"new"})

    assert harness.explore(scenario, strategy=strategy).verdict == "exhausted"


def test_every_operation_is_a_step_that_others_come_between() -> None:
    """Two writers that look before they write both find nothing."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")
        made = []

        async def writer() -> None:
            if not await disk.exists("f"):
                await disk.write_bytes("f", b"")
                made.append(1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer)
            nursery.start_soon(writer)
        world.sometimes("both", len(made) == 2)
        world.sometimes("one", len(made) == 1)

    assert every(scenario).verdict == "exhausted"


@pytest.mark.parametrize(
    "options", [{"ordering": "total"}, {"block_bytes": 0}, {"files": {"../f": b""}}]
)
def test_it_is_refused_what_makes_no_disk(options: dict[str, Any]) -> None:
    """In one line that says what to write instead."""

    async def scenario(world: harness.World) -> None:
        world.disk("disk", **options)

    assert isinstance(_refused(scenario), DiskMisused)


def test_it_refuses_modes_paths_and_words_that_mean_nothing() -> None:
    """That is a mistake of the scenario's, not something that a disk answers."""

    async def mode(world: harness.World) -> None:
        await world.disk("disk").open("f", "rw")

    async def path(world: harness.World) -> None:
        await world.disk("disk").read_bytes("d/../f")

    async def unsynced(world: harness.World) -> None:
        world.disk("disk").power_loss(unsynced="some")  # type: ignore[arg-type]

    async def name(world: harness.World) -> None:
        world.disk("disk")
        world.disk("disk")

    assert "'rw'" in str(_refused(mode))
    assert "without `..`" in str(_refused(path))
    assert "any, faults, lost, kept" in str(_refused(unsynced))
    assert isinstance(_refused(name), NameTaken)


def test_a_process_cannot_cut_its_own_power() -> None:
    """Somebody has to be left to see what comes of it."""

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")

        async def service() -> None:
            await disk.write_bytes("f", b"")
            disk.power_loss()

        await world.start(service).wait()

    assert isinstance(_refused(scenario), ProcessMisused)


def test_an_open_file_belongs_to_the_process_that_opened_it() -> None:
    """Descriptors are not passed on here."""

    async def scenario(world: harness.World) -> None:
        disk: Disk = world.disk("disk", {"f": b"1"})
        file: File = await disk.open("f")

        async def service() -> None:
            await file.read()

        await world.start(service).wait()

    assert isinstance(_refused(scenario), HarnessError)
