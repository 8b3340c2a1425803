"""`harness run --resume` on the real engine: stopped by a limit or by Ctrl-C, gone on with, refused."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli import main

WRITERS = """
import harness
import trio

@harness.scenario(fixes=["other"], fairness="none")
async def writers(world: harness.World) -> None:
    cell = harness.Cell(0)

    async def write(number: int) -> None:
        for _ in range(ROUNDS):
            await cell.write(number)

    async with trio.open_nursery() as nursery:
        for number in range(1, 4):
            nursery.start_soon(write, number)
    assert world.fix("other") or cell.get() != 1, "the first was the last"
"""
#: Says when the fiftieth schedule begins.
COUNTING = """
from itertools import count
import attrs

numbers = count(1)
plain = writers.body

async def counting(world):
    if next(numbers) == 50:
        print("fifty", flush=True)
    await plain(world)

writers = attrs.evolve(writers, body=counting)
"""
RUN = ["run", "race.py", "--strategy", "dfs", "--no-shrink"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for `race.py`, with 90 interleavings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "race", raising=False)
    for name in ("HARNESS_PROFILE", "HARNESS_SEED", "HARNESS_TIME_BUDGET"):
        monkeypatch.delenv(name, raising=False)
    write(tmp_path, 1)
    return tmp_path


def write(folder: Path, rounds: int) -> None:
    """The scenario, with so many writes of each task."""
    (folder / "race.py").write_text(WRITERS.replace("ROUNDS", str(rounds)))


def searches(folder: Path) -> list[str]:
    """The names of the searches that are kept."""
    return sorted(file.name for file in (folder / ".harness").glob("*.search.json"))


def found(folder: Path, *more: str) -> dict[str, object]:
    """What a search says for programs, but for times and files."""
    main([*RUN, *more, "--json", "out.json"])
    (run,) = json.loads((folder / "out.json").read_text())["runs"]
    for violation in run["violations"]:
        del violation["trace_file"]
    for name in ("wall_s", "resumed_from", "search_file"):
        del run[name]
    return run


def test_a_search_in_two_sittings_is_one_in_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says how to go on; what it says is done; the file is gone in the end."""
    whole = found(folder)
    assert searches(folder) == []
    main([*RUN, "--schedules", "7", "--fix", "other"])
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "go on with it" in x]
    (name,) = searches(folder)
    assert name.startswith("writers-")

    found(folder, "--schedules", "5")
    assert len(searches(folder)) == 2
    assert found(folder, "--resume") == whole
    assert searches(folder) == [name]

    assert main(shlex.split(line.partition("harness ")[2])) == 0
    assert "exhausted (every interleaving: 90 schedules, 7 of them before)" in (
        capsys.readouterr().out
    )
    assert searches(folder) == []


def test_an_inconclusive_search_says_what_it_leaves_open(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How long that takes only where the machine's speed decided how far it came."""
    write(folder, 3)
    main(["run", "race.py", "--fix", "other", "--schedules", "200"])
    out = capsys.readouterr().out
    assert re.search(r"about [\d,]+ schedules left \([\d,]+ to [\d,]+\), if they are like", out)
    assert "the next random schedule shows a new class with probability about" in out
    assert "at this rate" not in out

    main([*RUN, "--fix", "other", "--time-budget", "200ms"])
    out = capsys.readouterr().out
    assert re.search(r"schedules left \(.*\), about \d+ (s|min|h|days) at this rate", out)
    assert "a new class" not in out


def test_a_scenario_that_has_changed_is_refused_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is that of something to mend; without `--resume` the search begins anew."""
    main([*RUN, "--schedules", "7"])
    write(folder, 2)
    monkeypatch.delitem(sys.modules, "race", raising=False)
    capsys.readouterr()
    assert main([*RUN, "--resume"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: cannot go on with the search in .harness/writers-")
    assert line.endswith("the scenario's file has changed since; search anew, without --resume")
    assert found(folder, "--schedules", "7")["schedules"] == 7


def test_a_damaged_file_is_refused_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half of it, say."""
    main([*RUN, "--schedules", "7"])
    file = folder / ".harness" / searches(folder)[0]
    file.write_text(file.read_text()[:500])
    capsys.readouterr()
    assert main([*RUN, "--resume"]) == 2
    assert "it is cut short" in capsys.readouterr().err


def test_there_is_nothing_to_resume_of_a_random_search(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and the strategies that can."""
    assert main(["run", "race.py", "--strategy", "random", "--resume"]) == 2
    assert "one by portfolio or dfs" in capsys.readouterr().err


def test_a_search_with_artifacts_is_kept_there(folder: Path) -> None:
    """And looked for there."""
    main([*RUN, "--schedules", "7", "--artifacts", "kept"])
    assert len(list((folder / "kept").glob("*.search.json"))) == 1
    assert found(folder, "--resume", "--artifacts", "kept")["schedules"] == 90
    assert not (folder / ".harness").exists()


def test_a_folder_that_cannot_be_written_costs_the_file_and_nothing_else(folder: Path) -> None:
    """The result is worth more: it is printed, and no way to go on is promised."""
    (folder / ".harness").write_text("in the way")
    assert main([*RUN, "--schedules", "7", "--fix", "other"]) == 0


def test_ctrl_c_keeps_the_search(folder: Path) -> None:
    """A long one, interrupted in the middle and gone on with."""
    write(folder, 9)
    with (folder / "race.py").open("a") as scenario:
        scenario.write(COUNTING)
    command = [sys.executable, "-m", "harness", *RUN, "--fix", "other"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as search:
        assert search.stdout is not None
        assert search.stdout.readline() == "fifty\n"
        search.send_signal(signal.SIGINT)
        out, _ = search.communicate(timeout=60)
    assert search.returncode == 130
    assert "interrupted" in out
    assert "go on with it" in out
    before = json.loads((folder / ".harness" / searches(folder)[0]).read_text())["schedules"]
    more = found(folder, "--fix", "other", "--resume", "--schedules", "10")
    assert more["schedules"] == before + 10
