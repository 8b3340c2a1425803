"""The command line on the real engine: a file in an empty folder, searched and replayed."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from harness.cli import main

LOST_UPDATE = """
import harness
import trio

@harness.scenario(fixes=["one_step"], expect={"one_step": "safe"})
async def lost_update(world: harness.World) -> None:
    balance = harness.Cell(0)

    async def deposit() -> None:
        if world.fix("one_step"):
            await balance.add(1)
        else:
            await balance.write(await balance.read() + 1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(deposit)
        nursery.start_soon(deposit)
    assert balance.get() == 2, "a deposit was lost"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder but for `bank.py`, in which a deposit can be lost."""
    monkeypatch.chdir(tmp_path)
    for module in ("bank", "broken", "chatty", "mistakes", "restart"):  # of another test's folder
        monkeypatch.delitem(sys.modules, module, raising=False)
    for name in ("HARNESS_PROFILE", "HARNESS_SEED", "HARNESS_TIME_BUDGET"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "bank.py").write_text(LOST_UPDATE)
    return tmp_path


def test_a_scorecard_shows_the_bug_and_proves_the_fix(folder: Path) -> None:
    """Every interleaving of a small scenario: one violated, one exhausted."""
    code = main(["run", "bank.py", "--scorecard", "--strategy", "dfs", "--json", "out.json"])
    broken, mended = json.loads((folder / "out.json").read_text())["runs"]

    assert code == 1
    assert (broken["fixes"], broken["verdict"]) == ([], "violated")
    assert (mended["fixes"], mended["verdict"]) == (["one_step"], "exhausted")
    assert mended["expected"] == "safe"
    assert (
        main(["run", "bank.py", "--fix", "one_step", "--strategy", "dfs", "--require", "exhausted"])
        == 0
    )


def test_the_starting_point_is_broken_and_its_fix_mends_it(folder: Path) -> None:
    """What `harness new` writes shows at once what the project is for."""
    assert main(["new"]) == 0
    code = main("run restart.py --scorecard --schedules 200 --json out.json".split())
    broken, mended = json.loads((folder / "out.json").read_text())["runs"]

    assert code == 1
    assert (broken["fixes"], broken["verdict"]) == ([], "violated")
    assert broken["scorecard"]["escaped"] > 0
    assert mended["fixes"] == ["wait_for_load"]
    assert mended["scorecard"]["corrupted"] == 0


@pytest.mark.parametrize("strategy", ["portfolio", "random", "dfs"])
def test_the_printed_commands_show_the_violation_again(
    folder: Path, capsys: pytest.CaptureFixture[str], strategy: str
) -> None:
    """Both: the replay of the trace, and the search that found it."""
    assert main(["run", "bank.py", "--strategy", strategy, "--schedules", "50"]) == 1
    commands = re.findall(
        r"^(?:replay|find) it.* harness (.+)$", capsys.readouterr().out, re.MULTILINE
    )

    assert [command.split()[0] for command in commands] == ["replay", "run"]
    for command in commands:
        assert main(command.split()) == 1
        assert "violated" in capsys.readouterr().out
    assert (folder / ".harness" / ".gitignore").read_text() == "*\n"


def test_a_subfolder_of_a_repository_replays_what_it_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of traces that the run makes there does not make it a project of its own."""
    (folder / ".git").mkdir()
    service = folder / "service"
    service.mkdir()
    (folder / "bank.py").rename(service / "bank.py")
    monkeypatch.chdir(service)

    assert main(["run", "bank.py", "-x", "--strategy", "dfs"]) == 1
    (trace,) = (service / ".harness").glob("*.trace.json")
    assert main(["replay", str(trace.relative_to(service))]) == 1
    assert "replayed to the end; violated" in capsys.readouterr().out


def test_a_replay_that_goes_another_way_is_exit_code_4(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scenario has changed since it was recorded, and what differs is named."""
    main(["run", "bank.py", "--schedules", "50"])
    (trace,) = (folder / ".harness").glob("*.trace.json")
    source = folder / "bank.py"
    source.write_text(source.read_text().replace("harness.Cell(0)", "harness.Cell(10)"))
    del sys.modules["bank"]
    capsys.readouterr()

    assert main(["replay", str(trace)]) == 4
    assert "diverged at step" in capsys.readouterr().err


def test_a_scenario_that_raises_on_import_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file, the line and what was raised; exit code 2."""
    (folder / "broken.py").write_text("import harness\n\n1 / 0\n")

    assert main(["run", "broken.py"]) == 2
    error = capsys.readouterr().err
    assert "broken.py:3: ZeroDivisionError" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_file_that_ends_the_process_on_import_is_no_pass(
    folder: Path, capsys: pytest.CaptureFixture[str], workers: list[str]
) -> None:
    """A run without a search would be green for ever."""
    (folder / "broken.py").write_text("import harness\nimport os\n\nos._exit(0)\n")

    assert main(["run", "broken.py", *workers]) == 2
    assert "broken.py:4: EndsProcess: os._exit(0) would end" in capsys.readouterr().err


def test_a_way_out_that_was_bound_on_import_is_still_refused_in_a_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The import is over then."""
    text = (
        "import harness\nfrom os import _exit\n\n@harness.scenario\nasync def a(world): _exit(0)\n"
    )
    (folder / "broken.py").write_text(text)

    assert main(["run", "broken.py"]) == 2
    assert "os._exit would leave the simulation" in capsys.readouterr().err


MISTAKES = """
import harness
import time

@harness.scenario
async def asleep(world: harness.World) -> None:
    async def service() -> None:
        time.sleep(1)

    world.start(service)
    await world.settle()

@harness.scenario(fixes=["wait"])
async def misspelt(world: harness.World) -> None:
    world.fix("wiat")
"""


@pytest.mark.parametrize(("name", "line"), [("asleep", 8), ("misspelt", 15)])
def test_a_mistake_in_a_scenario_is_one_line_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, line: int
) -> None:
    """The line of the scenario's author, not of whoever noticed."""
    (folder / "mistakes.py").write_text(MISTAKES)

    assert main(["run", f"mistakes.py::{name}", "--schedules", "2"]) == 2
    error = capsys.readouterr().err
    assert error.endswith(f" (at mistakes.py:{line})\n")
    assert error.count("\n") == 1


CHATTY = """
import harness

@harness.scenario
async def chatty(world: harness.World) -> None:
    store = world.database("store", {"x": 0})

    async def service() -> None:
        print("told")
        await store.put("x", 1)

    world.start(service)
    world.start(service, name="other")
    await world.settle()
    assert store.peek("x") == 0
"""


def test_what_a_scenario_prints_does_not_drown_the_verdict(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty lines of a search, however many schedules it makes; all that a replay prints."""
    (folder / "chatty.py").write_text(CHATTY)
    assert main(["run", "chatty.py", "--schedules", "50"]) == 1
    printed = capsys.readouterr().out

    assert printed.count("told\n") == 20
    assert printed.count("a replay shows what one run prints") == 1

    (trace,) = (folder / ".harness").glob("*.trace.json")
    assert main(["replay", str(trace)]) == 1
    assert capsys.readouterr().out.count("told\n") == 2


EXPECTING = """
import harness
import trio

@harness.scenario(expect={{"": "violated"}})
async def expecting(world: harness.World) -> None:
    async def task() -> None:
        await trio.lowlevel.checkpoint()
        {statement}

    async with trio.open_nursery() as nursery:
        nursery.start_soon(task)
"""


@pytest.mark.parametrize(
    ("statement", "code"),
    [("assert False", 0), ("{}['BTC']", 1), ("raise ValueError('no')", 1)],
    ids=["assert", "KeyError", "ValueError"],
)
def test_an_error_of_the_scenario_itself_is_not_the_violation_that_it_expects(
    folder: Path, capsys: pytest.CaptureFixture[str], statement: str, code: int
) -> None:
    """A scenario that fails to set itself up would pass for ever."""
    (folder / "expecting.py").write_text(EXPECTING.format(statement=statement))

    assert main(["run", "expecting.py", "--strategy", "dfs"]) == code
    out = capsys.readouterr().out
    surprise = "with no fix was expected to be violated, and raised an error itself\n"
    assert (surprise in out) is bool(code)
    assert "as expected" in out or code
