"""What fuzzing a scenario came to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import attrs

from harness.explore import Result
from harness.fuzz.inputs import Input
from harness.world.faults import FaultUse

#: Why no more inputs were drawn.
Ended: TypeAlias = Literal[
    "inputs", "schedules", "time", "all drawn", "first failure", "interrupted"
]


@attrs.frozen(kw_only=True)
class Minimality:
    """What is known of the inputs with one element less: that the failure is in none of them.

    Attributes:
      proved: of how many "dpor" showed it, which exhausted them.
      sampled: of how many ten times the schedules show none.
      unchecked: how many nobody has looked at, as time was up.
    """

    proved: int = 0
    sampled: int = 0
    unchecked: int = 0

    @property
    def is_checked(self) -> bool:
        """Whether all were looked at."""
        return not self.unchecked

    def in_words(self) -> str:
        """As a person reads it: "proved for 3, sampled for 1"."""
        counts = attrs.asdict(self)
        words = [f"{name} for {count}" for name, count in counts.items() if count]
        return ", ".join(words) or "there is nothing less"


@attrs.frozen(kw_only=True)
class FuzzFailure:
    """One failure: the smallest input that shows it, and the smallest schedule of that.

    Attributes:
      input: the shrunk plan, workload and faults.
      found: the input that showed it first; `found_at`: the number of that, from 1.
      result: the search that shows it, with the shrunk violations and their traces.
      minimality: whether it goes away with any element of the plan and any fault.
      schedules: how many it took to make it small.
      plan_file: where the plan was saved, if it was.
    """

    input: Input
    found: Input
    found_at: int
    result: Result
    minimality: Minimality
    schedules: int
    plan_file: Path | None = None

    @property
    def properties(self) -> tuple[str, ...]:
        """What is violated."""
        return tuple(violation.property for violation in self.result.violations)


@attrs.frozen(kw_only=True)
class FuzzResult:
    """The outcome of fuzzing one scenario under one set of fixes.

    Attributes:
      scenario, fixes, params: what was fuzzed; the parameters that were settled.
      strategy, schedules_each, seed: how each input was searched.
      plans: how many different plans the scenario's space has; None if none were drawn of it.
      drawn: how many different inputs were drawn; each was explored unless it was `explained`.
      explained: how many of them hold a smaller input that fails already.
      schedules: executions, without those that made failures small.
      ended: why no more were drawn.
      failures: in the order in which they were found.
      unreached: `sometimes` points that no schedule reached.
      reached: those that some did.
      faults: how often each kind of fault that might have struck did.
      cut: how many schedules hit the step limit.
      undecided: checks that gave no answer, and what stood after the end of a run, in words; and in how
        many schedules.
      wall_s: seconds, with those that made failures small.
    """

    scenario: str
    fixes: tuple[str, ...]
    params: Mapping[str, Any]
    strategy: str
    schedules_each: int
    seed: int
    plans: int | None
    drawn: int
    explained: int
    schedules: int
    ended: Ended
    failures: tuple[FuzzFailure, ...]
    reached: tuple[str, ...]
    unreached: tuple[str, ...]
    faults: tuple[FaultUse, ...]
    cut: int
    undecided: Mapping[str, int]
    wall_s: float

    @property
    def is_hollow(self) -> bool:
        """Whether that nothing was found says nothing: a point never reached, a fault that never struck.

        Or a check that gave no answer, or no schedule that came to its end.
        """
        never_struck = any(not use.fired for use in self.faults)
        none_whole = self.cut >= self.schedules
        no_answer = bool(self.unreached) or bool(self.undecided)
        return not self.failures and (no_answer or never_struck or none_whole)

    @property
    def interrupted(self) -> bool:
        """Whether somebody pressed Ctrl-C."""
        return self.ended == "interrupted"
