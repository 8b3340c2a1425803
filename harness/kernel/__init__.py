"""Runs Trio code one step at a time, every choice made by a chooser.

Only this room knows Trio's private parts; everything above it works with the names below.
"""

from __future__ import annotations

from harness.kernel.asking import answer as answer
from harness.kernel.choice import (
    Choice as Choice,
    Chooser as Chooser,
    Defaults as Defaults,
    default_pick as default_pick,
)
from harness.kernel.engine import Engine as Engine, current_run as current_run
from harness.kernel.footprints import (
    CLOCK as CLOCK,
    CLOCK_TASK as CLOCK_TASK,
    EVERYTHING as EVERYTHING,
    Event as Event,
    Mask as Mask,
    Missed as Missed,
    Names as Names,
    StoredNames as StoredNames,
)
from harness.kernel.heap import frozen_heap as frozen_heap
from harness.kernel.observed import ObservedEngine as ObservedEngine
from harness.kernel.point import (
    Access as Access,
    Action as Action,
    WorldPoint as WorldPoint,
    pass_point as pass_point,
)
from harness.kernel.process import KernelProcess as KernelProcess
from harness.kernel.seal import user_modules as user_modules
from harness.kernel.session import Kernel as Kernel, Model as Model
from harness.kernel.text import clean as clean
from harness.kernel.waiting import all_frames as all_frames, user_frames as user_frames

__all__ = [
    "CLOCK",
    "CLOCK_TASK",
    "EVERYTHING",
    "Access",
    "Action",
    "Choice",
    "Chooser",
    "Defaults",
    "Engine",
    "Event",
    "Kernel",
    "KernelProcess",
    "Mask",
    "Missed",
    "Model",
    "Names",
    "ObservedEngine",
    "StoredNames",
    "WorldPoint",
    "all_frames",
    "answer",
    "clean",
    "current_run",
    "default_pick",
    "frozen_heap",
    "pass_point",
    "user_frames",
    "user_modules",
]
