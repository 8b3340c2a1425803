"""A coverage tool, a profiler or a debugger may run during a search, or start after one.

On CPython 3.11, `PyThreadState_SetAsyncExc(thread, NULL)` leaves the evaluation loop told that
something is pending. Nothing ever takes that back but an exception that is really raised that way,
and the first traced or profiled call then never returns.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

PROFILED_SEARCH = """
import cProfile, harness

async def model() -> None:
    raise ValueError

cProfile.Profile().runcall(harness.explore, model, schedules=10, shrink=False)
"""

PROFILED_AFTER_A_SEARCH = """
import sys, harness

async def model() -> None:
    await harness.Cell(0).add(1)

def call() -> None:
    pass

harness.explore(model, strategy="dfs")
sys.setprofile(lambda *_: None)
call()
sys.setprofile(None)
"""


@pytest.mark.parametrize("program", [PROFILED_AFTER_A_SEARCH, PROFILED_SEARCH])
def test_a_profiled_call_returns(program: str) -> None:
    """In an interpreter of its own, because the other outcome is a hang."""
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, timeout=20, capture_output=True
    )

    assert done.returncode == 0
