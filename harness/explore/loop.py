"""The loop that runs a strategy over a scenario until something ends it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import attrs

from harness.errors import Nondeterminism, NotResumable
from harness.explore.audit import Audit, Audited
from harness.explore.conclude import Ending, conclude, ending_of, remaining_of
from harness.explore.estimate import Remaining, Unseen
from harness.explore.evidence import Evidence, scenario_name
from harness.explore.found import Found
from harness.explore.linearise import Order
from harness.explore.recheck import Recheck, is_sampled
from harness.explore.resume import (
    found_again,
    found_search,
    gone_astray,
    identity_of,
    restore,
    saved_search,
    scorecard_of,
    witness_of,
)
from harness.explore.saved import Identity, SavedSearch, Witness
from harness.explore.strategies import RESUMABLE, SearchOptions
from harness.explore.strategies.base import Planning, Reducing, Resumable, Strategy
from harness.explore.subject import Finding, Subject, schedule_of
from harness.explore.under_trio import UnderBatches
from harness.kernel import Model, Names, ObservedEngine

if TYPE_CHECKING:
    from harness.explore.result import Result, Violation
    from harness.kernel import Chooser, Engine, Kernel
    from harness.properties import Scorecard

#: Between two estimates of what is left lie so many wall-clock seconds: the first ones are cheap, and
#: the last one, at the end, is always made.
ESTIMATE_EVERY_S = 1.0


@attrs.define(kw_only=True)
class Progress:
    """Where an exploration stands; handed to the `progress` callback now and then.

    Attributes:
      scenario, fixes, strategy: what is being explored.
      schedules: executions so far; `rate_per_s` of them in a second.
      schedules_max, time_budget_s: the limits, where there are any.
      wall_s: seconds so far.
      violations: kinds of failure so far.
      first_seen: the schedule that showed the first one.
      remaining, unseen: as in `Result`; renewed once a second.
    """

    scenario: str
    fixes: tuple[str, ...]
    strategy: str
    schedules_max: int | None
    time_budget_s: float | None
    schedules: int = 0
    wall_s: float = 0.0
    violations: int = 0
    first_seen: int | None = None
    remaining: Remaining | None = None
    unseen: Unseen | None = None

    @property
    def rate_per_s(self) -> float:
        """Schedules per second so far."""
        return self.schedules / self.wall_s if self.wall_s else 0.0


@attrs.define(kw_only=True)
class Exploration:
    """One call of `explore`, from its first schedule to its result; or a piece of one.

    Attributes:
      before: how many schedules of other pieces lie before those of this one.
      show_every_s: wall-clock seconds between two calls of `callback`.
      halted: somebody wants it to end after the schedule at hand.
    """

    subject: Subject
    strategy: Strategy
    options: SearchOptions
    seed: int
    schedules_max: int | None
    time_budget_s: float | None
    stop_at_first: bool
    known: frozenset[str] = frozenset()
    shrink: bool
    callback: Callable[[Progress], None] | None
    audit: Audit | None = None
    before: int = 0
    show_every_s: float = 0.1
    halted: bool = attrs.field(default=False, init=False)
    _audited: Audited | None = attrs.field(default=None, init=False)
    _found: Found = attrs.field(init=False)
    _interrupted: bool = attrs.field(default=False, init=False)
    _wall_s: float = attrs.field(default=0.0, init=False)
    _estimated_s: float = attrs.field(default=0.0, init=False)
    _saved: SavedSearch | None = attrs.field(default=None, init=False)
    _witness: Witness | None = attrs.field(default=None, init=False)
    _names: Names | None = attrs.field(default=None, init=False)
    _witness_due: bool = attrs.field(default=False, init=False)
    #: The strategy, if it is one. Asking takes as long as a step, so that nobody asks at every schedule.
    _reducing: Reducing | None = attrs.field(init=False)
    _resumable: bool = attrs.field(init=False)
    #: The model of observed runs.
    _free: Model = attrs.field(init=False)
    #: Properties that only a free scheduler was seen to violate.
    _only_free: dict[str, None] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._found = Found(scenario=self.subject.scenario.name)
        self._reducing = self.strategy if isinstance(self.strategy, Reducing) else None
        self._resumable = isinstance(self.strategy, Resumable)
        model = self.subject.model
        self._free = attrs.evolve(model, fairness="none") if model.fairness == "trio" else model

    def resume(self, place: object) -> None:
        """Go on with the search at `place`, if there is one, instead of beginning anew.

        Raises:
          NotResumable: the strategy cannot.
          SearchUnusable: it is not this search, or not as it was.
        """
        if not isinstance(self.strategy, Resumable):
            raise NotResumable(self.strategy.name, RESUMABLE)
        saved = self._saved = found_search(place, self._identity())
        if saved is None:
            return
        restore(self.strategy, saved)
        self._found.go_on_from(saved)
        self._wall_s, self._witness = saved.wall_s, saved.witness
        if self.schedules_max is not None:
            self.schedules_max += saved.schedules
        if self.time_budget_s is not None:
            self.time_budget_s += saved.wall_s

    def run(self) -> Result:
        """Explore, then make a trace of each kind of failure that was found."""
        observed = self._observes
        with self.subject.kernel(self.seed, observed=observed) as kernel:
            self._prepare(kernel)
            if self._saved is not None:
                kernel.observe(observed=observed, model=self.subject.model)
                found_again(self._found, self.subject, kernel, self._saved)
            self._search(kernel)
            evidence = Evidence(
                subject=self.subject,
                kernel=kernel,
                observed=observed,
                found=self._found,
                known=self.known,
                strategy=self.strategy.name,
                seed=self.seed,
                shrink=self.shrink,
                interrupted=self._interrupted,
            )
            violations = tuple(map(evidence.of, self._found.kinds.values()))
        if self.audit is not None and not self._interrupted:
            self._audited = self.audit.run()
            self._interrupted = self._audited.interrupted
        return self._result(violations)

    def _prepare(self, kernel: Kernel) -> None:
        """Tell the strategy what it may need to know before its first run."""
        if isinstance(self.strategy, Planning):
            self.strategy.plan(schedules=self.schedules_max, time_budget_s=self.time_budget_s)
        if self._reducing is not None:
            self._reducing.attach(partial(self._look, kernel))

    def piece(self, kernel: Kernel) -> Found:
        """Search on a kernel that serves other pieces, too; may be called again for more schedules.

        What is found is made into violations elsewhere.
        """
        if not self._found.schedules:
            self._prepare(kernel)
        self._search(kernel)
        return self._found

    @property
    def at_its_limit(self) -> bool:
        """Whether it is the number of schedules alone that keeps it from going on."""
        found = self._found
        return (
            found.schedules == self.schedules_max
            and not self.strategy.exhausted
            and not (self.halted or self._interrupted or (self.stop_at_first and self._has_news()))
            and (self.time_budget_s is None or self._wall_s < self.time_budget_s)
            and not any(kind.stuck for kind in found.kinds.values())
        )

    def _look(self, kernel: Kernel, chooser: Chooser) -> Engine:
        """A run that a reduction asks for."""
        kernel.observe(observed=True, model=self._free)
        return kernel.run(self.subject.body, chooser, auditing=False)

    @property
    def _observes(self) -> bool:
        return self._reducing is not None and self._reducing.observes

    def _unfinished(self) -> SavedSearch | None:
        """The search as it stands, for somebody to go on with."""
        strategy, saved, found = self.strategy, self._saved, self._found
        if strategy.exhausted or not isinstance(strategy, Resumable) or self._witness is None:
            return None
        if any(kind.stuck for kind in found.kinds.values()):
            return None  # a schedule that never ends ends every search
        if saved is not None and saved.schedules == found.schedules:
            return saved  # perhaps interrupted before its failures were run again
        state = strategy.state()
        if state is None:
            return None
        return saved_search(
            found,
            identity=self._identity(),
            scorecard=self._scorecard(),
            wall_s=self._wall_s,
            witness=self._witness,
            state=state,
        )

    def _identity(self) -> Identity:
        name = scenario_name(self.subject.scenario)
        return identity_of(self.subject, name, self.strategy.name, self.seed, self.options.given())

    def _scorecard(self) -> Scorecard:
        now = self._found.tally.scorecard()
        return now if self._saved is None else scorecard_of(self._saved.scorecard).merge(now)

    # ---- the search ----------------------------------------------------------------------------

    def _search(self, kernel: Kernel) -> None:
        shown = time.perf_counter()
        started = shown - self._wall_s
        recheck = Recheck(self.subject, kernel)
        progress = self._new_progress()
        while self.strategy.more():
            try:
                if not self._one(kernel, recheck):
                    break
            except Nondeterminism as error:  # a repeated prefix was no repetition
                if self._saved is not None and "repeated prefix" in error.what:
                    raise gone_astray(error.what) from None
                raise recheck.explained(error, schedule_of(kernel.engine)) from None
            now = time.perf_counter()
            self._wall_s = now - started
            if self.callback is not None and now - shown > self.show_every_s:
                shown = now
                self._show(progress)
            if self._over():
                break
        self._wall_s = time.perf_counter() - started
        self._show(progress)

    def _one(self, kernel: Kernel, recheck: Recheck) -> bool:
        """One schedule, judged and noted; False: there shall be no other."""
        found, strategy = self._found, self.strategy
        observed = self._observes
        kernel.observe(observed=observed, model=self._free if observed else self.subject.model)
        auditing = is_sampled(self.before + found.schedules + 1)
        engine = kernel.run(self.subject.body, strategy, auditing=auditing)
        if isinstance(engine, ObservedEngine):
            self._names = engine.names
        if engine.interrupted or kernel.interrupted:
            self._interrupted = True
            return False
        finding = self.subject.judge(engine)
        beyond = observed and self._free is not self.subject.model and bool(finding.failures)
        if self._reducing is not None and not self._reducing.counts(engine):
            found.pass_over(finding)
        elif beyond:
            self._note_free(kernel, recheck, engine, finding)
        else:
            self._note(engine, finding)
        if engine.stuck is not None:
            if not beyond:
                return False  # each further schedule could cost the whole time limit of a step
            strategy.finished(engine)
            return True
        if engine.ending != "stopped" or finding.failures:  # else the reduction broke it off
            self._bear_witness(engine, finding, auditing=auditing)
            recheck.after(self.before + found.schedules, engine, finding)
        strategy.finished(kernel.engine)
        return True

    def _bear_witness(self, engine: Engine, finding: Finding, *, auditing: bool) -> None:
        """Keep a schedule now and then; one under the model of the search."""
        self._witness_due |= auditing
        replayable = not self._observes or self._free is self.subject.model
        if self._witness_due and replayable and self._resumable:
            self._witness = witness_of(schedule_of(engine), finding.digest)
            self._witness_due = False

    def _note(self, engine: Engine, finding: Finding) -> None:
        self._found.note(engine, finding, drawn=getattr(self.strategy, "draws", False))
        if self.audit is not None:
            self.audit.offer(self._found.schedules, engine)

    def _note_free(
        self, kernel: Kernel, recheck: Recheck, engine: Engine, finding: Finding
    ) -> None:
        """A run under a free scheduler failed: what counts is whether Trio's batches allow that.

        If a run like it is found under them, that one is noted. Else none is; and if such a failure is
        news, the strategy is told that it cannot go on like this: what it proves would be of another
        model.

        Raises:
          Nondeterminism: it does not even fail again under the free scheduler.
        """
        assert isinstance(engine, ObservedEngine)
        assert isinstance(self.strategy, Planning)
        found = self._found
        kinds = {found.fingerprint(failure) for failure in finding.failures}
        is_news = not kinds <= found.kinds.keys()

        def fails(other: Finding) -> bool:
            return any(found.fingerprint(failure) in kinds for failure in other.failures)

        schedule, order = schedule_of(engine), Order.of(engine)
        kernel.observe(observed=False, model=self.subject.model)
        under = UnderBatches(self.subject, kernel, fails, self.seed)
        if engine.stuck is None and under.find(schedule, order, quick=not is_news):
            self._note(kernel.engine, self.subject.judge(kernel.engine))
            kernel.observe(observed=True, model=self._free)
            return
        kernel.observe(observed=True, model=self._free)
        found.pass_over(finding)
        if is_news:
            recheck.repeat(self.before + found.schedules, engine, finding)
            self._only_free.update({failure.property: None for failure in finding.failures})
            self.strategy.give_up_reducing()

    def _over(self) -> bool:
        schedules = self._found.schedules
        return (
            self.halted
            or (self.stop_at_first and self._has_news())
            or (self.schedules_max is not None and schedules >= self.schedules_max)
            or (self.time_budget_s is not None and self._wall_s >= self.time_budget_s)
        )

    def _has_news(self) -> bool:
        """Whether there is a kind of failure that was known neither before nor to whoever asked."""
        before = 0 if self._saved is None else len(self._saved.kinds)
        return any(kind not in self.known for kind in list(self._found.kinds)[before:])

    # ---- what was found ------------------------------------------------------------------------

    @property
    def interrupted(self) -> bool:
        """Whether somebody pressed Ctrl-C."""
        return self._interrupted

    def ending(self) -> Ending:
        """Where the strategy stands."""
        return ending_of(self.strategy, self._only_free, self._names)

    def _result(self, violations: tuple[Violation, ...]) -> Result:
        return conclude(
            subject=self.subject,
            options=self.options,
            seed=self.seed,
            found=self._found,
            scorecard=self._scorecard(),
            ending=self.ending(),
            violations=violations,
            wall_s=self._wall_s,
            interrupted=self._interrupted,
            audited=self._audited,
            saved=self._saved,
            search=self._unfinished(),
            search_name=self._identity().file_name if self._resumable else "",
        )

    # ---- progress ------------------------------------------------------------------------------

    def _new_progress(self) -> Progress:
        return Progress(
            scenario=self.subject.scenario.name,
            fixes=self.subject.fixes,
            strategy=self.strategy.name,
            schedules_max=self.schedules_max,
            time_budget_s=self.time_budget_s,
        )

    def _show(self, progress: Progress) -> None:
        if self.callback is None:
            return
        progress.schedules = self._found.schedules
        progress.wall_s = self._wall_s
        progress.violations = len(self._found.kinds)
        progress.first_seen = min((k.first_seen for k in self._found.kinds.values()), default=None)
        if self._wall_s >= self._estimated_s:
            self._estimated_s = self._wall_s + ESTIMATE_EVERY_S
            progress.remaining = remaining_of(self.strategy)
            progress.unseen = self._found.classes.unseen()
        self.callback(progress)
