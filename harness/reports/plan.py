"""What a restart plan is worth, in lines: its verdict, its riskiest overlap, what it costs, what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.explore.advice import tried_with
from harness.explore.overlaps import Overlap, overlaps

if TYPE_CHECKING:
    from harness.explore import Result
    from harness.explore.advice import Advice, Tried
    from harness.explore.moved import Part
    from harness.plans import Plan

#: Sets of fixes of one size that are named.
SETS_MAX = 6


def as_text(plan: Plan, result: Result, advice: Advice) -> list[str]:
    """The answer about one plan.

    Args:
      plan: what was asked about.
      result: of the search with the fixes that it announces.
      advice: which fixes it needs.
    """
    rows = [("plan", f"{plan.name or 'this one'}: {plan}")]
    if plan.fixes:
        rows.append(("announced", _announced(plan, result, advice)))
    if result.violations:
        rows += [
            ("riskiest overlap" if not n else "", t) for n, t in enumerate(_risk(plan, result))
        ]
        rows.append(("worst cost", f"{result.scorecard.cost_worst:,}"))
    rows.append(("smallest fixes", _smallest(advice)))
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {text}" for name, text in rows]


def _announced(plan: Plan, result: Result, advice: Advice) -> str:
    """Whether the fixes that go with the plan do anything."""
    names = "+".join(plan.fixes)
    without = advice.tried[0] if advice.tried else None
    if result.violations:
        return f"{names} does not make it safe"
    made = tried_with(plan.fixes, result)
    if made.no_answer:
        return f"no answer whether {names} makes it safe: {made.no_answer}"
    evidence = _evidence(made)
    if without is not None and without.no_answer:
        return f"safe with {names} ({evidence}); no answer without it: {without.no_answer}"
    if without is None or without.verdict != "violated":
        return f"{names} is not needed: without it nothing was found either"
    least = min((len(found.fixes) for found in advice.smallest), default=len(plan.fixes))
    more = f", and {least} would be enough" if least < len(plan.fixes) else ""
    return f"{names} makes it safe ({evidence}){more}"


def _risk(plan: Plan, result: Result) -> list[str]:
    found = overlaps(result.violations)
    if not found:
        # Only a search that left nothing out has seen every order.
        every = result.complete and any(
            violation.seen == result.schedules for violation in result.violations
        )
        return [
            "none: whatever the order, it fails" if every else "no single pair of steps decides"
        ]
    worst = found[0]
    return [
        *_in_words(plan, worst),
        f"decides {worst.seen} violations: each property counts, in each schedule",
    ]


def _in_words(plan: Plan, overlap: Overlap) -> list[str]:
    first, second = overlap.first, overlap.second
    if first.move is not None and first.move == second.move:
        where = f"within {_move(plan, first.move)}"
    else:
        moves = [_move(plan, part.move) for part in (first, second) if part.move is not None]
        where = " with ".join(moves) or "outside of all moves"
    return [where, f"{_part(first)}  before  {_part(second)}"]


def _move(plan: Plan, number: int) -> str:
    return f"move {number} ({plan.moves[number - 1]})"


def _part(part: Part) -> str:
    if part.role in ("starts", "stops"):
        which = "in what" if "/" in part.task else "which"
        return f"{part.task}, {which} move {part.move} {part.role}"
    return part.task


def _smallest(advice: Advice) -> str:
    if advice.interrupted:
        return "interrupted before all sets were tried"
    if not advice.smallest and advice.no_answer:
        return f"no answer: {advice.no_answer[0].no_answer}"
    if not advice.smallest:
        return f"no set of up to {advice.size} of the declared fixes makes it safe"
    if not advice.smallest[0].fixes:
        return f"none needed ({_evidence(advice.smallest[0])})"
    named = [f"{'+'.join(f.fixes)} ({_evidence(f)})" for f in advice.smallest[:SETS_MAX]]
    more = len(advice.smallest) - SETS_MAX
    words = "; or ".join(named) + (f"; or {more} more of that size" if more > 0 else "")
    if not advice.no_answer:
        return words
    unknown = ", ".join("+".join(found.fixes) or "no fix" for found in advice.no_answer)
    return f"{words}; no answer for {unknown}: {advice.no_answer[0].no_answer}"


def _evidence(tried: Tried) -> str:
    """What it rests on; a proof rests on one schedule of each kind, as its verdict says, too."""
    if tried.verdict == "exhausted":
        return f"exhausted, {tried.schedules - tried.sampled} schedules"
    return f"no proof: nothing found in {tried.schedules} schedules"
