"""One stored failure, played against the scenario as it now is.

The run is followed leniently: a label that is not on offer falls back to the default. If nothing fails,
some runs around it are made, as a small change of the code moves a failure by a step or two. Time model
and horizon are those that the scenario states now, as stating another may well have been the fix.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs
import msgspec

from harness.errors import HarnessError
from harness.explore.evidence import Evidence
from harness.explore.found import Found
from harness.explore.regressions.around import FOLLOWED, around, share_known
from harness.explore.regressions.find import Stored, expectation
from harness.explore.replay import recorded_params
from harness.explore.result import Violation
from harness.explore.scenario import model_of
from harness.explore.subject import Subject
from harness.visible import one_line

if TYPE_CHECKING:
    from harness.explore.subject import Finding
    from harness.kernel import Engine, Kernel
    from harness.traces import Trace

Status: TypeAlias = Literal["still fails", "fixed", "stale"]

#: Runs of one stored failure, and the wall-clock seconds after which none is begun that strays from it.
RUNS_MAX = 50
TIME_MAX_S = 2.0
#: Runs in which less than this share of what was chosen among exists show nothing about the record.
KNOWN_LEAST = 0.5


@attrs.frozen(kw_only=True)
class Replayed:
    """What has become of a stored failure.

    Attributes:
      stored: the failure.
      status: "still fails", "fixed" (what it holds was followed, and nothing failed), or "stale" (it
        cannot be followed any more: a scenario, a fix, a parameter or what its choices name is gone).
      why: it is stale, in words.
      violation: what failed now; of another kind than recorded, if only that was found.
      runs: executions.
      interrupted: whether somebody pressed Ctrl-C; then the status says nothing.
    """

    stored: Stored
    status: Status
    why: str = ""
    violation: Violation | None = None
    runs: int = 0
    interrupted: bool = False

    @property
    def same(self) -> bool:
        """Whether the run that failed now is to the letter the recorded one."""
        if self.violation is None:
            return False
        recorded, again = self.stored.trace, self.violation.trace
        return again == msgspec.structs.replace(recorded, environment=again.environment)

    @property
    def expected(self) -> bool:
        """Whether the scenario says that this is to fail."""
        made, found = self.stored.scenario, self.violation
        if made is None or found is None or found.by_scenario:
            return False
        return expectation(made, found.trace) == "violated"


def play(
    stored: Stored,
    *,
    seed: int = 0,
    steps_max: int | None = None,
    runs_max: int = RUNS_MAX,
    time_max_s: float = TIME_MAX_S,
) -> Replayed:
    """Play a stored failure back, and search a little around it.

    Args:
      stored: the failure.
      seed: of the runs that stray from it.
      steps_max: cut a run after so many steps; the engine's limit by default.
      runs_max: executions at most, of which the first two follow the record.
      time_max_s: wall-clock seconds after which no run is begun that strays from it.

    Raises:
      HarnessError: the scenario is wrong in a way that no order of events excuses.
    """
    if stored.scenario is None:
        named = one_line(stored.trace.scenario, length_max=200)
        return _stale(stored, f"there is no scenario {named} any more")
    if stored.trace.violation is None:
        return _stale(stored, "it records no failure")
    try:
        subject = _subject(stored, steps_max)
    except HarnessError as error:  # what the record asks for is not on offer any more
        return _stale(stored, str(error))
    with subject.kernel(stored.trace.seed) as kernel:
        return _Play(stored, subject, kernel).made(seed, runs_max, time_max_s)


def _stale(stored: Stored, why: str) -> Replayed:
    return Replayed(stored=stored, status="stale", why=why)


def _subject(stored: Stored, steps_max: int | None) -> Subject:
    made, trace = stored.scenario, stored.trace
    assert made is not None
    # It was found among more orders, or is looked for there.
    free = "none" in (made.fairness, trace.fairness)
    return Subject(
        scenario=made,
        fixes=made.checked_fixes(trace.fixes),
        params=made.checked_params(recorded_params(trace, made)),
        faults=made.checked_faults(trace.faults),
        model=model_of(
            made,
            fairness="none" if free else "trio",
            time=None,
            horizon_s=None,
            steps_max=steps_max,
            step_timeout_s=None,
        ),
    )


class _Play:
    """The runs of one stored failure."""

    def __init__(self, stored: Stored, subject: Subject, kernel: Kernel) -> None:
        self._stored = stored
        self._subject = subject
        self._kernel = kernel
        self._found = Found(scenario=subject.scenario.name)
        self._known = 0.0
        self._runs = 0

    @property
    def _trace(self) -> Trace:
        return self._stored.trace

    def made(self, seed: int, runs_max: int, time_max_s: float) -> Replayed:
        """Make them, and say what they come to."""
        deadline = time.monotonic() + time_max_s
        for chooser in islice(around(self._trace, seed=seed), runs_max):
            if self._runs >= FOLLOWED and time.monotonic() > deadline:
                break
            self._runs += 1
            engine = self._kernel.run(self._subject.body, chooser)
            if engine.interrupted or self._kernel.interrupted:
                return self._said("stale", interrupted=True)
            self._note(engine, self._subject.judge(engine))
            if self._is_known() or engine.stuck is not None:
                break
        return self._judged()

    def _note(self, engine: Engine, finding: Finding) -> None:
        self._known = max(self._known, share_known(self._trace, engine))
        self._found.note(engine, finding, drawn=False)

    def _is_known(self) -> bool:
        """Whether what was recorded was seen again."""
        violation = self._trace.violation
        return violation is not None and violation.fingerprint in self._found.kinds

    def _judged(self) -> Replayed:
        if self._found.kinds:
            return self._said("still fails", violation=self._violation())
        if self._known < KNOWN_LEAST:
            return self._said("stale", why="most of what its choices name is gone")
        return self._said("fixed")

    def _violation(self) -> Violation:
        """The failure that was recorded, or the first other one."""
        assert self._trace.violation is not None
        kinds = self._found.kinds
        kind = kinds.get(self._trace.violation.fingerprint) or next(iter(kinds.values()))
        evidence = Evidence(
            subject=self._subject,
            kernel=self._kernel,
            observed=False,
            found=self._found,
            strategy=self._trace.strategy,
            seed=self._trace.seed,
            shrink=False,
            interrupted=False,
        )
        return evidence.of(kind)

    def _said(
        self,
        status: Status,
        *,
        why: str = "",
        violation: Violation | None = None,
        interrupted: bool = False,
    ) -> Replayed:
        return Replayed(
            stored=self._stored,
            status=status,
            why=why,
            violation=violation,
            runs=self._runs,
            interrupted=interrupted,
        )
