"""Fuzzing one scenario: Hypothesis draws inputs and makes a failing one small.

The search of an input is a function of it, so that Hypothesis sees a pure test. Drawing goes round by
round, each with a seed of its own and twice as long as the one before; what was drawn once is not
searched again. A round that was broken off, by a failure or as time was up, is begun anew and is soon
where it was: so which inputs are drawn, and in which order, does not depend on any clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

import attrs
from hypothesis.strategies import SearchStrategy

from harness.errors import InternalError
from harness.fuzz.inputs import Input
from harness.fuzz.minimal import Smallest, holds, less
from harness.fuzz.result import Ended, FuzzFailure, FuzzResult, Minimality
from harness.fuzz.rounds import Enough, draw
from harness.fuzz.search import Asked, Interrupted, Outcome, Searcher
from harness.plans import PARAMETER

#: Inputs of the first round.
ROUND = 32
#: Wall-clock seconds after which Hypothesis makes an input no smaller; after twice as many, nobody does.
SHRINK_MAX_S = 10.0


@attrs.frozen(kw_only=True)
class Limits:
    """When a hunt ends, whatever it has found: numbers in all of it."""

    inputs: int | None = None
    schedules: int | None = None


@attrs.define(kw_only=True)
class Hunt:
    """One scenario under one set of fixes, as far as it has been fuzzed.

    Attributes:
      asked, limits: what was asked for.
      inputs: what is drawn from.
      told: called after each input that was searched.
      failures: so far.
      ended: why no more inputs are drawn; None while more could be.
    """

    asked: Asked
    inputs: SearchStrategy[Input]
    limits: Limits = attrs.field(factory=Limits)
    told: Callable[[Hunt], None] = lambda _hunt: None
    failures: list[FuzzFailure] = attrs.field(factory=list)
    ended: Ended | None = None
    wall_s: float = 0.0
    _drawn: dict[str, bool] = attrs.field(factory=dict, init=False)  # whether it was explained
    _outcomes: dict[str, Outcome] = attrs.field(factory=dict, init=False)
    _proofs: dict[str, Outcome] = attrs.field(factory=dict, init=False)
    _settled: dict[str, None] = attrs.field(factory=dict, init=False)
    _round: int = attrs.field(default=0, init=False)
    _drawn_before: int = attrs.field(default=0, init=False)  # before this round
    _kinds: frozenset[str] | None = attrs.field(default=None, init=False)
    _found: Input | None = attrs.field(default=None, init=False)
    _until: float = attrs.field(default=inf, init=False)
    _schedules: int = attrs.field(default=0, init=False)
    _started: float = attrs.field(default=0.0, init=False)
    _failed_at: float = attrs.field(default=0.0, init=False)
    _shrinking_s: float = attrs.field(default=0.0, init=False)
    _searcher: Searcher = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._searcher = Searcher(self.asked)

    @property
    def drawn(self) -> int:
        """How many different inputs so far."""
        return len(self._drawn)

    @property
    def making_small(self) -> bool:
        """Whether a failure was found and is made small."""
        return self._kinds is not None

    @property
    def turn_s(self) -> float:
        """Wall-clock seconds since it last went on."""
        return time.monotonic() - self._started

    @property
    def schedules(self) -> int:
        """Executions so far, without those that made failures small."""
        return self._schedules

    def go_on(self, time_s: float = inf, *, first: bool = False) -> float:
        """Draw and search for so many wall-clock seconds, or up to the first failure.

        Making a failure small is on top of that. An interrupt ends it, and keeps what was found.

        Returns:
          The seconds that it took, without what went into making failures small.
        """
        started = self._started = time.monotonic()
        aside = 0.0
        self.ended = None
        try:
            with self._searcher:
                while self.ended is None:
                    self._until = started + aside + time_s
                    failed = self._drawn_round()
                    if failed is not None:
                        before = time.monotonic() - self._shrinking_s
                        self._take(failed)
                        aside += time.monotonic() - before
                        if first:
                            self.ended = "first failure"
        except (Interrupted, KeyboardInterrupt):
            self.ended = "interrupted"
            with suppress(Interrupted, KeyboardInterrupt):
                self._keep_as_drawn()
        took = time.monotonic() - started
        self.wall_s += took
        return took - aside

    # ---- drawing -------------------------------------------------------------------------------

    def _drawn_round(self) -> Input | None:
        """Draw one round; the failing input, made small by Hypothesis, if there was one."""
        self._kinds, self._shrinking_s = None, 0.0
        try:
            failed = draw(
                self.inputs,
                lambda given: self._draw(given) if self._kinds is None else self._is_smaller(given),
                count=ROUND << self._round,
                seed=(self.asked.seed << 16) + self._round,
                shrink=self.asked.shrink,
            )
        except Enough:
            return None
        if failed is not None:
            self._shrinking_s = time.monotonic() - self._failed_at
            return failed
        self._round += 1
        if len(self._drawn) == self._drawn_before:
            self.ended = "all drawn"
        self._drawn_before = len(self._drawn)
        return None

    def _draw(self, given: Input) -> bool:
        """Whether an input fails that was drawn at random; that is the failure from then on."""
        key = given.key
        if key not in self._drawn:
            self._check_limits()
            self._drawn[key] = self._is_explained(given)
            if not self._drawn[key]:
                before = self._searcher.total.schedules
                self._outcomes[key] = self._searcher.search(given)
                self._schedules += self._searcher.total.schedules - before
                self.told(self)
        outcome = self._outcomes.get(key)
        if outcome is None or key in self._settled or not self._is_news(given, outcome):
            return False
        self._kinds, self._found = frozenset(outcome.kinds), given
        self._failed_at = time.monotonic()
        return True

    def _check_limits(self) -> None:
        limits = self.limits
        if limits.inputs is not None and len(self._drawn) >= limits.inputs:
            self.ended = "inputs"
        elif limits.schedules is not None and self._schedules >= limits.schedules:
            self.ended = "schedules"
        elif time.monotonic() >= self._until:
            self.ended = "time"
        else:
            return
        raise Enough

    def _is_explained(self, given: Input) -> bool:
        """Whether it holds an input that fails already, and so may well fail for the same reason."""
        return any(holds(given, failure.input) for failure in self.failures)

    def _is_news(self, given: Input, outcome: Outcome) -> bool:
        """Whether it fails, and that is no failure that was found.

        Of workloads nobody can say whether one holds another: there, every new kind of failure is news.
        """
        if self._is_explained(given):
            return False
        comparable = given.plan is not None or given.faults
        known = set() if comparable else self._known_kinds
        return not outcome.kinds.keys() <= known

    @property
    def _known_kinds(self) -> set[str]:
        return {one.fingerprint for failure in self.failures for one in failure.result.violations}

    def _is_smaller(self, given: Input) -> bool:
        """Whether Hypothesis has made the failing input smaller: it shows the same failure."""
        assert self._kinds is not None
        key = given.key
        if self._is_explained(given):
            return False  # else every failure would end as the one that is found most easily
        if key not in self._outcomes:
            if time.monotonic() > self._failed_at + SHRINK_MAX_S:
                return False
            self._outcomes[key] = self._searcher.search(given)
            self.told(self)
        return self._outcomes[key].shows(self._kinds)

    # ---- a failure -----------------------------------------------------------------------------

    def _take(self, given: Input) -> None:
        """Make a failure as small as can be, and note it, unless it is one that is known."""
        assert self._kinds is not None
        assert self._found is not None
        kinds, found, before = self._kinds, self._found, self._searcher.total.schedules
        self._settled[found.key] = None
        outcome, minimality = self._outcomes[given.key], Minimality()
        if self.asked.shrink:
            until = self._failed_at + 2 * SHRINK_MAX_S
            smallest = Smallest(
                asked=self.asked,
                searcher=self._searcher,
                kinds=kinds,
                until=until,
                proofs=self._proofs,
            )
            given, outcome, minimality = smallest.of(given, outcome)
        if all(failure.input != given for failure in self.failures):
            spent = self._searcher.total.schedules - before
            self._note(given, outcome, minimality, spent, shrink=self.asked.shrink)
        self._kinds = None

    def _keep_as_drawn(self) -> None:
        """Note a failure that an interrupt has kept from being made small."""
        if self._kinds is None or self._found is None:
            return
        found, self._kinds = self._found, None
        smaller = sum(1 for _ in less(self.asked.scenario, found))
        outcome = self._outcomes[found.key]
        self._note(found, outcome, Minimality(unchecked=smaller), 0, shrink=False)

    def _note(
        self, given: Input, outcome: Outcome, known: Minimality, spent: int, *, shrink: bool
    ) -> None:
        assert self._found is not None
        result = self.asked.explored(
            given,
            strategy=outcome.strategy,
            schedules=max(outcome.kinds.values()),
            shrink=shrink,
        )
        if not result.violations:
            raise InternalError("a failure that fuzzing found was not there when it was made again")
        self.failures.append(
            FuzzFailure(
                input=given,
                found=self._found,
                found_at=list(self._drawn).index(self._found.key) + 1,
                result=result,
                minimality=known,
                schedules=spent,
            )
        )

    # ---- what it came to -----------------------------------------------------------------------

    def result(self) -> FuzzResult:
        """As it stands."""
        asked, total = self.asked, self._searcher.total
        space = asked.scenario.plans if PARAMETER not in asked.params else None
        budgets: Any = asked.scenario.checked_faults(asked.faults)
        return FuzzResult(
            scenario=asked.scenario.name,
            fixes=asked.fixes,
            params=dict(asked.params),
            strategy=asked.strategy,
            schedules_each=asked.schedules_each,
            seed=asked.seed,
            plans=None if space is None else space.size(),
            drawn=len(self._drawn),
            explained=sum(self._drawn.values()),
            schedules=self._schedules,
            ended=self.ended or "time",
            failures=tuple(self.failures),
            reached=tuple(name for name, reached in total.reached.items() if reached),
            unreached=tuple(name for name, reached in total.reached.items() if not reached),
            faults=total.uses.report(budgets),
            cut=total.cut,
            undecided=dict(total.undecided),
            wall_s=self.wall_s,
        )
