"""The kinds of fault there are, and how often each may strike."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import BadFaultBudget, UnknownFault

#: Every kind, and what it does.
KINDS: dict[str, str] = {
    # processes
    "kill": "`kill -9` of a process, before any of its steps",
    # disks
    "power_loss": "the machine of a disk loses its power: its processes die, the disk remains",
    "lost_write": "when the power goes, something that was not synced is lost",
    "torn_write": "when the power goes, a write that was not synced is there in part",
    "full": "a disk has no room any more: ENOSPC, or a write that is cut short",
    "io_error": "an operation on a disk fails: EIO",
    "read_only": "a disk turns read-only: EROFS",
    "lying_fsync": "an fsync returns and nothing is durable",
    "fsync_error": "an fsync fails, EIO, and what it should have written is dropped",
}

#: What the label of a fault begins with, in a trace and among the options of a choice.
PREFIX = "fault "


def checked_faults(value: object) -> dict[str, int]:
    """Budgets by kind, in the order of `KINDS`; a kind with none is left out.

    Raises:
      UnknownFault: there is no such kind.
      BadFaultBudget: that is no budget.
    """
    if not isinstance(value, Mapping):
        raise BadFaultBudget(value, KINDS)
    for kind, budget in value.items():
        if kind not in KINDS:
            raise UnknownFault(kind, KINDS)
        if type(budget) is not int or budget < 0:
            raise BadFaultBudget({kind: budget}, KINDS)
    return {kind: value[kind] for kind in KINDS if value.get(kind)}


def is_fault(label: str) -> bool:
    """Whether an option, or a choice within a step, is about a fault."""
    return label.startswith(PREFIX)


def in_words(budgets: Mapping[str, int]) -> str:
    """As a person reads it: "at most 1 kill and 2 drop"."""
    parts = [f"{budget} {kind}" for kind, budget in budgets.items()]
    return f"at most {' and '.join(parts)}" if parts else "none"
