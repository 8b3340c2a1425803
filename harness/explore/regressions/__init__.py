"""Failures that were stored: found, played back leniently, searched around, and judged anew.

A committed `regressions/` folder beside the scenarios, and the failure database: the folder in which
traces are kept. Nothing here imports anything: a trace only ever meets a scenario that somebody chose.
"""

from __future__ import annotations

from harness.explore.regressions.find import (
    Stored as Stored,
    committed as committed,
    kept as kept,
    set_aside as set_aside,
)
from harness.explore.regressions.play import (
    Replayed as Replayed,
    Status as Status,
    play as play,
)

__all__ = ["Replayed", "Status", "Stored", "committed", "kept", "play", "set_aside"]
