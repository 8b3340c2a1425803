"""The simulated world: processes, databases, flags. Knows nothing about exchanges."""

from __future__ import annotations

from harness.world.flag import Flag as Flag
from harness.world.incarnation import ExitStatus as ExitStatus
from harness.world.process import Process as Process
from harness.world.protocols import PropertySink as PropertySink
from harness.world.world import World as World

__all__ = ["ExitStatus", "Flag", "Process", "PropertySink", "World"]
