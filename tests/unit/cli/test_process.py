"""The command as a process of its own: its names, its speed, its streams."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

HARNESS = [sys.executable, "-m", "harness"]


def harness(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m harness` in a folder."""
    return subprocess.run(
        [*HARNESS, *arguments], cwd=folder, check=False, capture_output=True, text=True, timeout=30
    )


def test_version_is_that_of_the_distribution(tmp_path: Path) -> None:
    """And printing it is no failure."""
    done = harness("--version", folder=tmp_path)

    assert (done.returncode, done.stdout.strip()) == (0, metadata.version("restart-harness"))


def test_both_commands_are_installed() -> None:
    """The second name is for where another `harness` has taken the first."""
    scripts = metadata.entry_points(group="console_scripts", value="harness.cli:main")

    assert {script.name for script in scripts} == {"harness", "restart-harness"}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run", "--help"]])
def test_help_names_the_exit_codes(arguments: list[str], tmp_path: Path) -> None:
    """What scripts rely on is on the first page."""
    done = harness(*arguments, folder=tmp_path)

    assert done.returncode == 0
    assert "Exit codes: 0 as expected" in done.stdout


def test_an_error_goes_to_standard_error(tmp_path: Path) -> None:
    """Standard output stays clean for whoever reads it."""
    done = harness("run", "nope.py", folder=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "harness: no scenario at nope.py: there is no such file or directory\n"


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`harness --help | head -0` says nothing on standard error."""
    command = [*HARNESS, "new"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_shows_a_letter_that_it_has_not_as_its_code(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever encoding it is: what is printed is text, and no error of ours."""
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    (tmp_path / "uni.py").write_text(UNICODE, encoding="utf-8")
    done = subprocess.run(
        [*HARNESS, "list", "uni.py"], cwd=tmp_path, check=False, capture_output=True, timeout=30
    )
    shown = "✓".encode(encoding, "backslashreplace").decode(encoding)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding).strip().endswith(shown)


UNICODE = '''import harness

@harness.scenario
async def uni(world: harness.World) -> None:
    """All is well ✓"""
'''


RESTLESS = """import harness

@harness.scenario
async def restless(world: harness.World) -> None:
    print("begun", flush=True)
    store = world.database("store")
    for number in range(6):
        world.start(store.put, "x", number, name=f"writer{number}")
    assert False
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_is_ended_prints_what_it_found(number: signal.Signals, tmp_path: Path) -> None:
    """By hand or by a CI server whose patience is over; the exit code says that it was ended."""
    (tmp_path / "restless.py").write_text(RESTLESS)
    command = [*HARNESS, "run", "restless.py", "--strategy", "random", "--time-budget", "60s"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(3):  # the third schedule has begun
            process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (130, "")
    assert "interrupted" in out
    assert "VIOLATED at schedule 1" in out


FORGETFUL = """import harness

@harness.scenario
async def forgetful(world: harness.World) -> None:
    world.settle()
"""


def test_a_forgotten_await_is_one_line(tmp_path: Path) -> None:
    """With its place, and without advice on tracemalloc; and no pass."""
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    done = harness("run", "forgetful.py", "--schedules", "3", folder=tmp_path)

    assert done.stderr == (
        "harness: coroutine 'World.settle' was never awaited: is an `await` missing? "
        "(at forgetful.py:5)\n"
    )
    assert done.returncode == 2
    assert "1 run, 0 failed: usage (seed 0)" in done.stdout


KILLED = """import harness
import trio

@harness.scenario
async def killed(world: harness.World) -> None:
    async def service() -> None:
        later = trio.sleep(1)
        await trio.sleep_forever()
        await later

    process = world.start(service)
    await world.settle()
    process.kill()
"""


def test_what_somebody_who_was_killed_had_no_time_for_is_not_forgotten(tmp_path: Path) -> None:
    """It is said, but is no mistake."""
    (tmp_path / "killed.py").write_text(KILLED)
    done = harness("run", "killed.py", "--schedules", "3", folder=tmp_path)

    assert (done.returncode, "was never awaited" in done.stderr) == (0, True)
