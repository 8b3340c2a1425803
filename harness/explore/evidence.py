"""Of a failure that a search came upon: its trace, made small, what decided it, where it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from harness.errors import Nondeterminism, ReplayDiverged, TraceUntrusted
from harness.explore.decide import decide
from harness.explore.follow import Lenient, Strict
from harness.explore.found import Found
from harness.explore.linearise import Order
from harness.explore.recheck import Recheck
from harness.explore.result import Violation
from harness.explore.shrink import Shrunk, shrink_schedule
from harness.explore.subject import Subject
from harness.explore.under_trio import UnderBatches
from harness.kernel import Kernel, ObservedEngine
from harness.traces import (
    DEFAULT_REDACTOR,
    Trace,
    default_roots,
    redact_trace,
    scenario_reference,
)
from harness.traces.format import Violation as TraceViolation
from harness.traces.record import record_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.explore.found import Kind
    from harness.explore.scenario import Scenario
    from harness.explore.subject import Finding
    from harness.kernel import Choice


@attrs.frozen(kw_only=True)
class Evidence:
    """Makes a `Violation` of each kind of failure.

    Attributes:
      kernel: of the search, with its last run.
      observed: whether the schedules of failures were made by observed runs.
      found: by what failures are told apart.
      known: those of which nobody wants to know more.
      shrink: whether schedules are to be made small, and asked what decided them; not if somebody
        `interrupted` the search.
    """

    subject: Subject
    kernel: Kernel
    observed: bool
    found: Found
    known: frozenset[str] = frozenset()
    strategy: str
    seed: int
    shrink: bool
    interrupted: bool

    def of(self, kind: Kind) -> Violation:
        """Run the failure once more, shrunk if wanted, this time recording everything."""

        def fails(finding: Finding) -> bool:
            return any(self.found.fingerprint(f) == kind.fingerprint for f in finding.failures)

        self.kernel.observe(observed=self.observed, model=self.subject.model)
        shrunk: Shrunk | None = None
        schedule = kind.schedule
        wanted = self.shrink and kind.fingerprint not in self.known
        quick = wanted and not self.interrupted and not kind.stuck
        if quick:
            shrunk = shrink_schedule(self.subject, self.kernel, schedule, fails)
            schedule = list(shrunk.schedule)
        finding = self._again(schedule)
        message = self._message(kind, finding, schedule)
        trace = self._trace(kind, message)
        decision = None
        if quick:
            data = [choice for choice in self.kernel.engine.choices if choice.kind == "data"]
            decision = decide(self.subject, self.kernel, data, fails)
        return Violation(
            property=kind.failure.property,
            message=message,
            trace=trace,
            decided_by=decision,
            under_trio=self._under_trio(schedule, fails) if quick else None,
            first_seen=kind.first_seen,
            fingerprint=kind.fingerprint,
            seen=kind.seen,
            by_scenario=kind.failure.by_scenario,
            shrunk_from=None if shrunk is None else shrunk.deviations_before,
        )

    def _message(self, kind: Kind, again: Finding, schedule: Sequence[Choice]) -> str:
        """What went wrong when it was made `again`; as it was seen first if that was broken off.

        Raises:
          Nondeterminism: nothing of the kind did.
        """
        for failure in again.failures:
            if self.found.fingerprint(failure) == kind.fingerprint:
                return failure.message
        if kind.stuck or self.kernel.engine.interrupted:
            return kind.failure.message
        what = f"a failing schedule, made again, did not fail: {kind.failure.property}"
        raise Recheck(self.subject, self.kernel).explained(Nondeterminism(what), schedule)

    def _again(self, schedule: Sequence[Choice]) -> Finding:
        chooser = Strict(schedule)
        try:
            finding = self.subject.run(self.kernel, chooser, recording=True)
            chooser.check_end()
        except ReplayDiverged as error:
            what = f"a failing schedule, made again, parted at step {error.step}: first "
            found = Nondeterminism(f"{what}{error.expected}, then {error.found}")
            raise Recheck(self.subject, self.kernel).explained(found, schedule) from None
        return finding

    def _under_trio(
        self, schedule: Sequence[Choice], fails: Callable[[Finding], bool]
    ) -> bool | None:
        """Whether a failure found by a free scheduler also happens under Trio's batches.

        None if the exploration kept them anyway.
        """
        if self.subject.model.fairness == "trio":
            return None
        self.kernel.observe(observed=True, model=self.subject.model)
        engine = self.kernel.run(self.subject.body, Lenient(schedule))
        assert isinstance(engine, ObservedEngine)
        model = attrs.evolve(self.subject.model, fairness="trio")
        self.kernel.observe(observed=False, model=model)
        under = UnderBatches(self.subject, self.kernel, fails, self.seed)
        return under.find(schedule, Order.of(engine)) or under.find_any()

    def _trace(self, kind: Kind, message: str) -> Trace:
        trace = record_trace(
            self.kernel.engine,
            scenario=scenario_name(self.subject.scenario),
            params=self.subject.params,
            fixes=self.subject.fixes,
            seed=self.seed,
            strategy=self.strategy,
            faults=self.subject.faults,
            violation=TraceViolation(
                property=kind.failure.property, fingerprint=kind.fingerprint, message=message
            ),
        )
        return redact_trace(trace, DEFAULT_REDACTOR)


def scenario_name(made: Scenario) -> str:
    """What a trace calls the scenario: its file below the project, and its name."""
    if not made.path:
        return f"<prompt>::{made.name}"
    try:
        return scenario_reference(Path(made.path), made.name, default_roots())
    except TraceUntrusted:  # outside any root: still worth recording
        return f"{Path(made.path).name}::{made.name}"
