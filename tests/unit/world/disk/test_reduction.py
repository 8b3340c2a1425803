"""Footprints of the disk: a reduction loses no outcome by them, and is as good as they are precise."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

import harness
from harness.world.disk import Disk, File
from tests.quality.classes import census
from tests.quality.outcomes import outcomes_of
from tests.unit.world.disk.programs import Program, random_program

Task = Callable[[Disk, File], Awaitable[object]]

SOAK_SEED = int(os.environ.get("DISK_SEED", "0"))
SOAK_PROGRAMS = int(os.environ.get("DISK_PROGRAMS", "300"))


def _judge(program: Program, *, at_most: int, **faults: int) -> bool:
    """Hold the reduction against brute force, if there are few enough interleavings for that."""
    full = outcomes_of(program.body, schedules=at_most, faults=faults)
    if not full.complete:
        return False
    found = outcomes_of(program.body, strategy="dpor", assume_independent=True, faults=faults)
    assert found.complete
    assert found.seen.keys() == full.seen.keys(), program
    if not program.cut and not faults:  # what those rest on stands in no log
        assert found.classes == len(census(program.body).classes), program
        assert not found.wasted, program
    return True


@pytest.mark.parametrize("cut", [False, True])
def test_a_reduction_loses_no_outcome(cut: bool) -> None:
    """Small random programs, without and with a power cut at any moment."""
    judged = sum(_judge(random_program(seed, cut=cut), at_most=40) for seed in range(5))

    assert judged >= 1


#: Budgets for a run of the soak: none, what fails at once, what is noticed when the power goes.
BUDGETS: tuple[dict[str, int], ...] = (
    {},
    {"io_error": 1, "read_only": 1},
    {"full": 1, "fsync_error": 1},
    {"power_loss": 1, "lost_write": 1, "torn_write": 1, "lying_fsync": 1},
)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("faults", BUDGETS)
def test_so_it_does_for_many_more(cut: bool, faults: dict[str, int]) -> None:
    """DISK_PROGRAMS of them, from DISK_SEED on."""
    seeds = range(SOAK_SEED, SOAK_SEED + SOAK_PROGRAMS)
    judged = sum(_judge(random_program(seed, cut=cut), at_most=1_500, **faults) for seed in seeds)

    assert judged >= SOAK_PROGRAMS // 8


@pytest.mark.soak
@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("faults", BUDGETS)
def test_an_audit_finds_nothing_that_a_footprint_misses(cut: bool, faults: dict[str, int]) -> None:
    """Steps that are said to commute are swapped, in programs too large for brute force as well."""
    for seed in range(SOAK_SEED, SOAK_SEED + 40):
        result = harness.explore(
            random_program(seed, cut=cut).body,
            strategy="random",
            schedules=40,
            audit=150,
            assume_independent=True,
            faults=faults,
            shrink=False,
        )
        assert result.audit is not None
        assert not result.audit.mismatches, result.audit.mismatches[0]


def _classes(*tasks: Task, ordering: Any = "none") -> int | None:
    """How many classes there are of tasks that each do one thing."""

    async def body(world: harness.World) -> None:
        disk = world.disk("disk", {"f": b"1234", "g": b""}, ordering=ordering)
        file = await disk.open("f", "r+")
        async with trio.open_nursery() as nursery:
            for number, task in enumerate(tasks):
                nursery.start_soon(task, disk, file, name=f"task {number}")

    result = harness.explore(body, strategy="dpor", assume_independent=True)
    assert result.verdict == "exhausted"
    return result.classes


def _read(disk: Disk, file: File) -> Awaitable[object]:
    return file.pread(4, 0)


def _write(disk: Disk, file: File) -> Awaitable[object]:
    return file.pwrite(b"x", 0)


def _fsync(disk: Disk, file: File) -> Awaitable[object]:
    return file.fsync()


def _list(disk: Disk, file: File) -> Awaitable[object]:
    return disk.listdir()


def _make(name: str) -> Task:
    return lambda disk, file: disk.mkdir(name)


def _look_for(name: str) -> Task:
    return lambda disk, file: disk.exists(name)


@pytest.mark.parametrize(
    ("tasks", "classes"),
    [
        ((_read, _read, _read), 1),
        ((_write, _read, _read, _read), 8),
        ((_write, _write, _write), 6),
        ((_fsync, _fsync, _read, _list), 1),
        ((_write, _fsync, _fsync), 4),
        ((_make("a"), _make("b"), _make("c"), _write), 1),
        ((_make("a"), _make("b"), _make("c"), _list), 8),
        ((_make("a"), _look_for("a"), _look_for("b")), 2),
    ],
)
def test_operations_conflict_where_they_meet_and_nowhere_else(
    tasks: tuple[Task, ...], classes: int
) -> None:
    """Readers of a file, what is made in a directory, syncs: each number as derived by hand."""
    assert _classes(*tasks) == classes


def test_where_metadata_is_ordered_operations_on_directories_do_not_commute() -> None:
    """Which of them is lost depends on which came last."""
    tasks = (_make("a"), _make("b"), _make("c"))

    assert _classes(*tasks) == 1
    assert _classes(*tasks, ordering="metadata-ordered") == 6
