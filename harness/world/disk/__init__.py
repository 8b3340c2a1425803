"""The simulated disk: a small file system with a page cache, and what a power cut leaves of it."""

from __future__ import annotations

from harness.world.disk.disk import Disk as Disk
from harness.world.disk.handle import File as File

__all__ = ["Disk", "File"]
