"""Finds the restart order that zeroes critical state before a gate catches it.

import harness

@harness.scenario(fixes=["wait_for_load"])
async def scale_up(world: harness.World) -> None: ...

result = harness.explore(scale_up, strategy="dfs")
"""

from __future__ import annotations

from harness.errors import (
    HarnessError as HarnessError,
    Nondeterminism as Nondeterminism,
    ReplayDiverged as ReplayDiverged,
)
from harness.explore import (
    Progress as Progress,
    Result as Result,
    Scenario as Scenario,
    Violation as Violation,
    bounded as bounded,
    explore as explore,
    replay as replay,
    scenario as scenario,
)
from harness.model import Cell as Cell, Mutex as Mutex
from harness.traces import Trace as Trace
from harness.world import ExitStatus as ExitStatus, Process as Process, World as World

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "ExitStatus",
    "HarnessError",
    "Mutex",
    "Nondeterminism",
    "Process",
    "Progress",
    "ReplayDiverged",
    "Result",
    "Scenario",
    "Trace",
    "Violation",
    "World",
    "bounded",
    "explore",
    "replay",
    "scenario",
]
