"""Fuzzing: Hypothesis draws the plans and workloads that nobody thought of."""

from __future__ import annotations

from harness.fuzz.plans import faults as faults, moves as moves, plans as plans

__all__ = ["faults", "moves", "plans"]
