"""Bricks for small models: one shared variable, one abstract lock, and memory that is tracked."""

from __future__ import annotations

from harness.model.cell import Cell as Cell
from harness.model.mutex import Mutex as Mutex
from harness.model.tracked import plain as plain, tracked as tracked

__all__ = ["Cell", "Mutex", "plain", "tracked"]
