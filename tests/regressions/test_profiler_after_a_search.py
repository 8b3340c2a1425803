"""A coverage tool, a profiler or a debugger may start after a search has run.

On CPython 3.11, `PyThreadState_SetAsyncExc(thread, NULL)` leaves the evaluation loop told that
something is pending. Nothing ever takes that back but an exception that is really raised that way,
and the first traced or profiled call then never returns.
"""

from __future__ import annotations

import subprocess
import sys

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


def test_a_profiled_call_returns_after_a_search() -> None:
    """In an interpreter of its own, because the other outcome is a hang."""
    done = subprocess.run(
        [sys.executable, "-c", PROFILED_AFTER_A_SEARCH], check=False, timeout=5, capture_output=True
    )

    assert done.returncode == 0
