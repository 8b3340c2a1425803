"""Bricks for small models and benchmarks: one shared variable, one abstract lock."""

from __future__ import annotations

from harness.model.cell import Cell as Cell
from harness.model.mutex import Mutex as Mutex

__all__ = ["Cell", "Mutex"]
