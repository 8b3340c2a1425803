"""`kill -9` loses nothing that a write had returned for, and nothing of the process runs after it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

import harness
from tests.parity.disk.real import RealDisk
from tests.parity.processes.services import PLACES, SERVICES
from tests.unit.database.worlds import once
from tests.unit.world.stage import every

ROOT = Path(__file__).parents[3]
Tree = dict[str, bytes | None]


def _started(name: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.parity.processes.child", name, str(folder)],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def _really(name: str, place: int, folder: Path) -> tuple[Tree, bool]:
    """What a real process leaves that is killed at a place, and whether it was killed."""
    with _started(name, folder) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(place):
            assert process.stdout.readline() == f"{number}\n"
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.stdout.readline() == f"{place}\n"
        process.kill()
    return RealDisk(folder).tree(), process.returncode == -signal.SIGKILL


def _simulated(name: str, place: int) -> tuple[Tree, bool]:
    async def body(world: harness.World) -> tuple[Tree, bool]:
        disk = world.disk("disk")

        async def reached(number: int) -> None:
            if number == place:
                await trio.sleep_forever()

        async def service() -> None:
            await SERVICES[name](disk, reached)

        process = world.start(service)
        await world.settle()
        process.kill()
        return disk.peek_all(), process.exit_status.kind == "killed"

    result: tuple[Tree, bool] = once(body)[0]
    return result


@pytest.mark.parametrize("name", SERVICES)
def test_a_killed_process_leaves_the_same(name: str, tmp_path: Path) -> None:
    """Killed half-way, the real and the simulated process leave the same files."""
    assert _simulated(name, PLACES // 2) == _really(name, PLACES // 2, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("place", range(PLACES))
def test_so_it_does_wherever_it_is_killed(name: str, place: int, tmp_path: Path) -> None:
    """The same at every place."""
    assert _simulated(name, place) == _really(name, place, tmp_path)


def left_by_kills(name: str) -> list[Tree]:
    """What the service leaves when it is killed at some moment: every case that the search finds."""
    found: list[Tree] = []

    async def scenario(world: harness.World) -> None:
        disk = world.disk("disk")

        async def reached(number: int) -> None:
            await trio.lowlevel.checkpoint()

        async def service() -> None:
            await SERVICES[name](disk, reached)

        process = world.start(service)
        await trio.lowlevel.checkpoint()
        process.kill()
        if disk.peek_all() not in found:
            found.append(disk.peek_all())

    assert every(scenario).verdict == "exhausted"
    return found


@pytest.mark.soak
@pytest.mark.parametrize("name", SERVICES)
def test_killed_at_any_moment_it_leaves_what_the_search_knows_of(name: str, tmp_path: Path) -> None:
    """A real process that nobody waits for, killed sooner or later, thirty times."""
    known = left_by_kills(name)
    for number in range(30):
        folder = tmp_path / str(number)
        folder.mkdir()
        with _started(name, folder) as process:
            assert process.stdin is not None
            process.stdin.close()
            for _ in range(number % (PLACES + 1)):
                assert process.stdout is not None
                process.stdout.readline()
            process.kill()
        assert RealDisk(folder).tree() in known
