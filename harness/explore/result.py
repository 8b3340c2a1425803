"""What an exploration found: a verdict, how it was reached, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import attrs

from harness.explore.audit import Audited
from harness.explore.decide import Decision
from harness.explore.estimate import Remaining, Unseen
from harness.explore.saved import SavedSearch
from harness.explore.strategies import SearchOptions
from harness.properties import Scorecard
from harness.traces import Trace
from harness.world.faults import FaultUse

Verdict = Literal["violated", "exhausted", "inconclusive"]


@attrs.frozen(kw_only=True)
class Violation:
    """One kind of failure, with the first run that showed it.

    Attributes:
      property: what should have held.
      message: what happened.
      trace: the recorded run; replay it with `harness.replay`.
      first_seen: 1-based number of the schedule that showed it first.
      fingerprint: equal for equal failures of a scenario, on every machine.
      seen: how many schedules showed it.
      under_trio: whether it also holds when Trio's batches are kept, if that was asked; else None.
      decided_by: the two steps whose order made the difference, if one pair did.
      shrunk_from: number of non-default choices before shrinking, None if it was not shrunk.
      trace_file: where the trace was saved, if it was.
      by_scenario: whether the scenario's own main raised what is no assertion. That is no violation that
        a scenario can expect: it may well be the scenario that is wrong.
    """

    property: str
    message: str
    trace: Trace
    first_seen: int
    fingerprint: str
    seen: int = 1
    under_trio: bool | None = None
    decided_by: Decision | None = None
    shrunk_from: int | None = None
    trace_file: Path | None = None
    by_scenario: bool = False


@attrs.frozen(kw_only=True)
class Result:
    """The outcome of one exploration.

    Attributes:
      verdict: "violated" (with a trace), "exhausted" (every interleaving within `bounds` and
        `assumptions` was run and none failed) or "inconclusive" (none failed in `schedules` runs).
      schedules: executions run.
      bound_reached: whether a preemption or delay bound left interleavings out.
      options: what the strategy was asked for.
      sampled: how many of them were drawn at random, or belong to a search that was begun anew; besides
        them, "exhausted" made every one once.
      cut: how many of them hit the step limit.
      cut_where: who was busiest at the end of the first of those.
      undecided: checks that gave no answer, and what was not judged as main, or the plan, had not come to
        its end by the horizon, in words, and in how many schedules; a pass does not count with any of
        them.
      classes, redundant, blocked: for strategies that count them, else None.
      scorecard: what became of critical state, over all schedules.
      reached: `sometimes` points that some schedule reached.
      unreached: `sometimes` points that no schedule reached; a pass does not count with any of them.
      remaining: how many schedules are left until the search is exhausted, an estimate with an
        interval; None for a search that is complete, and for strategies that never are.
      unseen: the probability that one more random schedule shows a class of interleavings that none
        has shown, an estimate with an interval; None for a search that is complete, and for
        strategies that draw nothing at random. After `resume` it rests on what was drawn since.
      faults: how often each kind of fault that might have struck did, and what it hit.
      interrupted: whether somebody pressed Ctrl-C.
      complete: whether every interleaving within `bounds` was run, violated or not.
      audit: whether steps that were said to commute do, if that was asked. With a mismatch, a search
        that left orders out because of it is not complete.
      resumed_from: how many of the schedules were made before the search was resumed.
      search: an unfinished exhaustive search, to go on with by `explore(resume=...)`; None for one
        that is over, and for strategies that never are.
      search_name: what a file of it is called; empty for strategies that cannot be resumed.
      search_file: where it was saved, if it was.
    """

    scenario: str
    fixes: tuple[str, ...]
    params: Mapping[str, Any]
    strategy: str
    seed: int
    verdict: Verdict
    schedules: int
    steps: int
    wall_s: float
    violations: tuple[Violation, ...]
    scorecard: Scorecard
    bounds: Mapping[str, Any]
    assumptions: tuple[str, ...]
    bound_reached: bool = False
    options: SearchOptions = attrs.field(factory=SearchOptions)
    sampled: int = 0
    cut: int = 0
    cut_where: str = ""
    undecided: Mapping[str, int] = attrs.field(factory=dict)
    classes: int | None = None
    redundant: int | None = None
    blocked: int | None = None
    reached: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    remaining: Remaining | None = None
    unseen: Unseen | None = None
    faults: tuple[FaultUse, ...] = ()
    interrupted: bool = False
    complete: bool = False
    audit: Audited | None = None
    resumed_from: int = 0
    search: SavedSearch | None = attrs.field(default=None, repr=False)
    search_name: str = ""
    search_file: Path | None = None

    @property
    def never_struck(self) -> tuple[str, ...]:
        """Kinds of fault that might have struck and never did; a pass does not count with any of them."""
        return tuple(use.kind for use in self.faults if not use.fired)

    @property
    def within(self) -> str:
        """The bounds that left interleavings out, as in "2 preemptions"; empty if none did."""
        if not self.bound_reached:
            return ""
        bounds = {"preemption": "preemption_bound", "delay": "delay_bound"}
        given = {what: self.bounds.get(name) for what, name in bounds.items()}
        return " and ".join(
            f"{bound} {what}{'' if bound == 1 else 's'}"
            for what, bound in given.items()
            if bound is not None
        )

    @property
    def rate_per_s(self) -> float:
        """Schedules per second of wall-clock time."""
        return self.schedules / self.wall_s if self.wall_s else 0.0

    @property
    def remaining_estimate(self) -> float | None:
        """The likeliest number of schedules left, where there is an estimate."""
        return None if self.remaining is None else self.remaining.likely
