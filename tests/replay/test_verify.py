"""A recorded run is made again in fresh interpreters, where other things come out of a hash."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import harness
from harness.errors import Nondeterminism, ReplayDiverged, VerificationFailed
from harness.explore.verify import check_elsewhere, verify_elsewhere
from harness.traces import save_trace
from tests.replay import leaky

ROOT = Path(__file__).parents[2]
#: One is enough for ten strings, and interpreters take their time to start.
SEEDS = (1,)


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces name their scenarios below the project, which is found from where we stand."""
    monkeypatch.chdir(ROOT)


def saved(made: harness.Scenario, folder: Path) -> Path:
    """The file of a failing run."""
    result = harness.explore(made, strategy="random", schedules=50, shrink=False)
    return save_trace(result.violations[0].trace, folder)


def test_the_order_of_a_set_of_strings_is_found_out_in_another_interpreter(tmp_path: Path) -> None:
    """Naming the step, what was recorded and what came out there."""
    diverged = verify_elsewhere(saved(leaky.strings, tmp_path), hash_seeds=SEEDS)
    assert isinstance(diverged, ReplayDiverged)
    assert "writing store." in diverged.expected
    assert "writing store." in diverged.found
    assert diverged.expected != diverged.found


def test_the_mended_scenario_is_the_same_everywhere(tmp_path: Path) -> None:
    """And so is one that is full of sets, objects and randomness."""
    assert verify_elsewhere(saved(leaky.sorted_strings, tmp_path), hash_seeds=(1, 2)) is None


def test_what_a_search_found_is_checked_elsewhere() -> None:
    """The first violation, as the command line does it."""
    result = harness.explore(leaky.strings, strategy="dfs")
    with pytest.raises(Nondeterminism, match=r"in a fresh interpreter, parted at step \d+: first"):
        check_elsewhere(leaky.strings, result, hash_seeds=SEEDS)


def test_a_search_that_found_nothing_is_checked_elsewhere_too() -> None:
    """An order that escapes control makes a proof worthless."""
    for made in (leaky.strings, leaky.sorted_strings):
        result = harness.explore(made, strategy="dfs", schedules=1)
        assert not result.violations
        if made is leaky.strings:
            with pytest.raises(Nondeterminism, match="in a fresh interpreter, parted at step"):
                check_elsewhere(made, result, hash_seeds=SEEDS)
        else:
            assert check_elsewhere(made, result, hash_seeds=SEEDS) is None


def test_a_scenario_without_a_file_cannot_be_checked_elsewhere() -> None:
    """The reason is returned; it is no failure of the search."""

    async def at_a_prompt(world: harness.World) -> None:
        raise LookupError

    made = harness.scenario(at_a_prompt)
    result = harness.explore(made, schedules=1)
    reason = check_elsewhere(made, result, hash_seeds=SEEDS)
    assert reason is not None
    assert "at_a_prompt" in reason


def test_a_trace_that_cannot_be_replayed_at_all_is_said_to_be_so(tmp_path: Path) -> None:
    """A file that is gone; a step that the replay never leaves."""
    with pytest.raises(VerificationFailed, match="No such file"):
        verify_elsewhere(tmp_path / "gone.trace.json", hash_seeds=SEEDS)
    file = saved(leaky.sorted_strings, tmp_path)
    with pytest.raises(VerificationFailed, match=r"it took longer than 0\.01 s"):
        verify_elsewhere(file, hash_seeds=SEEDS, timeout_s=0.01)


def test_an_edited_trace_diverges_and_is_not_taken_for_nondeterminism(tmp_path: Path) -> None:
    """A checksum tells the two apart."""
    result = harness.explore(leaky.sorted_strings, strategy="dfs")
    trace = msgspec.structs.replace(result.violations[0].trace, digest="0" * 32)
    diverged = verify_elsewhere(save_trace(trace, tmp_path), hash_seeds=SEEDS)
    assert diverged is not None
    assert diverged.expected == f"digest {'0' * 32}"
