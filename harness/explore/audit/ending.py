"""How a run ended: what must be equal whatever the order of independent steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from outcome import Error

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.explore.subject import Finding, Subject
    from harness.kernel import ObservedEngine


def ending_of(subject: Subject, engine: ObservedEngine) -> dict[str, Any]:
    """How the run in the engine ended, and what it came to."""
    outcome = engine.main_task_outcome
    main = "has not ended" if outcome is None else "returned"
    if type(outcome) is Error:
        main = f"raised {type(outcome.error).__name__}"
    end = {
        "the end": engine.ending,
        "the time": engine.now,
        "the main task": main,
        "who waits": sorted(engine.waiting_report.split()),
    }
    try:
        finding = subject.judge(engine)
    except HarnessError as error:
        return end | {"the error": f"{type(error).__name__}: {error}"}
    return end | _judgement(finding)


def _judgement(finding: Finding) -> dict[str, Any]:
    episodes = finding.report.episodes
    return {
        "failures": sorted((failure.property, failure.where) for failure in finding.failures),
        "points reached": sorted(finding.reached),
        "episodes": sorted(f"{e.key} {e.kind} {e.outcome}" for e in episodes),
        "the cost": finding.report.cost,
    }
