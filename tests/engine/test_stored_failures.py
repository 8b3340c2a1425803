"""Failures that were stored are replayed before a search: still failing, fixed or stale."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import msgspec
import pytest

from harness.cli import main
from harness.explore import Scenario
from harness.explore.regressions import find
from harness.traces import find_traces
from harness.traces.format import BYTES_MAX
from tests.engine import test_command_line
from tests.unit.cli.fake_engine import NO_TRACE

folder = test_command_line.folder

#: A search that does not come upon the lost update by itself.
BLIND = ("--strategy", "dfs", "--schedules", "1")
WRITE = "await balance.write(await balance.read() + 1)"


def edit(folder: Path, before: str, after: str) -> None:
    """Change the scenario's file, as if it were another day."""
    text = (folder / "bank.py").read_text()
    assert before in text
    (folder / "bank.py").write_text(text.replace(before, after))
    sys.modules.pop("bank", None)


def stored(folder: Path, *flags: str) -> Path:
    """The trace of a failure, in the failure database."""
    assert main(["run", "bank.py", "--strategy", "dfs", *flags]) == 1
    (file,) = find_traces(folder / ".harness")
    return file


def commit(file: Path) -> Path:
    """The same trace as a committed regression, and out of the database."""
    place = file.parents[1] / "regressions"
    place.mkdir(exist_ok=True)
    return Path(shutil.move(file, place / file.name))


def replayed(folder: Path, *flags: str) -> tuple[int, list[dict[str, object]]]:
    """The exit code of a blind run, and what it says of stored failures."""
    code = main(["run", "bank.py", *BLIND, "--json", "out.json", *flags])
    return code, json.loads((folder / "out.json").read_text())["regressions"]


def test_a_failure_of_the_database_is_replayed_first(folder: Path) -> None:
    """So it is seen however blind the search is; and not if nobody wants that."""
    file = stored(folder)
    code, (found,) = replayed(folder)

    assert code == 1
    assert (found["status"], found["failed"], found["committed"]) == ("still fails", True, False)
    assert main(["replay", str(found["trace_file"])]) == 1
    assert folder / str(found["trace_file"]) == file, "the same run is not stored twice"
    assert replayed(folder, "--no-regressions") == (0, [])


def test_a_committed_failure_is_replayed_and_a_copy_in_the_database_is_not(folder: Path) -> None:
    """`regressions/` beside the scenario; one of a kind will do."""
    file = stored(folder)
    shutil.copy(commit(file), file)
    code, (found,) = replayed(folder)

    assert code == 1
    assert found["committed"]


def test_what_was_mended_is_fixed_and_said_once(folder: Path) -> None:
    """A committed one is said every time, one of the database goes out of the way."""
    commit(stored(folder))
    edit(folder, WRITE, "await balance.add(1)")

    assert [one["status"] for one in replayed(folder)[1]] == ["fixed"]
    assert replayed(folder)[0] == 0
    (committed,) = find_traces(folder / "regressions")
    shutil.move(committed, folder / ".harness" / committed.name)
    assert [one["status"] for one in replayed(folder)[1]] == ["fixed"]
    assert replayed(folder)[1] == []
    assert (folder / ".harness" / "past" / committed.name).exists()


def test_a_failure_that_moved_by_some_steps_is_found_around_the_record(folder: Path) -> None:
    """The choices that were recorded do not fail any more as they stand; runs near them do."""
    commit(stored(folder))
    edit(folder, "@harness.scenario(", '@harness.scenario(fairness="none", ')
    steps = "for _ in range(4): await trio.lowlevel.checkpoint()\n            "
    edit(folder, WRITE, f"{steps}{WRITE}")
    code, (found,) = replayed(folder)

    assert (code, found["status"]) == (1, "still fails")
    assert int(str(found["runs"])) > 2


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("async def lost_update", "async def mended", "there is no scenario"),
        ("start_soon(deposit)", "start_soon(deposit, name='other')", "what its choices name"),
    ],
)
def test_what_cannot_be_followed_is_stale_and_no_failure(
    folder: Path, before: str, after: str, why: str
) -> None:
    """The scenario is gone, or the tasks that took turns are."""
    commit(stored(folder))
    edit(folder, before, after)
    edit(folder, WRITE, "await balance.add(1)")
    code, (found,) = replayed(folder)

    assert (code, found["status"]) == (0, "stale")
    assert why in str(found["why"])


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("fixes", ["gone"], "there is no fix 'gone'"),
        ("params", {"gone": 1}, "there is no parameter 'gone'"),
        ("faults", {"gone": 1}, "'gone'"),
        ("violation", None, "it records no failure"),
        ("scenario", "../../etc/passwd::root", "there is no scenario"),
        ("scenario", "os:system", "there is no scenario"),
    ],
)
def test_an_edited_trace_is_followed_or_stale(
    folder: Path, field: str, value: object, why: str
) -> None:
    """Only its choices count; what it names that there is not is said, and nothing imported for it."""
    file = commit(stored(folder))
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value}))
    code, (found,) = replayed(folder)

    assert (code, found["status"]) == (0, "stale")
    assert why in str(found["why"])


def test_an_edited_trace_that_still_can_be_followed_fails_as_before(folder: Path) -> None:
    """A checksum guards strict replays; and what is printed to replay is a trace that was made now."""
    file = commit(stored(folder))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"steps": [], "digest": "0"}))
    code, (found,) = replayed(folder)

    assert (code, found["status"]) == (1, "still fails")
    assert found["trace_file"] != found["file"]
    assert main(["replay", str(found["trace_file"])]) == 1


def test_a_committed_file_that_is_no_trace_is_an_error_after_the_searches(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken, too big, or no file at all: one line each, and the others are replayed."""
    commit(stored(folder))
    edit(folder, WRITE, "await balance.add(1)")
    (folder / "regressions" / "a.trace.json").write_text("no trace")
    with (folder / "regressions" / "b.trace.json").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    (folder / "regressions" / "c.trace.json").mkdir()
    os.mkfifo(folder / "regressions" / "d.trace.json")
    capsys.readouterr()
    code, found = replayed(folder)

    assert (code, [one["status"] for one in found]) == (2, ["fixed"])
    assert [line.split(":")[1] for line in capsys.readouterr().err.splitlines()] == [
        f" cannot read trace {folder / 'regressions' / name}"
        for name in ("a.trace.json", "b.trace.json", "c.trace.json", "d.trace.json")
    ]


def test_a_broken_file_of_the_database_is_passed_over(folder: Path) -> None:
    """It comes and goes by itself."""
    (folder / ".harness").mkdir()
    (folder / ".harness" / "lost_update-0000.trace.json").write_text("no trace")

    assert replayed(folder) == (0, [])


def test_what_a_scenario_expects_is_no_stored_failure(folder: Path) -> None:
    """Else every second run of a suite of known races would fail. A committed one is said."""
    edit(folder, 'expect={"one_step"', 'expect={"": "violated", "one_step"')
    assert main(["run", "bank.py", "--strategy", "dfs"]) == 0
    (file,) = find_traces(folder / ".harness")
    assert main(["run", "bank.py", "--strategy", "dfs", "--json", "out.json"]) == 0
    assert json.loads((folder / "out.json").read_text())["regressions"] == []

    commit(file)
    assert main(["run", "bank.py", "--strategy", "dfs", "--json", "out.json"]) == 0
    (found,) = json.loads((folder / "out.json").read_text())["regressions"]
    assert (found["status"], found["expected"], found["failed"]) == ("still fails", True, False)


def test_a_run_replays_what_belongs_to_its_searches(folder: Path) -> None:
    """Of the database only that; of what is committed all, unless something else was asked for."""
    file = stored(folder)

    assert [one["status"] for one in replayed(folder, "--scorecard")[1]] == ["still fails"]
    assert replayed(folder, "--fix", "one_step") == (0, [])
    assert replayed(folder, "--fault", "kill=1")[1] == []
    commit(file)
    assert [one["status"] for one in replayed(folder, "--scorecard")[1]] == ["still fails"]
    assert replayed(folder, "--fix", "one_step") == (0, [])
    assert replayed(folder, "-k", "lost")[0] == 1


def test_the_newest_of_each_kind_is_replayed_and_all_of_it_set_aside(folder: Path) -> None:
    """A database of many runs of one failure makes no run slow."""
    file = stored(folder)
    for number in range(find.READ_MAX + 5):
        shutil.copy(file, file.with_name(f"lost_update-{number:04}.trace.json"))
    assert len(replayed(folder)[1]) == 1

    edit(folder, WRITE, "await balance.add(1)")
    assert [one["status"] for one in replayed(folder)[1]] == ["fixed"]
    assert len(find_traces(folder / ".harness")) == 6


def test_with_x_a_committed_failure_ends_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No search is made; the last lines say how to see it."""
    file = commit(stored(folder))
    capsys.readouterr()

    assert main(["run", "bank.py", "-x"]) == 1
    shown = f"harness replay {file.relative_to(folder)}"
    assert capsys.readouterr().out == (
        f"still fails: {file.relative_to(folder)} (lost_update, no fix): "
        "main raises nothing (AssertionError)\n"
        f"  replay it  {shown}\n"
        f"replay the first failure: {shown}\n"
        "0 run, 0 failed; of 1 stored 1 still fail: violation (seed 0)\n"
    )


def test_an_interrupt_while_replaying_ends_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 130; nothing is said of what was not judged, and nothing set aside."""
    file = stored(folder)
    raise_signal = signal.raise_signal
    edit(folder, "balance = ", "interrupt(); balance = ")
    edit(folder, "import trio", "import trio\nfrom interrupting import interrupt")
    module = type(sys)("interrupting")
    monkeypatch.setattr(module, "interrupt", lambda: raise_signal(signal.SIGINT), raising=False)
    monkeypatch.setitem(sys.modules, "interrupting", module)
    capsys.readouterr()

    assert main(["run", "bank.py", "--strategy", "dfs"]) == 130
    assert "interrupted" in capsys.readouterr().out
    assert file.exists()


def test_what_is_expected_is_expected_of_the_own_plan_only() -> None:
    """Another plan's failure is news, whatever the scenario says of its own."""
    made = Scenario(
        name="restart",
        body=test_an_interrupt_while_replaying_ends_the_run,  # type: ignore[arg-type]  # never run
        params={"plan": {"moves": []}},
        expect={(): "violated"},
    )
    own = msgspec.structs.replace(NO_TRACE, params={"plan": {"moves": []}})
    other = msgspec.structs.replace(NO_TRACE, params={"plan": {"moves": [{"stop": "db"}]}})

    assert find.expectation(made, own) == "violated"
    assert find.expectation(made, other) is None
