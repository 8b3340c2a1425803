"""Running a recorded run again, exactly."""

from __future__ import annotations

import re
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import BadScenario, ReplayDiverged
from harness.explore.discover import import_scenario
from harness.explore.follow import Strict
from harness.explore.parting import check_steps
from harness.explore.scenario import Body, Scenario, TimeModel, as_scenario
from harness.explore.subject import Subject
from harness.kernel import Model
from harness.traces import DEFAULT_REDACTOR, Trace, load_trace, redact_trace
from harness.traces.format import Violation as TraceViolation
from harness.traces.record import record_trace
from harness.traces.redact import REDACTED

if TYPE_CHECKING:
    import os
    from collections.abc import Callable


@attrs.frozen(kw_only=True)
class Replay:
    """A run made again.

    Attributes:
      trace: the run as it was now recorded; equal to the old one in everything but the environment.
      violation: what it broke, as before; None if the recorded run broke nothing.
      digest: of everything it did, equal to the recorded one.
    """

    trace: Trace
    violation: TraceViolation | None
    digest: str


def replay(
    trace: Trace | str | os.PathLike[str],
    *,
    scenario: Scenario | Body | None = None,
    announce: Callable[[str], None] | None = None,
) -> Replay:
    """Run a trace again; every choice, step and digest must match.

    Args:
      trace: a trace or the file of one.
      scenario: what to run; by default the one that the trace names, imported from below the
        project's directory only.
      announce: told what will be imported, before it is.

    Raises:
      ReplayDiverged: naming the first step that differs, and what differs.
      HarnessError: the trace or the scenario cannot be used.
    """
    if not isinstance(trace, Trace):
        trace = load_trace(trace)
    if scenario is None:
        scenario = import_scenario(trace.scenario, announce=announce)
    made = as_scenario(scenario)
    subject = Subject(
        scenario=made,
        fixes=made.checked_fixes(trace.fixes),
        params=made.checked_params(recorded_params(trace, made)),
        model=_model(trace),
        faults=made.checked_faults(trace.faults),
    )
    chooser = Strict(trace.choices)
    with subject.kernel(trace.seed) as kernel:
        diverged: ReplayDiverged | None = None
        try:
            kernel.run(subject.body, chooser, recording=True)
            chooser.check_end()
        except ReplayDiverged as error:
            diverged = error
        engine = kernel.engine
        again = redact_trace(
            record_trace(
                engine,
                scenario=trace.scenario,
                params=trace.params,
                fixes=trace.fixes,
                seed=trace.seed,
                strategy=trace.strategy,
                faults=trace.faults,
                violation=trace.violation,
            ),
            DEFAULT_REDACTOR,
        )
        check_steps(trace, again, engine)
        if diverged is not None:
            raise diverged
        finding = subject.judge(engine)
        if finding.digest != trace.digest:
            raise ReplayDiverged(engine.step, f"digest {trace.digest}", f"digest {finding.digest}")
        found = [DEFAULT_REDACTOR.label(failure.property) for failure in finding.failures]
        if trace.violation is not None and trace.violation.property not in found:
            raise ReplayDiverged(
                engine.step, f"a violation of {trace.violation.property!r}", f"{found or 'none'}"
            )
    return Replay(trace=again, violation=trace.violation, digest=finding.digest)


def recorded_params(trace: Trace, made: Scenario) -> dict[str, Any]:
    """The recorded parameters; one that was a secret is not in the trace, and has its default."""
    given = {
        name: value
        for name, value in trace.params.items()
        if REDACTED not in str(value) or name not in made.params
    }
    return {**made.params, **given}


def parse_time_model(text: str) -> TimeModel:
    """The time model a trace names.

    Raises:
      BadScenario: it names none.
    """
    if text == "asynchronous":
        return TimeModel(inf)
    match = re.fullmatch(r"bounded\(stall_s=([0-9.e+-]+)\)", text)
    if match is None:
        raise BadScenario("time model", repr(text), "the trace names one that there is not")
    return TimeModel(float(match[1]))


def _model(trace: Trace) -> Model:
    horizon = trace.bounds.get("horizon_s")
    steps_max = trace.bounds.get("steps_max")
    return Model(
        fairness=trace.fairness,
        stall_s=parse_time_model(trace.time_model).stall_s,
        horizon_s=float(horizon) if isinstance(horizon, (int, float)) else None,
        steps_max=int(steps_max) if isinstance(steps_max, int) else Model().steps_max,
    )
