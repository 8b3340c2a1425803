"""The scorecard of a set of fixes: episodes by outcome and what they cost, over many schedules.

Counts of schedules are not probabilities: a search visits rare orders as gladly as common ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties.costs import CostCounter, Costs
from harness.properties.episodes import OUTCOMES, Episode, Outcome

if TYPE_CHECKING:
    from harness.properties.ledger import CriticalReport


@attrs.frozen(kw_only=True)
class Scorecard:
    """Totals over `schedules` executions.

    Every episode has one outcome, so `corrupted` is the sum of caught, late, passed, escaped and
    unused. `vacuous` is a part of `passed`. `violating` counts schedules, not episodes: those in
    which something irreversible rested on a corrupt value. Costs are those of a schedule, over
    all schedules, clean ones included.
    """

    schedules: int = 0
    corrupted: int = 0
    caught: int = 0
    late: int = 0
    passed: int = 0
    vacuous: int = 0
    escaped: int = 0
    unused: int = 0
    violating: int = 0
    costs: Costs = attrs.field(factory=Costs)

    def __attrs_post_init__(self) -> None:
        outcomes = self.caught + self.late + self.passed + self.escaped + self.unused
        assert self.corrupted == outcomes
        assert 0 <= self.vacuous <= self.passed
        assert 0 <= self.violating <= self.schedules
        assert self.violating <= self.late + self.passed + self.escaped
        assert self.schedules == sum(count for _, count in self.costs.counts)

    @property
    def cost_worst(self) -> int:
        """The cost of the worst schedule."""
        return self.costs.worst

    @property
    def cost_median(self) -> int | float:
        """The median cost of a schedule, exact while `costs.resolution` is 1."""
        return self.costs.median

    def merge(self, other: Scorecard) -> Scorecard:
        """The totals of both. Associative and commutative; `Scorecard()` is neutral."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return Scorecard(**sums, costs=self.costs.merge(other.costs))

    def to_json(self) -> dict[str, int | float]:
        """The numbers by name, in the shape of `"scorecard"` of `--json`."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        return counts | {
            "cost_worst": self.cost_worst,
            "cost_median": self.cost_median,
            "cost_resolution": self.costs.resolution,
        }


_COUNTS = tuple(field.name for field in attrs.fields(Scorecard) if field.name != "costs")


class Tally:
    """Adds up schedules one by one. A schedule in which nothing was corrupted costs one addition."""

    __slots__ = ("_clean", "_costs", "_outcomes", "_unclean", "_vacuous", "_violating")

    def __init__(self) -> None:
        self._clean = self._unclean = self._violating = self._vacuous = 0
        self._outcomes: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        self._costs = CostCounter()

    def add(self, report: CriticalReport) -> None:
        """One more schedule, which ended with `report`."""
        if not report.episodes:
            self._clean += 1
            return
        self._unclean += 1
        self._costs.add(report.cost)
        self._violating += any(episode.uses for episode in report.episodes)
        for episode in report.episodes:
            self._count(episode)

    def _count(self, episode: Episode) -> None:
        self._outcomes[episode.outcome] += 1
        self._vacuous += episode.vacuous

    def scorecard(self) -> Scorecard:
        """The totals so far."""
        costs = self._costs.frozen()
        if self._clean:
            costs = costs.merge(Costs(((0, self._clean),)))
        return Scorecard(
            schedules=self._clean + self._unclean,
            corrupted=sum(self._outcomes.values()),
            vacuous=self._vacuous,
            violating=self._violating,
            costs=costs,
            **self._outcomes,
        )
