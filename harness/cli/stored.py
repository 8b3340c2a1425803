"""Stored failures, which a run replays before it searches: those that it is about, and what they come to."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from harness.cli.complain import Complaints
from harness.cli.engine import Engine
from harness.cli.settings import Settings
from harness.traces import DEFAULT_REDACTOR
from harness.visible import one_line

if TYPE_CHECKING:
    from harness.cli.job import Job
    from harness.errors import HarnessError
    from harness.explore import Violation
    from harness.explore.regressions import Replayed, Stored

#: Wall-clock seconds that runs around one stored failure may take, and around all of the database.
AROUND_S = 2.0
AROUND_ALL_S = 5.0


@attrs.frozen(kw_only=True)
class Regression:
    """A stored failure that was replayed; `known`: it stands in the baseline."""

    found: Replayed
    known: bool = False

    @property
    def violation(self) -> Violation | None:
        """What failed again."""
        return self.found.violation

    @property
    def failed(self) -> bool:
        """Whether it still fails, and nobody said that it does."""
        still = self.found.status == "still fails"
        return still and not self.known and not self.found.expected

    @property
    def said(self) -> str:
        """The status, and what is to be said of it."""
        if self.found.status != "still fails":
            return self.found.status
        known = ", known" if self.known else ""
        return f"still fails{', as expected' if self.found.expected else known}"


class Replays:
    """Plays stored failures back, one after the other, and saves what fails again.

    It bounds how long runs may go on around them, so that a run does not become slow by them.
    """

    def __init__(self, settings: Settings, engine: Engine, complaints: Complaints) -> None:
        self._settings = settings
        self._engine = engine
        self._complaints = complaints
        self._until = time.monotonic() + AROUND_ALL_S

    def play(self, stored: Stored) -> Replayed:
        """Play one back; of what cannot be saved, that is noted."""
        found = self._engine.play(
            stored,
            seed=self._settings.seed,
            steps_max=self._settings.steps_max,
            around_s=self._around_s(stored),
        )
        with self._complaints:
            return self._engine.keep_again(found, self._settings.artifacts)
        return found

    def _around_s(self, stored: Stored) -> float:
        """Seconds for this one. What was committed has as long however many there are."""
        if stored.committed:
            return AROUND_S
        return max(0.0, min(AROUND_S, self._until - time.monotonic()))


def stored_for(
    todo: Sequence[Job], settings: Settings, engine: Engine
) -> tuple[list[Stored], list[HarnessError]]:
    """What a run is to replay, committed ones first; and what should have been one and is no trace."""
    found, broken = _stored(todo, settings, engine)
    committed = [_kind(stored) for stored in found if stored.committed]
    asked = [
        stored
        for stored in found
        if (stored.committed or _kind(stored) not in committed)
        and _is_asked(stored, [j for j in todo if j.scenario is stored.scenario], settings)
    ]
    return asked, broken


def stored_like(
    todo: Sequence[Job], settings: Settings, engine: Engine
) -> tuple[list[Stored], list[HarnessError]]:
    """What fuzzing is to replay, whatever it was drawn as; and what should be a trace and is none."""
    found, broken = _stored(todo, settings, engine)
    return [stored for stored in found if _is_like(stored, todo, settings)], broken


def _stored(
    todo: Sequence[Job], settings: Settings, engine: Engine
) -> tuple[Sequence[Stored], list[HarnessError]]:
    """All that is stored of these scenarios, if it is to be replayed."""
    if not settings.regressions:
        return [], []
    broken: list[HarnessError] = []
    scenarios = list({id(job.scenario): job.scenario for job in todo}.values())
    return engine.stored(scenarios, settings.artifacts, broken=broken.append), broken


def _kind(stored: Stored) -> tuple[str, tuple[str, ...], str]:
    """What two stored failures have in common of which one will do."""
    violation = stored.trace.violation
    made = stored.scenario
    path = "" if made is None else f"{made.path}::{made.name}"
    return path, stored.trace.fixes, "" if violation is None else violation.fingerprint


def _is_asked(stored: Stored, jobs: Sequence[Job], settings: Settings) -> bool:
    """Whether a run is about it.

    A committed one is a test of its own, which only asking for something else leaves out. One of the
    database belongs to the search that found it, and comes with that.
    """
    if stored.scenario is None:
        return True
    if not stored.committed:
        return any(_is_of(stored, job, settings) for job in jobs)
    if settings.fix or settings.fix_set:
        jobs = [job for job in jobs if job.fixes == stored.trace.fixes]
    return any(_agrees(stored, job, settings) for job in jobs)


def _is_like(stored: Stored, todo: Sequence[Job], settings: Settings) -> bool:
    """Whether fuzzing might draw it, now or with other luck: whatever is settled agrees with it."""
    if stored.scenario is None:
        return True
    jobs = [job for job in todo if job.scenario is stored.scenario]
    return any(
        job.fixes == stored.trace.fixes
        and all(stored.trace.params.get(name, value) == value for name, value in job.params.items())
        and (settings.fault is None or stored.trace.faults.items() <= settings.fault.items())
        for job in jobs
    )


def in_a_line(regression: Regression, file: str) -> str:
    """What became of a stored failure, whose file is called this; without secrets."""
    found = regression.found
    trace = found.stored.trace
    what = found.why
    if not what and trace.violation is not None:
        what = trace.violation.property
    if found.violation is not None:
        what = found.violation.property
    of = one_line(f"{trace.scenario_name}, {'+'.join(trace.fixes) or 'no fix'}")
    return f"{regression.said}: {file} ({of}): {DEFAULT_REDACTOR.text(what)}"


def _agrees(stored: Stored, job: Job, settings: Settings) -> bool:
    """Whether nothing else was asked for than what it holds."""
    params = stored.trace.params
    faults = settings.fault is None or dict(settings.fault) == stored.trace.faults
    return faults and all(params.get(name, value) == value for name, value in job.params.items())


def _is_of(stored: Stored, job: Job, settings: Settings) -> bool:
    """Whether that very search might find it."""
    trace = stored.trace
    params = DEFAULT_REDACTOR.tree("", {**job.scenario.params, **job.params})
    faults = job.scenario.faults if settings.fault is None else settings.fault
    free = "none" in (job.scenario.fairness, *(["none"] if settings.strategy == "dpor" else []))
    return (
        trace.fixes == job.fixes
        and trace.params == params
        and trace.faults == dict(faults)
        and (free or trace.fairness == "trio")
    )


def as_json(regression: Regression) -> dict[str, Any]:
    """For programs. What a trace says may hold what must not be shown."""
    found, trace = regression.found, regression.found.stored.trace
    violation = found.violation
    file = None if violation is None else violation.trace_file
    recorded = trace.violation
    name = recorded.property if violation is None and recorded else ""
    fingerprint = recorded.fingerprint if violation is None and recorded else ""
    return {
        "file": str(found.stored.file),
        "committed": found.stored.committed,
        "scenario": trace.scenario,
        "params": _shown(trace.params),
        "fixes": list(trace.fixes),
        "status": found.status,
        "why": found.why,
        "failed": regression.failed,
        "expected": found.expected,
        "known": regression.known,
        "runs": found.runs,
        "property": DEFAULT_REDACTOR.text(name if violation is None else violation.property),
        "fingerprint": fingerprint if violation is None else violation.fingerprint,
        "trace_file": None if file is None else str(file),
    }


def _shown(params: Mapping[str, Any]) -> Any:
    return DEFAULT_REDACTOR.tree("", dict(params))
