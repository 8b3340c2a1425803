"""Searching: strategies, the loop that runs them, and what they found."""

from __future__ import annotations

from harness.explore.audit import Audited as Audited, Mismatch as Mismatch
from harness.explore.entry import explore as explore
from harness.explore.loop import Progress as Progress
from harness.explore.replay import Replay as Replay, replay as replay
from harness.explore.result import Result as Result, Violation as Violation
from harness.explore.scenario import (
    Scenario as Scenario,
    TimeModel as TimeModel,
    bounded as bounded,
    scenario as scenario,
)

__all__ = [
    "Audited",
    "Mismatch",
    "Progress",
    "Replay",
    "Result",
    "Scenario",
    "TimeModel",
    "Violation",
    "bounded",
    "explore",
    "replay",
    "scenario",
]
