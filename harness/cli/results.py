"""`--json FILE`: the results for programs. Scripts rely on the names in here.

A new field may be added at any time; a field changes its meaning or goes only with the version.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from harness.cli.engine import Expectation
from harness.cli.places import write_json
from harness.cli.settings import Settings
from harness.cli.stored import as_json
from harness.explore.overlaps import overlaps
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.cli.outcome import Outcome, Run
    from harness.explore import Audited, Result, Violation

VERSION = 1
COUNTS = ("corrupted", "caught", "late", "passed", "vacuous", "escaped", "unused")


def write_results(file: Path, outcome: Outcome, settings: Settings) -> None:
    """Write everything that was found, with what was expected of each search."""
    document = {
        "version": VERSION,
        "seed": settings.seed,
        "runs": [
            run(one.result, one.job.expected, one.known) | {"advice": advice(one)}
            for one in outcome.runs
        ],
        "regressions": [as_json(regression) for regression in outcome.regressions],
        "known_unseen": [msgspec.to_builtins(entry) for entry in outcome.unseen],
    }
    write_json(file, document)


def run(
    result: Result, expected: Expectation | None, known: Collection[str] = ()
) -> dict[str, Any]:
    """One search."""
    return {
        "scenario": result.scenario,
        "params": DEFAULT_REDACTOR.tree("", dict(result.params)),
        "fixes": list(result.fixes),
        "strategy": result.strategy,
        "options": result.options.given(),
        "verdict": result.verdict,
        "expected": expected,
        "schedules": result.schedules,
        "sampled": result.sampled,
        "cut": result.cut,
        "classes": result.classes,
        "redundant": result.redundant,
        "blocked": result.blocked,
        "steps": result.steps,
        "wall_s": round(result.wall_s, 3),
        "bounds": dict(result.bounds),
        "bound_reached": result.bound_reached,
        "assumptions": list(result.assumptions),
        "undecided": dict(result.undecided),
        "unreached": list(result.unreached),
        "faults": [attrs.asdict(use) for use in result.faults],
        "interrupted": result.interrupted,
        "audit": None if result.audit is None else audit(result.audit),
        "resumed_from": result.resumed_from,
        "search_file": None if result.search_file is None else str(result.search_file),
        "remaining_estimate": result.remaining_estimate,
        "remaining": None if result.remaining is None else attrs.asdict(result.remaining),
        "unseen": None if result.unseen is None else attrs.asdict(result.unseen),
        "scorecard": scorecard(result),
        "violations": [
            violation(one) | {"known": one.fingerprint in known} for one in result.violations
        ],
    }


def advice(made: Run) -> dict[str, Any] | None:
    """What a plan needs, and where it is riskiest; `null` where no plan was asked about."""
    if made.advice is None:
        return None
    found = [attrs.asdict(one) for one in overlaps(made.result.violations)]
    return attrs.asdict(made.advice) | {"overlaps": found}


def scorecard(result: Result) -> dict[str, Any]:
    """What became of critical state; costs are those of a schedule."""
    card = result.scorecard
    counts: dict[str, Any] = {name: getattr(card, name) for name in COUNTS}
    return counts | {"cost_worst": card.cost_worst, "cost_median": card.cost_median}


def audit(found: Audited) -> dict[str, Any]:
    """Whether steps that are said to commute do. Labels may hold what must not be shown."""
    written = attrs.asdict(found)
    written["wall_s"] = round(found.wall_s, 3)
    written["mismatches"] = [
        DEFAULT_REDACTOR.tree("", mismatch) for mismatch in written["mismatches"]
    ]
    return written


def violation(found: Violation) -> dict[str, Any]:
    """One kind of failure; `trace_file` is what `harness replay` takes."""
    return {
        "property": DEFAULT_REDACTOR.text(found.property),
        "message": DEFAULT_REDACTOR.text(found.message),
        "first_seen": found.first_seen,
        "seen": found.seen,
        "under_trio": found.under_trio,
        "by_scenario": found.by_scenario,
        "fingerprint": found.fingerprint,
        "trace_file": None if found.trace_file is None else str(found.trace_file),
    }
