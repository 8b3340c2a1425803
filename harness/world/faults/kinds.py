"""The kinds of fault there are, and how often each may strike."""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import BadFaultBudget, UnknownFault

#: Every kind, and what it does.
KINDS: dict[str, str] = {
    # processes
    "kill": "`kill -9` of a process, before any of its steps; a commit under way was done or was not",
    "cancel": "a process is asked to stop: all of it is cancelled where it stands, as at SIGTERM",
    "slow": "a process is held up, for as long as the search likes; its timers go off meanwhile",
    # time
    "early_timer": "a sleep ends before its time",
    "timeout": "a deadline passes early: `fail_after` raises `TooSlowError`, `move_on_after` moves on",
    "skew": "the clock of a process is a minute ahead, or behind, from its start",
    "jump": "the clock of a process jumps by a minute, forward or back",
    # the network
    "drop": "a message on a link is lost",
    "delay": "a message is under way for a minute longer, and what was sent after it waits behind it",
    "duplicate": "a message on a link arrives once more, after all that were sent by then",
    "reorder": "a message on a link is overtaken by the next one",
    "cut": "a link or a connection is cut, both ways, for as long as the search likes",
    "cut_one_way": "it is cut in one direction only",
    "refuse": "a connection is refused, though somebody listens",
    "reset": "a connection is reset: what is under way is lost, and both sides are told",
    # databases
    "lag": "the next record of a node that is followed is late: `catch_up` ends without it",
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
