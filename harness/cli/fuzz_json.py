"""`harness fuzz --json FILE`: what fuzzing found, for programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from harness.cli.places import write_json
from harness.cli.results import VERSION, violation
from harness.cli.stored import as_json
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.cli.fuzz import Session
    from harness.fuzz import FuzzFailure, FuzzResult, Input


def write_found(file: Path, session: Session) -> None:
    """Write everything that was found.

    Raises:
      PlaceUnwritable: the place refuses it.
    """
    document = {
        "version": VERSION,
        "seed": session.settings.seed,
        "regressions": [as_json(regression) for regression in session.regressions],
        "skipped": [one.job.scenario.name for one in session.fuzzed if one.hunt is None],
        "fuzzed": [_fuzzed(one.hunt.result()) for one in session.fuzzed if one.hunt is not None],
    }
    write_json(file, document)


def _fuzzed(found: FuzzResult) -> dict[str, Any]:
    fields = attrs.asdict(found, recurse=False)
    return fields | {
        "params": DEFAULT_REDACTOR.tree("", dict(found.params)),
        "undecided": dict(found.undecided),
        "wall_s": round(found.wall_s, 3),
        "faults": [attrs.asdict(use) for use in found.faults],
        "failures": [_failure(failure) for failure in found.failures],
    }


def _failure(failure: FuzzFailure) -> dict[str, Any]:
    return {
        "input": _input(failure.input),
        "found": _input(failure.found),
        "found_at": failure.found_at,
        "minimality": attrs.asdict(failure.minimality),
        "schedules": failure.schedules,
        "plan_file": None if failure.plan_file is None else str(failure.plan_file),
        "search": {
            "strategy": failure.result.strategy,
            "seed": failure.result.seed,
            "schedules": failure.result.schedules,
        },
        "violations": [violation(one) for one in failure.result.violations],
    }


def _input(given: Input) -> dict[str, Any]:
    return {
        "plan": None if given.plan is None else given.plan.tree(),
        "workload": DEFAULT_REDACTOR.tree("", dict(given.workload)),
        "faults": None if given.faults is None else dict(given.faults),
    }
