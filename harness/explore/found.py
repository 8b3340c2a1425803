"""What an exploration has come to, schedule by schedule."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import attrs

from harness.explore.estimate import ClassCounter
from harness.explore.resume import scorecard_of
from harness.explore.subject import busiest, schedule_of
from harness.kernel import Choice
from harness.properties import Tally
from harness.world.failure import Failure
from harness.world.faults import Uses

if TYPE_CHECKING:
    from harness.explore.saved import SavedSearch
    from harness.explore.subject import Finding
    from harness.kernel import Engine


@attrs.define(kw_only=True)
class Kind:
    """One kind of failure.

    Attributes:
      failure: what went wrong when it was seen first.
      fingerprint: equal for failures of one kind.
      first_seen: 1-based number of the schedule that showed it first; `schedule` is that, and `digest`
        what it did.
      stuck: whether that schedule never came to its end.
      seen: how many schedules showed it.
    """

    failure: Failure
    fingerprint: str
    first_seen: int
    schedule: list[Choice]
    digest: str
    stuck: bool
    seen: int = 1


@attrs.define(kw_only=True)
class Found:
    """Counts of schedules, and the kinds of failure.

    Attributes:
      scenario: its name, which is part of fingerprints.
      tally: what became of critical state; since the search was resumed, if it was.
      uses: of faults.
      kinds: by fingerprint.
      reached: every `sometimes` point that was declared, and whether any schedule reached it.
      schedules, steps, sampled, cut, cut_where, undecided: as in `Result`.
      classes: those of schedules drawn at random; since the search was resumed, too.
    """

    scenario: str
    tally: Tally = attrs.field(factory=Tally)
    uses: Uses = attrs.field(factory=Uses)
    kinds: dict[str, Kind] = attrs.field(factory=dict)
    reached: dict[str, bool] = attrs.field(factory=dict)
    schedules: int = 0
    steps: int = 0
    sampled: int = 0
    cut: int = 0
    cut_where: str = ""
    undecided: dict[str, int] = attrs.field(factory=dict)
    classes: ClassCounter = attrs.field(factory=ClassCounter)

    def go_on_from(self, saved: SavedSearch) -> None:
        """Begin with the counts of a search that was stopped.

        Raises:
          SearchUnusable: they do not add up.
        """
        scorecard_of(saved.scorecard)
        self.schedules, self.sampled, self.steps = saved.schedules, saved.sampled, saved.steps
        self.cut, self.cut_where = saved.cut, saved.cut_where
        self.undecided, self.reached = dict(saved.undecided), dict(saved.reached)
        self.uses.add_counts(saved.faults)

    def pass_over(self, finding: Finding) -> None:
        """One more schedule, which is none of those that were asked for."""
        self.schedules += 1
        self.steps += finding.steps

    def note(self, engine: Engine, finding: Finding, *, drawn: bool) -> None:
        """One more schedule, the one in the engine; was it drawn at random?"""
        self.pass_over(finding)
        if drawn:
            self.sampled += 1
            self.classes.add(engine)
        if finding.cut:
            self.cut += 1
            self.cut_where = self.cut_where or busiest(engine)
        for what in finding.undecided:
            self.undecided[what] = self.undecided.get(what, 0) + 1
        self.tally.add(finding.report)
        self.uses.add(finding.struck)
        for name in finding.declared:
            self.reached.setdefault(name, False)
        for name in finding.reached:
            self.reached[name] = True
        for failure in finding.failures:
            kind = self.kinds.get(self.fingerprint(failure))
            if kind is None:
                self.add(failure, engine, finding, first_seen=self.schedules)
            else:
                kind.seen += 1

    def add(
        self, failure: Failure, engine: Engine, finding: Finding, *, first_seen: int, seen: int = 1
    ) -> None:
        """A new kind of failure, shown by the schedule in the engine."""
        fingerprint = self.fingerprint(failure)
        self.kinds[fingerprint] = Kind(
            failure=failure,
            fingerprint=fingerprint,
            first_seen=first_seen,
            schedule=schedule_of(engine),
            digest=finding.digest,
            stuck=engine.stuck is not None,
            seen=seen,
        )

    def fingerprint(self, failure: Failure) -> str:
        """Equal for failures of one kind, on every machine."""
        text = f"{self.scenario}\0{failure.property}\0{failure.where}"
        return blake2b(text.encode(), digest_size=6).hexdigest()
