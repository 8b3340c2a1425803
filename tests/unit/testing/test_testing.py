"""`harness.testing`: what a plain test function can ask."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import trio

import harness
from harness.errors import BadBudget
from harness.testing import assert_safe, find_violation


async def losing() -> None:
    """Two increments, each a read and a write."""
    cell = harness.Cell(0)

    async def increment() -> None:
        value = await cell.read()
        await cell.write(value + 1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert cell.get() == 2, "lost"


async def adding() -> None:
    """Two atomic increments."""
    cell = harness.Cell(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cell.add, 1)
        nursery.start_soon(cell.add, 1)
    assert cell.get() == 2


async def unreached(world: harness.World) -> None:
    """A point that is never reached."""
    world.sometimes("never", reached=False)


def test_a_violation_fails_the_test_with_its_interleaving() -> None:
    """The message says what, in which order, what decided it, and how to see it again."""
    with pytest.raises(AssertionError) as failed:
        assert_safe(losing, strategy="dfs")
    text = str(failed.value)
    assert "lost" in text
    assert "write main:cell = 1" in text
    assert "decided by main/increment" in text
    assert "again: harness.explore(..., strategy='dfs', seed=0, schedules=" in text


def test_a_safe_function_passes_with_the_proof_that_was_required() -> None:
    """And the result is handed back."""
    assert assert_safe(adding, strategy="dfs", require="exhausted").verdict == "exhausted"


@pytest.mark.parametrize("require", ["exhausted", 100])
def test_less_evidence_than_required_fails(require: str | int) -> None:
    """Ten random schedules prove nothing."""
    with pytest.raises(AssertionError, match="10 schedules"):
        assert_safe(adding, strategy="random", schedules=10, require=require)


def test_an_unreached_point_fails() -> None:
    """A pass that never got to the point does not count."""
    with pytest.raises(AssertionError, match="never reached in any schedule: never"):
        assert_safe(unreached, strategy="dfs")


@pytest.mark.parametrize("require", ["proof", 0, -1, True])
def test_a_requirement_that_is_none_is_refused(require: str | int) -> None:
    """At the door, not after the search has passed."""
    with pytest.raises(BadBudget, match="exhausted"):
        assert_safe(adding, strategy="dfs", require=require)


def test_find_violation_finds_one_or_none() -> None:
    """The first of them, with its trace."""
    found = find_violation(losing, strategy="dfs")
    assert found is not None
    assert harness.replay(found.trace, scenario=losing).digest == found.trace.digest
    assert find_violation(adding, strategy="dfs") is None


RACE = """
import harness
import pytest
import trio
from harness.testing import assert_safe, find_violation

async def losing():
    cell = harness.Cell(0)

    async def increment():
        await cell.write(await cell.read() + 1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert cell.get() == 2, "lost"

async def unknown_fix(world):
    world.fix("")

def test_violated():
    assert_safe(losing, strategy="dfs")

def test_bad_requirement():
    assert_safe(losing, require=0)

def test_bad_budget():
    find_violation(losing, schedules=0)

def test_bad_scenario():
    assert_safe(unknown_fix, schedules=1, fixes=["nope"])
"""


def test_a_failing_test_shows_its_own_lines_only(tmp_path: Path) -> None:
    """No frame of the harness in what pytest prints: the interleaving says what is needed."""
    (tmp_path / "test_race.py").write_text(RACE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_race.py"]
    printed = subprocess.run(
        command, cwd=tmp_path, text=True, check=False, stdout=subprocess.PIPE
    ).stdout
    places = re.findall(r"^(\S+\.py):\d+: ", printed, re.MULTILINE)

    assert "4 failed" in printed
    assert set(places) == {"test_race.py"}
