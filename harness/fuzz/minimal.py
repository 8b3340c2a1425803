"""Is a failing input as small as can be? Whether any element less still fails.

An element is a move of the plan, an option of a move, one strike of a fault. Each input with one less is
exhausted by "dpor" where that is possible within its limit, and given ten times the schedules elsewhere.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

from harness.fuzz.result import Minimality
from harness.fuzz.search import Asked, Outcome, Searcher, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.explore import Scenario
    from harness.fuzz.inputs import Input
    from harness.plans import Move

#: What does not fail is to be exhausted with so many schedules; else so many times those of an input.
PROOF_SCHEDULES_MAX = 200
MORE = 10

Answer: TypeAlias = Literal["proved", "sampled", "unchecked"]


def less(scenario: Scenario, given: Input) -> Iterator[Input]:
    """The inputs with one element less."""
    if given.plan is not None and scenario.plans is not None:
        for plan in scenario.plans.smaller(given.plan):
            yield attrs.evolve(given, plan=plan)
    for kind, budget in (given.faults or {}).items():
        faults = {**(given.faults or {}), kind: budget - 1}
        yield attrs.evolve(given, faults={name: left for name, left in faults.items() if left})


def holds(given: Input, small: Input) -> bool:
    """Whether a smaller input is within another: it can be had by leaving elements out.

    Workloads are not compared: what fails with one, and with none of the others, is found first.
    """
    if (given.plan is None) is not (small.plan is None):
        return False
    faults = given.faults or {}
    if any(faults.get(kind, 0) < budget for kind, budget in (small.faults or {}).items()):
        return False
    if given.plan is None or small.plan is None:
        return bool(small.faults)
    left = iter(given.plan.moves)
    return all(any(_is_within(move, other) for other in left) for move in small.plan.moves)


def _is_within(small: Move, move: Move) -> bool:
    return (
        type(small) is type(move)
        and small.target == move.target
        and small.options().items() <= move.options().items()
    )


@attrs.frozen(kw_only=True)
class Smallest:
    """Takes elements away from a failing input until none can be spared.

    Attributes:
      kinds: fingerprints of the failure: an input shows it that shows one of them.
      until: the time on the monotonic clock, in seconds, after which nobody looks.
      proofs: what "dpor" has made of inputs so far, by their keys.
    """

    asked: Asked
    searcher: Searcher
    kinds: frozenset[str]
    until: float
    proofs: dict[str, Outcome] = attrs.field(factory=dict)

    def of(self, given: Input, outcome: Outcome) -> tuple[Input, Outcome, Minimality]:
        """The input that is left, what showed that it fails, and what is known of those below."""
        while True:
            answers: list[Answer] = []
            for smaller in less(self.asked.scenario, given):
                answer = self._look(smaller)
                if not isinstance(answer, str):
                    given, outcome = smaller, answer
                    break
                answers.append(answer)
            else:
                counts = {name: answers.count(name) for name in ("proved", "sampled", "unchecked")}
                return given, outcome, Minimality(**counts)

    def _look(self, given: Input) -> Outcome | Answer:
        """How an input fails, or why it is thought not to."""
        if time.monotonic() > self.until:
            return "unchecked"
        sampled = self.searcher.search(given)
        if sampled.shows(self.kinds):
            return sampled
        proof = self._proof(given)
        if proof.shows(self.kinds):
            return proof
        if proof.complete:
            return "proved"
        more = self.searcher.search(given, MORE * self.asked.schedules_each)
        return more if more.shows(self.kinds) else "sampled"

    def _proof(self, given: Input) -> Outcome:
        if given.key not in self.proofs:
            result = self.asked.explored(
                given, strategy="dpor", schedules=PROOF_SCHEDULES_MAX, shrink=False
            )
            self.proofs[given.key] = outcome_of(result)
        return self.proofs[given.key]
