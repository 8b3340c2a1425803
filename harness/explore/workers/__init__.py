"""Searches made by several processes: what they are given and give back are names and JSON."""

from __future__ import annotations

from harness.explore.workers.search import Search as Search
from harness.explore.workers.team import Workers as Workers, check_workers as check_workers

__all__ = ["Search", "Workers", "check_workers"]
