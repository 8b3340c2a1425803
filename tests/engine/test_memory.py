"""A search may go on for days: memory does not grow with the number of schedules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def resident_kib(*marks: int) -> list[int]:
    """After so many schedules, in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.memory", *map(str, marks)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=6_000,
    )
    return [int(mark) for mark in done.stdout.split()]


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="resident memory is read from /proc"
)


@needs_proc
def test_memory_is_flat_over_thousands_of_schedules() -> None:
    """Nothing of a run is kept, be it killed, crashed or restarted."""
    early, late = resident_kib(1_000, 3_000)
    assert late <= early + 256, "more than 130 bytes a schedule"


@needs_proc
@pytest.mark.soak
def test_memory_is_flat_over_a_million_schedules() -> None:
    """The same at length."""
    early, late = resident_kib(10_000, 1_000_000)
    assert late <= early * 1.05
