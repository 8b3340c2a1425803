"""The loop that runs a strategy over a scenario until something ends it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import (
    BadBudget,
    Nondeterminism,
    NotResumable,
    ReplayDiverged,
    TraceUntrusted,
)
from harness.explore.decide import decide
from harness.explore.door import check_seconds, check_whole
from harness.explore.estimate import ClassCounter, Remaining, Unseen
from harness.explore.follow import Lenient, Strict
from harness.explore.recheck import Recheck, is_sampled
from harness.explore.result import Result, Verdict, Violation
from harness.explore.resume import (
    found_search,
    gone_astray,
    identity_of,
    restore,
    run_again,
    scorecard_of,
    stored_scorecard,
    witness_of,
)
from harness.explore.saved import Identity, SavedKind, SavedSearch, Witness
from harness.explore.scenario import Body, Scenario, TimeModel, as_scenario, model_of
from harness.explore.shrink import Shrunk, shrink_schedule
from harness.explore.strategies import (
    RESUMABLE,
    Dpor,
    RandomWalk,
    SearchOptions,
    make_strategy,
)
from harness.explore.strategies.base import Measured, Resumable, Strategy
from harness.explore.subject import Finding, Subject, busiest, schedule_of
from harness.kernel import Choice, Engine, Kernel, clean
from harness.properties import Scorecard, Tally
from harness.traces import (
    DEFAULT_REDACTOR,
    Trace,
    default_roots,
    redact_trace,
    scenario_reference,
)
from harness.traces.format import Violation as TraceViolation
from harness.traces.record import record_trace
from harness.world.failure import Failure

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence


#: Without any limit given, an exploration ends after this many wall-clock seconds.
DEFAULT_TIME_BUDGET_S = 60.0

#: Between two estimates of what is left lie so many wall-clock seconds: the first ones are cheap, and
#: the last one, at the end, is always made.
ESTIMATE_EVERY_S = 1.0

#: Random schedules tried to see whether a failure also happens under Trio's batches.
UNDER_TRIO_RUNS = 200


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


def explore(
    target: Scenario | Body,
    *,
    strategy: str = "portfolio",
    depth: int | None = None,
    preemption_bound: int | None = None,
    delay_bound: int | None = None,
    fixes: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    schedules: int | None = None,
    time_budget_s: float | None = None,
    seed: int = 0,
    stop_at_first: bool = False,
    shrink: bool = True,
    assume_independent: bool | None = None,
    fairness: str | None = None,
    time_model: TimeModel | str | None = None,
    horizon_s: float | None = None,
    steps_max: int | None = None,
    step_timeout_s: float | None = None,
    resume: SavedSearch | str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Search the interleavings of a scenario.

    Args:
      target: a scenario, or a plain `async def fn()` or `async def fn(world)`.
      strategy: "portfolio", "random", "dfs", "dpor", "pct", "pos" or "surw".
      depth: for "pct": how many order constraints a bug may need (3 by default).
      preemption_bound, delay_bound: for "dfs": make only the interleavings with at most so many of them.
        "dpor" takes the first: it judges exactly the classes that can be had with so many.
      fixes: names of the fixes that are switched on.
      params: values over the scenario's defaults.
      schedules: at most so many executions. Without this and a time budget, 60 seconds.
      time_budget_s: wall-clock seconds; looked at between executions.
      seed: of everything random; equal seeds make equal explorations.
      stop_at_first: end at the first failure.
      shrink: make the choices of each kind of failure as few as possible.
      assume_independent: that tasks of a process share no memory but cells, rows and the like, so that
        "dpor" may reduce within a process.
      fairness, time_model, horizon_s, steps_max, step_timeout_s: override the scenario's model.
      resume: an unfinished search to go on with: `result.search` of it, the file it was saved in, or
        a folder, in which it is looked for by its name and may be missing. The limits above are then
        those of what is added.
      progress: called about ten times a second, and at the end.

    Returns:
      The verdict with traces. Ctrl-C ends the exploration and keeps what was found.

    Raises:
      HarnessError: the scenario, or what was asked, cannot be; or the scenario is nondeterministic.
    """
    options = SearchOptions(depth=depth, preemption_bound=preemption_bound, delay_bound=delay_bound)
    if schedules is not None:
        check_whole("number of schedules", schedules, least=1)
    if time_budget_s is not None:
        check_seconds("time budget", time_budget_s, above=True)
    check_whole("seed", seed, least=0)
    if progress is not None and not callable(progress):
        raise BadBudget("progress callback", clean(progress), "a function")
    if strategy == "dpor" and fairness == "trio":
        raise BadBudget(
            "fairness of dpor", fairness, '"none": it takes in every order of Trio\'s batches'
        )
    made = as_scenario(target)
    subject = Subject(
        scenario=made,
        fixes=made.checked_fixes(fixes),
        params=made.checked_params(params),
        model=model_of(
            made,
            # Every order that Trio's batches allow is among those of a free scheduler.
            fairness="none" if strategy == "dpor" and fairness is None else fairness,
            assume_independent=assume_independent,
            time=time_model,
            horizon_s=horizon_s,
            steps_max=steps_max,
            step_timeout_s=step_timeout_s,
        ),
    )
    if strategy == "dpor" and 0 < subject.model.stall_s < inf:
        instead = '"asynchronous" or harness.bounded(stall_s=0), or another strategy'
        raise BadBudget("time model of dpor", subject.model.time_text, instead)
    if schedules is None and time_budget_s is None:
        time_budget_s = DEFAULT_TIME_BUDGET_S
    exploration = Exploration(
        subject=subject,
        strategy=make_strategy(strategy, seed, options),
        options=options,
        seed=seed,
        schedules_max=schedules,
        time_budget_s=time_budget_s,
        stop_at_first=stop_at_first,
        shrink=shrink,
        callback=progress,
    )
    if resume is not None:
        exploration.resume(resume)
    return exploration.run()


@attrs.define(kw_only=True)
class _Kind:
    """One kind of failure while the exploration runs."""

    failure: Failure
    fingerprint: str
    first_seen: int
    schedule: list[Choice]
    digest: str
    stuck: bool
    seen: int = 1


@attrs.define(kw_only=True)
class Exploration:
    """One call of `explore`, from its first schedule to its result."""

    subject: Subject
    strategy: Strategy
    options: SearchOptions
    seed: int
    schedules_max: int | None
    time_budget_s: float | None
    stop_at_first: bool
    shrink: bool
    callback: Callable[[Progress], None] | None
    _tally: Tally = attrs.field(factory=Tally, init=False)
    _kinds: dict[str, _Kind] = attrs.field(factory=dict, init=False)
    _reached: dict[str, bool] = attrs.field(factory=dict, init=False)
    _schedules: int = attrs.field(default=0, init=False)
    _steps: int = attrs.field(default=0, init=False)
    _sampled: int = attrs.field(default=0, init=False)
    _cut: int = attrs.field(default=0, init=False)
    _cut_where: str = attrs.field(default="", init=False)
    _interrupted: bool = attrs.field(default=False, init=False)
    _wall_s: float = attrs.field(default=0.0, init=False)
    _estimated_s: float = attrs.field(default=0.0, init=False)
    _classes: ClassCounter = attrs.field(factory=ClassCounter, init=False)
    _saved: SavedSearch | None = attrs.field(default=None, init=False)
    _witness: Witness | None = attrs.field(default=None, init=False)

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
        scorecard_of(saved.scorecard)
        self._schedules, self._sampled = saved.schedules, saved.sampled
        self._steps, self._cut, self._cut_where = saved.steps, saved.cut, saved.cut_where
        self._reached, self._wall_s, self._witness = (
            dict(saved.reached),
            saved.wall_s,
            saved.witness,
        )
        if self.schedules_max is not None:
            self.schedules_max += saved.schedules
        if self.time_budget_s is not None:
            self.time_budget_s += saved.wall_s

    def run(self) -> Result:
        """Explore, then make a trace of each kind of failure that was found."""
        with self.subject.kernel(self.seed, observed=self._reducing) as kernel:
            if isinstance(self.strategy, Dpor):
                self.strategy.attach(partial(kernel.run, self.subject.body, auditing=False))
            if self._saved is not None:
                self._again(kernel, self._saved)
            self._search(kernel)
            violations = tuple(self._violation(kernel, kind) for kind in self._kinds.values())
        return self._result(violations)

    @property
    def _reducing(self) -> bool:
        return isinstance(self.strategy, Dpor)

    # ---- a search that was stopped -------------------------------------------------------------

    def _again(self, kernel: Kernel, saved: SavedSearch) -> None:
        """Run what is known of it again, for its failures and to see that it still goes as it did."""
        for kind in saved.kinds:
            finding = run_again(self.subject, kernel, kind.witness)
            if finding is None:
                return
            shown = {self._fingerprint(failure): failure for failure in finding.failures}
            if kind.fingerprint not in shown:
                raise gone_astray("what failed does not fail")
            self._kinds[kind.fingerprint] = _Kind(
                failure=shown[kind.fingerprint],
                fingerprint=kind.fingerprint,
                first_seen=kind.first_seen,
                schedule=schedule_of(kernel.engine),
                digest=finding.digest,
                stuck=kernel.engine.stuck is not None,
                seen=kind.seen,
            )
        run_again(self.subject, kernel, saved.witness)

    def _unfinished(self) -> SavedSearch | None:
        """The search as it stands, for somebody to go on with."""
        strategy = self.strategy
        if strategy.exhausted or not isinstance(strategy, Resumable) or self._witness is None:
            return None
        if any(kind.stuck for kind in self._kinds.values()):
            return None  # a schedule that never ends ends every search
        saved = self._saved
        if saved is not None and saved.schedules == self._schedules:
            return saved  # perhaps interrupted before its failures were run again
        return SavedSearch(
            identity=self._identity(),
            schedules=self._schedules,
            sampled=self._sampled,
            steps=self._steps,
            cut=self._cut,
            cut_where=self._cut_where,
            wall_s=self._wall_s,
            reached=dict(self._reached),
            scorecard=stored_scorecard(self._scorecard()),
            kinds=tuple(
                SavedKind(
                    fingerprint=kind.fingerprint,
                    first_seen=kind.first_seen,
                    seen=kind.seen,
                    witness=witness_of(kind.schedule, kind.digest),
                )
                for kind in self._kinds.values()
            ),
            witness=self._witness,
            state=strategy.state(),
        )

    def _identity(self) -> Identity:
        name = scenario_name(self.subject.scenario)
        return identity_of(self.subject, name, self.strategy.name, self.seed, self.options.given())

    def _scorecard(self) -> Scorecard:
        now = self._tally.scorecard()
        return now if self._saved is None else scorecard_of(self._saved.scorecard).merge(now)

    # ---- the search ----------------------------------------------------------------------------

    def _search(self, kernel: Kernel) -> None:
        shown = time.perf_counter()
        started = shown - self._wall_s
        recheck = Recheck(self.subject, kernel)
        progress = self._new_progress()
        while self.strategy.more():
            auditing = is_sampled(self._schedules + 1)
            try:
                engine = kernel.run(self.subject.body, self.strategy, auditing=auditing)
                if engine.interrupted or kernel.interrupted:
                    self._interrupted = True
                    break
                finding = self.subject.judge(engine)
                if self._is_asked_for(engine):
                    self._note(engine, finding)
                else:
                    self._schedules += 1
                    self._steps += finding.steps
                if engine.stuck is not None:
                    break  # each further schedule could cost the whole time limit of a step
                if auditing and isinstance(self.strategy, Resumable):
                    self._witness = witness_of(schedule_of(engine), finding.digest)
                recheck.after(self._schedules, engine, finding)
                self.strategy.finished(kernel.engine)
            except Nondeterminism as error:  # a repeated prefix was no repetition
                if self._saved is not None and "repeated prefix" in error.what:
                    raise gone_astray(error.what) from None
                raise recheck.explained(error, schedule_of(kernel.engine)) from None
            now = time.perf_counter()
            self._wall_s = now - started
            if self.callback is not None and now - shown > 0.1:
                shown = now
                self._show(progress)
            if self._over():
                break
        self._wall_s = time.perf_counter() - started
        self._show(progress)

    def _is_asked_for(self, engine: Engine) -> bool:
        return not isinstance(self.strategy, Dpor) or self.strategy.counts(engine)

    def _over(self) -> bool:
        return (
            (self.stop_at_first and len(self._kinds) > self._known())
            or (self.schedules_max is not None and self._schedules >= self.schedules_max)
            or (self.time_budget_s is not None and self._wall_s >= self.time_budget_s)
        )

    def _known(self) -> int:
        """Kinds of failure that were known before this search was resumed."""
        return 0 if self._saved is None else len(self._saved.kinds)

    def _note(self, engine: Engine, finding: Finding) -> None:
        self._schedules += 1
        self._steps += finding.steps
        if getattr(self.strategy, "draws", False):
            self._sampled += 1
            self._classes.add(engine)
        if finding.cut:
            self._cut += 1
            self._cut_where = self._cut_where or busiest(engine)
        self._tally.add(finding.report)
        for name in finding.declared:
            self._reached.setdefault(name, False)
        for name in finding.reached:
            self._reached[name] = True
        for failure in finding.failures:
            fingerprint = self._fingerprint(failure)
            kind = self._kinds.get(fingerprint)
            if kind is not None:
                kind.seen += 1
                continue
            self._kinds[fingerprint] = _Kind(
                failure=failure,
                fingerprint=fingerprint,
                first_seen=self._schedules,
                schedule=schedule_of(engine),
                digest=finding.digest,
                stuck=engine.stuck is not None,
            )

    def _fingerprint(self, failure: Failure) -> str:
        text = f"{self.subject.scenario.name}\0{failure.property}\0{failure.where}"
        return blake2b(text.encode(), digest_size=6).hexdigest()

    # ---- what was found ------------------------------------------------------------------------

    def _violation(self, kernel: Kernel, kind: _Kind) -> Violation:
        """Run the failure once more, shrunk if wanted, this time recording everything."""

        def fails(finding: Finding) -> bool:
            return any(self._fingerprint(f) == kind.fingerprint for f in finding.failures)

        shrunk: Shrunk | None = None
        schedule = kind.schedule
        quick = self.shrink and not self._interrupted and not kind.stuck
        if quick:
            shrunk = shrink_schedule(self.subject, kernel, schedule, fails)
            schedule = list(shrunk.schedule)
        chooser = Strict(schedule)
        try:
            finding = self.subject.run(kernel, chooser, recording=True)
            chooser.check_end()
        except ReplayDiverged as error:
            what = f"a failing schedule, made again, parted at step {error.step}: first "
            found = Nondeterminism(f"{what}{error.expected}, then {error.found}")
            raise Recheck(self.subject, kernel).explained(found, schedule) from None
        message = next(
            (f.message for f in finding.failures if self._fingerprint(f) == kind.fingerprint),
            kind.failure.message,
        )
        trace = self._trace(kernel, kind, message)
        decision = None
        if quick:
            data = [choice for choice in kernel.engine.choices if choice.kind == "data"]
            decision = decide(self.subject, kernel, data, fails)
        return Violation(
            property=kind.failure.property,
            message=message,
            trace=trace,
            decided_by=decision,
            under_trio=self._under_trio(schedule, fails) if quick else None,
            first_seen=kind.first_seen,
            fingerprint=kind.fingerprint,
            seen=kind.seen,
            shrunk_from=None if shrunk is None else shrunk.deviations_before,
        )

    def _under_trio(
        self, schedule: Sequence[Choice], fails: Callable[[Finding], bool]
    ) -> bool | None:
        """Whether a failure found by a free scheduler also happens under Trio's batches.

        None if the exploration kept them anyway. Tries the schedule itself, as far as batches let it
        be followed, then random ones.
        """
        if self.subject.model.fairness == "trio" or self._interrupted:
            return None
        subject = attrs.evolve(
            self.subject, model=attrs.evolve(self.subject.model, fairness="trio")
        )
        walk = RandomWalk(self.seed)
        with subject.kernel(self.seed) as kernel:
            if fails(subject.run(kernel, Lenient(schedule))):
                return True
            return any(fails(subject.run(kernel, walk)) for _ in range(UNDER_TRIO_RUNS))

    def _trace(self, kernel: Kernel, kind: _Kind, message: str) -> Trace:
        made = self.subject.scenario
        trace = record_trace(
            kernel.engine,
            scenario=scenario_name(made),
            params=self.subject.params,
            fixes=self.subject.fixes,
            seed=self.seed,
            strategy=self.strategy.name,
            violation=TraceViolation(
                property=kind.failure.property, fingerprint=kind.fingerprint, message=message
            ),
        )
        return redact_trace(trace, DEFAULT_REDACTOR)

    def _result(self, violations: tuple[Violation, ...]) -> Result:
        complete = self.strategy.exhausted and not self._cut and not self._interrupted
        unreached = tuple(name for name, reached in self._reached.items() if not reached)
        reduction = self.strategy if isinstance(self.strategy, Dpor) else None
        verdict: Verdict = "inconclusive"
        if violations:
            verdict = "violated"
        elif complete and not unreached:
            verdict = "exhausted"
        model = self.subject.model
        return Result(
            scenario=self.subject.scenario.name,
            fixes=self.subject.fixes,
            params=self.subject.params,
            strategy=self.strategy.name,
            seed=self.seed,
            verdict=verdict,
            schedules=self._schedules,
            steps=self._steps,
            wall_s=self._wall_s,
            violations=violations,
            scorecard=self._scorecard(),
            bounds={
                "horizon_s": model.horizon_s,
                "steps_max": model.steps_max,
                **self.options.bounds(),
            },
            bound_reached=getattr(self.strategy, "bound_reached", False),
            options=self.options,
            sampled=self._sampled,
            assumptions=self._assumptions(),
            classes=None if reduction is None else reduction.classes,
            redundant=None if reduction is None else reduction.redundant,
            blocked=None if reduction is None else reduction.blocked,
            cut=self._cut,
            cut_where=self._cut_where,
            unreached=unreached,
            remaining=self._remaining(),
            unseen=None if self.strategy.exhausted else self._classes.unseen(),
            interrupted=self._interrupted,
            complete=complete,
            resumed_from=0 if self._saved is None else self._saved.schedules,
            search=self._unfinished(),
            search_name=self._identity().file_name if isinstance(self.strategy, Resumable) else "",
        )

    def _remaining(self) -> Remaining | None:
        if self.strategy.exhausted or not isinstance(self.strategy, Measured):
            return None
        return self.strategy.remaining()

    def _assumptions(self) -> tuple[str, ...]:
        model = self.subject.model
        texts = [f"time: {model.time_text}", f"fairness: {model.fairness}"]
        if self._reducing:
            memory = "what is not tracked is shared by the tasks of a process"
            if model.assume_independent:
                memory = "tasks of a process share nothing but what is tracked (assume_independent)"
            texts.append(f"memory: {memory}")
        return tuple(texts)

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
        progress.schedules = self._schedules
        progress.wall_s = self._wall_s
        progress.violations = len(self._kinds)
        progress.first_seen = min((k.first_seen for k in self._kinds.values()), default=None)
        if self._wall_s >= self._estimated_s:
            self._estimated_s = self._wall_s + ESTIMATE_EVERY_S
            progress.remaining = self._remaining()
            progress.unseen = self._classes.unseen()
        self.callback(progress)


def scenario_name(made: Scenario) -> str:
    """What a trace calls the scenario: its file below the project, and its name."""
    if not made.path:
        return f"<prompt>::{made.name}"
    try:
        return scenario_reference(Path(made.path), made.name, default_roots())
    except TraceUntrusted:  # outside any root: still worth recording
        return f"{Path(made.path).name}::{made.name}"
