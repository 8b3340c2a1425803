"""Finds the restart order that zeroes critical state before a gate catches it.

    import harness

    @harness.scenario(fixes=["wait_for_load"])
    async def scale_up(world: harness.World) -> None: ...

    result = harness.explore(scale_up, strategy="dfs")
"""

from __future__ import annotations

from harness.errors import HarnessError as HarnessError
from harness.errors import Nondeterminism as Nondeterminism
from harness.errors import ReplayDiverged as ReplayDiverged
from harness.explore import Progress as Progress
from harness.explore import Result as Result
from harness.explore import Scenario as Scenario
from harness.explore import Violation as Violation
from harness.explore import bounded as bounded
from harness.explore import explore as explore
from harness.explore import replay as replay
from harness.explore import scenario as scenario
from harness.model import Cell as Cell
from harness.model import Mutex as Mutex
from harness.traces import Trace as Trace
from harness.world import ExitStatus as ExitStatus
from harness.world import Process as Process
from harness.world import World as World

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
