"""A recorded failing run is the same run in every interpreter, under every hash seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

import harness
from harness.explore.verify import _answers, _start
from harness.traces import save_trace
from tests.replay.recorded import SCENARIOS

# As Trio warns of a generator that nobody closed: one of the scenarios is about that.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces name their scenarios below the project, which is found from where we stand."""
    monkeypatch.chdir(ROOT)


def failing_runs(count: int) -> Iterator[harness.Trace]:
    """`count` different failing runs, of each scenario about as many, some of them shrunk."""
    digests: dict[str, None] = {}
    for seed in range(100 * count):
        made = SCENARIOS[seed % len(SCENARIOS)]
        result = harness.explore(
            made,
            strategy="random",
            schedules=300,
            seed=seed // len(SCENARIOS),
            stop_at_first=True,
            shrink=len(digests) % 7 == 0,
        )
        for violation in result.violations[:1]:
            if violation.trace.digest not in digests:
                digests[violation.trace.digest] = None
                yield violation.trace
        if len(digests) == count:
            return


def replay_under(hash_seeds: Sequence[int], files: Sequence[Path]) -> list[list[dict[str, object]]]:
    """The answers of fresh interpreters, one for each hash seed, two at a time."""
    answers = []
    for pair in (hash_seeds[i : i + 2] for i in range(0, len(hash_seeds), 2)):
        with ExitStack() as stack:
            children = [stack.enter_context(_start(files, seed)) for seed in pair]
            answers += [_answers(child, "traces", 600) for child in children]
    return answers


def check(count: int, hash_seeds: Sequence[int], folder: Path) -> Counter[str]:
    """Every trace replays with its digest under every hash seed; returns scenarios by name."""
    traces = list(failing_runs(count))
    files = [save_trace(trace, folder) for trace in traces]
    assert len(set(files)) == count
    expected = [{"digest": trace.digest} for trace in traces]
    for seed, answers in zip(hash_seeds, replay_under(hash_seeds, files), strict=True):
        assert answers == expected, f"under PYTHONHASHSEED={seed}"
    return Counter(trace.scenario_name for trace in traces)


def test_failing_runs_replay_with_the_same_digest_under_other_hash_seeds(tmp_path: Path) -> None:
    """20 runs in 4 interpreters, of every scenario at least one."""
    counts = check(20, (0, 1, 2, 4_294_967_295), tmp_path)
    assert len(counts) == len(SCENARIOS)


@pytest.mark.soak
def test_two_hundred_failing_runs_replay_under_twenty_hash_seeds(tmp_path: Path) -> None:
    """4,000 replays, all of them equal."""
    counts = check(200, range(100, 120), tmp_path)
    assert len(counts) == len(SCENARIOS)
    assert min(counts.values()) >= 3  # one scenario has no more different failing runs than that


def test_a_trace_holds_no_address_and_nothing_of_this_machine(tmp_path: Path) -> None:
    """What is written is the same wherever it is recorded."""
    for trace in failing_runs(len(SCENARIOS)):
        text = save_trace(trace, tmp_path).read_text()
        assert " at 0x" not in text
        assert str(ROOT) not in text
        recorded = json.loads(text)
        assert recorded["digest"] == trace.digest
