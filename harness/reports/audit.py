"""What an audit of independence found, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore import Audited, Mismatch
    from harness.explore.audit import Side

#: Things that a step touches are named up to so many, those that matter most first.
_THINGS_MAX = 6


def as_text(audited: Audited) -> list[str]:
    """How many pairs of steps were swapped, and each that does not commute."""
    lines = [_summary(audited)]
    for found in audited.mismatches:
        lines += _mismatch(found)
    return [DEFAULT_REDACTOR.text(line) for line in lines]


def _summary(audited: Audited) -> str:
    if not audited.swaps:
        return "audit: no two neighbouring steps are said to commute, so there was nothing to swap"
    swaps = f"{audited.swaps} swap{'' if audited.swaps == 1 else 's'} of neighbouring steps"
    where = f"{audited.schedules} schedule{'' if audited.schedules == 1 else 's'}"
    count = len(audited.mismatches)
    came = "each came to the same" if not count else f"{count} came to something else"
    return f"audit: {swaps} in {where}, {came}"


def _mismatch(found: Mismatch) -> list[str]:
    whose = "THE HARNESS MISSES SOMETHING" if found.is_ours else "MEMORY THAT NOBODY TRACKS"
    return [
        f"{whose}: two steps of schedule {found.schedule} do not commute",
        *_side(found.first),
        *_side(found.second),
        f"  swapped      {found.differs}",
        f"  what to do   {found.advice}",
    ]


def _side(side: Side) -> list[str]:
    place = side.begins or "place unknown"
    if side.ends and side.ends != side.begins:
        place = f"{place} to {side.ends}"
    return [
        f"  {side.task}  {place}",
        f"    touches    {_touched(side) or 'nothing that is known'}",
    ]


def _touched(side: Side) -> str:
    return "; ".join(
        f"{verb} {_some(things)}"
        for verb, things in (
            ("writes", side.writes),
            ("writes parts of", side.parts),
            ("reads", side.reads),
        )
        if things
    )


def _some(things: Sequence[str]) -> str:
    shown = sorted(things, key=lambda thing: thing.endswith("scope"))[:_THINGS_MAX]
    more = len(things) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
