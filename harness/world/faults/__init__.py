"""Faults: what may go wrong in a run, each at most so often, and each where the search decides."""

from __future__ import annotations

from harness.world.faults.faults import Faults as Faults, Offer as Offer
from harness.world.faults.kinds import (
    KINDS as KINDS,
    PREFIX as PREFIX,
    checked_faults as checked_faults,
    in_words as in_words,
    is_fault as is_fault,
)
from harness.world.faults.spells import Spell as Spell
from harness.world.faults.uses import FaultUse as FaultUse, Uses as Uses

__all__ = [
    "KINDS",
    "PREFIX",
    "FaultUse",
    "Faults",
    "Offer",
    "Spell",
    "Uses",
    "checked_faults",
    "in_words",
    "is_fault",
]
