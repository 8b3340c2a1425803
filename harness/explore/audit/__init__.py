"""Swaps steps that are said to commute, and sees whether they do."""

from __future__ import annotations

from harness.explore.audit.audit import SWAPS as SWAPS, Audit as Audit
from harness.explore.audit.found import Audited as Audited, Mismatch as Mismatch, Side as Side

__all__ = ["SWAPS", "Audit", "Audited", "Mismatch", "Side"]
