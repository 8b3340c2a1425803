"""Hypothesis draws the plans, workloads and faults that nobody thought of.

result = harness.fuzz.fuzz(maintenance, time_budget_s=60)
"""

from __future__ import annotations

from harness.fuzz.entry import fuzz as fuzz
from harness.fuzz.inputs import Input as Input, inputs as inputs
from harness.fuzz.plans import faults as faults, moves as moves, plans as plans
from harness.fuzz.result import (
    FuzzFailure as FuzzFailure,
    FuzzResult as FuzzResult,
    Minimality as Minimality,
)

__all__ = [
    "FuzzFailure",
    "FuzzResult",
    "Input",
    "Minimality",
    "faults",
    "fuzz",
    "inputs",
    "moves",
    "plans",
]
