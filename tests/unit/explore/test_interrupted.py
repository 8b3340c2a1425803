"""Ctrl-C ends a search, and keeps what it has found."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

SEARCH = """
import json, sys, threading, trio
import harness

async def model():
    cell = harness.Cell(0)
    async def increment():
        await cell.write(await cell.read() + 1)
    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(increment)
    assert cell.get() == 6

def tell(progress):
    if progress.violations:
        print("found", flush=True)

strategy, shrink = sys.argv[1:]
result = harness.explore(
    model, strategy=strategy, time_budget_s=60, shrink=shrink == "shrink", progress=tell
)
trio.run(trio.sleep, 0)
print(json.dumps({
    "interrupted": result.interrupted, "verdict": result.verdict, "schedules": result.schedules,
    "complete": result.complete, "properties": [v.property for v in result.violations],
    "wall_s": result.wall_s,
    "replayed": harness.replay(result.violations[0].trace, scenario=model).digest
        == result.violations[0].trace.digest,
}))
"""


@pytest.mark.parametrize("strategy", ["random", "dfs", "portfolio"])
def test_an_interrupt_keeps_what_was_found(strategy: str) -> None:
    """A SIGINT in the middle of a long search: a result with its violation, and Trio still runs."""
    with subprocess.Popen(
        [sys.executable, "-c", SEARCH, strategy, "shrink"], stdout=subprocess.PIPE, text=True
    ) as search:
        assert search.stdout is not None
        assert search.stdout.readline() == "found\n"
        search.send_signal(signal.SIGINT)
        lines = [line for line in search.stdout if line != "found\n"]
        assert search.wait(timeout=30) == 0
    result = json.loads(lines[-1])
    assert result.pop("schedules") > 0
    assert result.pop("wall_s") < 30
    assert result == {
        "interrupted": True,
        "verdict": "violated",
        "complete": False,
        "properties": ["main raises nothing (AssertionError)"],
        "replayed": True,
    }
