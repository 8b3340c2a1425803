"""Restart plans: values that say what an operator does to a fleet, and which plans there can be.

    from harness.plans import Copy, Plan, Promote, Restart, Space

    monday = Plan((Copy("market data"), Restart("funding", how="blue-green"), Promote("market data")))

A move that says nothing of it waits for the one before, and takes as long as it takes.
"""

from __future__ import annotations

from harness.plans.failed import MoveFailed as MoveFailed
from harness.plans.moves import (
    AnyMove as AnyMove,
    Copy as Copy,
    How as How,
    Move as Move,
    Pause as Pause,
    Promote as Promote,
    Ready as Ready,
    Restart as Restart,
    Run as Run,
    Start as Start,
    Stop as Stop,
)
from harness.plans.plan import PARAMETER as PARAMETER, Plan as Plan, plan_of as plan_of
from harness.plans.space import Space as Space
from harness.plans.state import State as State
from harness.plans.toml import load_plan as load_plan, plan_toml as plan_toml

__all__ = [
    "PARAMETER",
    "AnyMove",
    "Copy",
    "How",
    "Move",
    "MoveFailed",
    "Pause",
    "Plan",
    "Promote",
    "Ready",
    "Restart",
    "Run",
    "Space",
    "Start",
    "State",
    "Stop",
    "load_plan",
    "plan_of",
    "plan_toml",
]
