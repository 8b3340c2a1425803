"""Workers that die, that never end, that talk, or that nobody waits for any more."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import harness
from harness.errors import BadBudget, HarnessError, NotForWorkers, WorkersDied
from harness.explore.asked import Asked
from harness.explore.workers import Workers
from harness.explore.workers.processes import Processes
from tests.unit.explore.workers import shared
from tests.unit.explore.workers.conftest import made, seen

soak = pytest.mark.soak


@pytest.mark.parametrize(
    "strategy", ["portfolio", *(pytest.param(s, marks=soak) for s in ("random", "dfs", "dpor"))]
)
def test_killing_a_worker_changes_nothing(two: Workers, strategy: str) -> None:
    """It is replaced, and what it was at is done again."""
    assert isinstance(two.crew, Processes)
    asked = Asked(strategy=strategy)
    whole = made(two, shared.visitors, strategy=strategy, schedules=700, shrink=False)
    deaths = two.crew.deaths

    def kill(progress: harness.Progress) -> None:
        assert isinstance(two.crew, Processes)
        if two.crew.deaths == deaths and two.crew.pids:
            os.kill(two.crew.pids[-1], signal.SIGKILL)

    search = two.search(shared.visitors, asked, schedules=700, shrink=False)
    result = next(two.results([search], kill))

    assert two.crew.deaths > deaths
    assert seen(result) == seen(whole)


def test_a_schedule_that_kills_is_lost_alone(two: Workers) -> None:
    """With the subtree of two that it begins. The verdict is no proof, and says who died of what."""
    result = made(two, shared.deadly, strategy="dfs")

    assert result.verdict == "inconclusive"
    assert result.schedules == 18
    assert list(result.undecided.values()) == [1]
    assert "SIGSEGV" in "".join(result.undecided)


DEADLY_TO_IMPORT = """
import os, signal, harness

if "DEADLY" in os.environ:
    os.kill(os.getpid(), signal.SIGKILL)

@harness.scenario
async def innocent(world):
    await world.settle()
"""


def test_an_import_that_kills_is_not_laid_at_a_schedules_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers die before there is a schedule, and the error says of what."""
    (tmp_path / "deadly_to_import.py").write_text(DEADLY_TO_IMPORT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    scenario = importlib.import_module("deadly_to_import").innocent
    monkeypatch.delitem(sys.modules, "deadly_to_import")
    monkeypatch.setenv("DEADLY", "1")

    with pytest.raises(WorkersDied, match="importing the scenario killed the worker"):
        harness.explore(scenario, workers=2, strategy="random", schedules=10)


@soak
def test_a_schedule_that_nothing_can_end_is_lost_alone() -> None:
    """A worker in C code that never returns ends itself."""
    with Workers(2, hang_s=3.0) as team:
        asked = {"how": "hang"}
        result = made(team, shared.deadly, strategy="dfs", params=asked)

    assert result.schedules == 18
    assert "neither ended nor could be interrupted" in "".join(result.undecided)


def test_what_is_printed_is_no_message(two: Workers) -> None:
    """The lines between workers have a pipe of their own, and nobody waits for a reader of stderr."""
    assert made(two, shared.chatty, strategy="dpor").verdict == "exhausted"


def test_a_wrong_scenario_is_one_clear_line(two: Workers, alone: Workers) -> None:
    """In the words that it has without workers."""
    texts = []
    for team in (two, alone):
        with pytest.raises(HarnessError) as caught:
            made(team, shared.wrong, schedules=10)
        texts.append((str(caught.value), caught.value.exit_code))

    assert texts[0] == texts[1]
    assert "undeclared" in texts[0][0]


def test_ctrl_c_keeps_what_was_found(two: Workers) -> None:
    """Also if the key bounces. The result says so; the workers are there for the next search."""
    pressed: list[int] = []

    def press(progress: harness.Progress) -> None:
        if progress.violations and not pressed:
            pressed.append(progress.schedules)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)  # nobody has seen the first yet

    asked = Asked(strategy="random")
    search = two.search(shared.visitors, asked, time_budget_s=60.0)
    result = next(two.results([search], press))

    assert result.interrupted
    assert result.violations
    assert result.wall_s < 30
    assert made(two, shared.visitors, strategy="dpor", shrink=False).classes == 64


def test_time_is_up_for_all(two: Workers) -> None:
    """Whatever came back counts."""
    result = made(two, shared.writers, fixes=("once",), strategy="random", time_budget_s=0.3)

    assert result.verdict == "inconclusive"
    assert not result.interrupted
    assert result.schedules > 0


PARENT = """
import os
from harness.explore.asked import Asked
from harness.explore.workers import Workers
from tests.unit.explore.workers import shared

def told(progress):
    if len(team.crew.pids) == 2:
        print(*team.crew.pids, flush=True)
        os.kill(os.getpid(), 9)

with Workers(2) as team:
    search = team.search(shared.writers, Asked(strategy="random"), time_budget_s=60.0)
    list(team.results([search], told))
"""


def test_workers_do_not_outlive_whom_they_work_for() -> None:
    """Even if that was killed and could tell them nothing."""
    root = Path(__file__).parents[4]
    parent = subprocess.run(
        [sys.executable, "-c", PARENT],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parent.returncode == -signal.SIGKILL, parent.stderr
    left = [int(pid) for pid in parent.stdout.split()]
    for _ in range(200):
        left = [pid for pid in left if is_alive(pid)]
        if not left:
            return
        time.sleep(0.05)
    pytest.fail(f"still there: {left}")


def is_alive(pid: int) -> bool:
    """Whether there is such a process, other than one that nobody has buried."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return sys.platform != "linux"


async def plain() -> None:
    """No scenario."""


def test_what_cannot_be_given_to_workers_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function of no file, a scenario outside the project, an audit, no workers at all."""
    with pytest.raises(NotForWorkers, match=r"no @harness\.scenario"):
        harness.explore(plain, workers=2)
    with pytest.raises(BadBudget, match="number of workers"):
        harness.explore(shared.wrong, workers=0)
    with pytest.raises(BadBudget, match="at most 256"):
        harness.explore(shared.wrong, workers=100_000)
    with pytest.raises(NotForWorkers, match="an audit"):
        harness.explore(shared.wrong, workers=2, audit=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotForWorkers, match=r"not below|no such file"):
        harness.explore(shared.wrong, workers=2)


def test_one_worker_needs_no_file() -> None:
    """Pieces are made in this process."""
    assert harness.explore(plain, workers=1).verdict == "exhausted"
