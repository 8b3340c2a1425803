"""Searching: strategies, the loop that runs them, and what they found."""

from __future__ import annotations

from harness.explore.loop import Progress as Progress
from harness.explore.loop import explore as explore
from harness.explore.replay import Replay as Replay
from harness.explore.replay import replay as replay
from harness.explore.result import Result as Result
from harness.explore.result import Violation as Violation
from harness.explore.scenario import Scenario as Scenario
from harness.explore.scenario import TimeModel as TimeModel
from harness.explore.scenario import bounded as bounded
from harness.explore.scenario import scenario as scenario

__all__ = ["Progress", "Replay", "Result", "Scenario", "TimeModel", "Violation", "bounded", "explore", "replay", "scenario"]
