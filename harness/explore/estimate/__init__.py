"""What is left, as a number with an interval: schedules still to run, classes not seen yet.

Both are estimates from what was seen so far. They rest on what is said beside them, and promise
nothing: a search is over when it is exhausted, not when an estimate says so.
"""

from __future__ import annotations

from harness.explore.estimate.classes import (
    ClassCounter as ClassCounter,
    Unseen as Unseen,
    class_hash as class_hash,
)
from harness.explore.estimate.probes import Probe as Probe, Probing as Probing
from harness.explore.estimate.tree import (
    Level as Level,
    Remaining as Remaining,
    remaining_by_mass as remaining_by_mass,
    remaining_schedules as remaining_schedules,
)
