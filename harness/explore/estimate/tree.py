"""How many runs an exhaustive search has still to make.

The search walks a tree of choices. A random walk that takes every option of a choice with equal odds
ends in the part that is explored with a probability that is known exactly: the *mass* of that part.

* Without probes: the explored part has so many runs for so much mass m, and the rest is taken to be as
  dense. This is the weighted backtrack estimator of Kilby, Slaney, Thiébaux and Walsh (AAAI 2006), the
  form of Knuth's for a search in progress. What a depth-first search has seen is one corner, so this is
  rough: on small programs too low by up to about 1 / sqrt(m), for their tasks run one after the other
  there, which leaves few options; on restarts of services too high by up to 40. The interval says so:
  from a 40th to 1 + 3 / sqrt(m) times the estimate. That is experience, not theory.
* With probes, which are random runs: the product of the widths on the way of one estimates the whole
  tree without bias (Knuth 1975). What is explored is known, so only probes that end outside it are
  averaged (stratification, after Chen 1992), and the mass of the rest is used as it is.

A merged model of the tree, in which prefixes with equal numbers of steps of each task count as one, was
tried as well: exact sooner where the control flow is fixed, but 5% to 14% too low where it depends on
what is read (`last_zero`, `reorder`), and its interval then misses the truth.

Numbers are kept as logarithms: a tree of a thousand choices has more leaves than a float can hold.
"""

from __future__ import annotations

from math import exp, log, log1p, sqrt
from typing import TYPE_CHECKING, NamedTuple

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.estimate.probes import Probe

#: With fewer probes outside the explored part than this, they are not relied on.
PROBES_MIN = 8

#: The largest number of schedules that is told apart from a larger one.
SCHEDULES_MAX = 1e300


class Level(NamedTuple):
    """One choice on the way to the next run of an exhaustive search.

    Attributes:
      width: how many options it has, as far as is known.
      pick: the option on the way.
      untried: those that are left for later; what is neither is done with.
    """

    width: int
    pick: int
    untried: Sequence[int]


@attrs.frozen
class Remaining:
    """How many schedules are left until the search is exhausted.

    Attributes:
      low, high: an interval that is meant to hold the truth in 19 of 20 searches; how often it did
        where the truth is known stands in the documentation ("How much is left"). `likely` lies within.
      likely: the estimate.
    """

    low: float
    likely: float
    high: float

    def scaled(self, factor: float, more: float = 0.0) -> Remaining:
        """For a search that makes other schedules in between."""
        low, likely, high = (
            min(n * factor + more, SCHEDULES_MAX) for n in (self.low, self.likely, self.high)
        )
        return Remaining(low, likely, high)


def remaining_schedules(
    levels: Sequence[Level], runs: int, probes: Sequence[Probe] = ()
) -> Remaining | None:
    """What is left of a tree of which `runs` leaves were visited, next run at the end of `levels`.

    None while nothing is known: no run was made and no probe.
    """
    left = _log_mass_left(levels)
    sure = 1 + sum(len(level.untried) for level in levels)  # each holds one run at least
    weights = [probe.log_weight for probe in probes if not is_explored(probe.picks, levels)]
    if len(weights) >= PROBES_MIN:
        mean, spread = _mean(weights)
        around = _student(len(weights)) * spread
        # Weights have a long tail, of which a sample shows too little: half as much again upwards.
        return _interval(left + mean - around, left + mean, left + mean + 1.5 * around, sure)
    if not runs:
        return None
    done = _log_mass_done(levels)
    return None if done is None else remaining_by_mass(runs, done, left, sure)


def remaining_by_mass(runs: int, log_done: float, log_left: float, sure: int) -> Remaining:
    """What is left if the rest is as dense as the part with `runs` runs; `sure`ly so many of them."""
    likely = log(runs) - log_done + log_left
    highest = likely + log1p(3 * exp(min(-log_done / 2, 700.0)))
    return _interval(likely - log(40), likely, highest, sure)


def is_explored(picks: Sequence[int], levels: Sequence[Level]) -> bool:
    """Whether a run with these picks lies in the part of the tree that is done with."""
    for pick, level in zip(picks, levels, strict=False):
        if pick != level.pick:
            return pick not in level.untried
    return False


def _interval(low: float, likely: float, high: float, sure: int) -> Remaining:
    """From logarithms; never below what is there for sure."""
    most = log(SCHEDULES_MAX)
    return Remaining(
        *(
            SCHEDULES_MAX if one >= most else max(exp(one), float(sure))
            for one in (low, likely, high)
        )
    )


def _log_mass_done(levels: Sequence[Level]) -> float | None:
    """Logarithm of the mass of what is explored; None if nothing is."""
    terms, above = [], 0.0
    for width, _, untried in levels:
        above -= log(width)
        done = width - 1 - len(untried)
        if done > 0:
            terms.append(above + log(done))
    return _log_sum(terms) if terms else None


def _log_mass_left(levels: Sequence[Level]) -> float:
    """Logarithm of the mass of what is left; summed up itself, for it may be tiny beside 1."""
    terms, above = [], 0.0
    for width, _, untried in levels:
        above -= log(width)
        if untried:
            terms.append(above + log(len(untried)))
    return _log_sum([*terms, above])


def _log_sum(terms: Sequence[float]) -> float:
    most = max(terms)
    return most + log(sum(exp(term - most) for term in terms))


def _mean(logs: Sequence[float]) -> tuple[float, float]:
    """Logarithm of the mean, and the relative standard error of the mean."""
    most = max(logs)
    values = [exp(one - most) for one in logs]
    mean = sum(values) / len(values)
    squares = sum((value - mean) ** 2 for value in values)
    return most + log(mean), sqrt(squares / (len(values) * (len(values) - 1))) / mean


def _student(count: int) -> float:
    """About the 97.5% point of Student's distribution with `count - 1` degrees of freedom."""
    free = count - 1
    return 1.96 + 2.4 / free + 5.0 / free**2
