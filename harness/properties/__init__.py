"""What must hold: critical state and its gates, the scorecard, `always`, `eventually`, `sometimes`."""

from __future__ import annotations

from harness.properties.critical import Critical as Critical, Store as Store
from harness.properties.episodes import Episode as Episode, Outcome as Outcome
from harness.properties.ledger import CLEAN as CLEAN, CriticalReport as CriticalReport
from harness.properties.properties import Properties as Properties
from harness.properties.reached import Reached as Reached, ReachedTally as ReachedTally
from harness.properties.scorecard import Scorecard as Scorecard, Tally as Tally
from harness.properties.violations import CriticalViolation as CriticalViolation
from harness.world.failure import Failure as Failure

__all__ = [
    "CLEAN",
    "Critical",
    "CriticalReport",
    "CriticalViolation",
    "Episode",
    "Failure",
    "Outcome",
    "Properties",
    "Reached",
    "ReachedTally",
    "Scorecard",
    "Store",
    "Tally",
]
