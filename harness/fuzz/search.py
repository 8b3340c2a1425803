"""The inner search: so many schedules of one input.

What is drawn is searched thousands of times, so there is one kernel for all of it, and only some of the
runs are made twice. What fails is explored once more as `explore` does it, from the same seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import attrs

from harness.errors import BadBudget
from harness.explore import Scenario, explore
from harness.explore.door import check_seconds, check_whole
from harness.explore.found import Found
from harness.explore.recheck import Recheck, is_sampled
from harness.explore.scenario import model_of
from harness.explore.strategies import make_strategy
from harness.explore.strategies.base import Reducing
from harness.explore.subject import Subject

if TYPE_CHECKING:
    from types import TracebackType

    from harness.explore import Result
    from harness.fuzz.inputs import Input
    from harness.kernel import Kernel

#: Schedules of each input, unless something else is said.
SCHEDULES_EACH = 20


class Interrupted(BaseException):
    """Somebody pressed Ctrl-C. No `Exception`, so that Hypothesis takes it for no failure."""


@attrs.frozen(kw_only=True)
class Asked:
    """What fuzzing was asked for, but for its limits.

    Attributes:
      scenario: what is fuzzed.
      fixes: those that are switched on.
      params: parameters that are settled; `faults`: budgets instead of the scenario's.
      strategy: of the inner search; `schedules_each`: how many it makes.
      seed: of everything random.
      steps_max: cut a schedule after so many steps; the engine's limit by default.
      shrink: whether failures are made small.
    """

    scenario: Scenario
    fixes: tuple[str, ...] = ()
    params: Mapping[str, Any] = attrs.field(factory=dict)
    faults: Mapping[str, int] | None = None
    strategy: str = "random"
    schedules_each: int = SCHEDULES_EACH
    seed: int = 0
    steps_max: int | None = None
    shrink: bool = True

    def __attrs_post_init__(self) -> None:
        check_whole("number of schedules of each input", self.schedules_each, least=1)
        check_whole("seed", self.seed, least=0)
        make_strategy(self.strategy, 0)

    def explored(self, given: Input, **options: Any) -> Result:
        """One input, explored with these options of `explore`; raises `Interrupted`."""
        result = explore(
            self.scenario,
            fixes=self.fixes,
            params={**self.params, **given.params},
            faults=self.faults if given.faults is None else given.faults,
            seed=given.seed(self.seed),
            steps_max=self.steps_max,
            **options,
        )
        if result.interrupted and not result.violations:
            raise Interrupted
        return result

    def subject(self, given: Input) -> Subject:
        """What is run, for this input."""
        made = self.scenario
        return Subject(
            scenario=made,
            fixes=made.checked_fixes(self.fixes),
            params=made.checked_params({**self.params, **given.params}),
            faults=made.checked_faults(self.faults if given.faults is None else given.faults),
            model=model_of(
                made,
                fairness=None,
                time=None,
                horizon_s=None,
                steps_max=self.steps_max,
                step_timeout_s=None,
            ),
        )


def check_limits(**limits: float | None) -> None:
    """What bounds fuzzing: whole numbers of inputs and schedules, a number of seconds.

    Raises:
      BadBudget: one of them is none; or nothing bounds it.
    """
    if all(value is None for value in limits.values()):
        raise BadBudget("budget", "none at all", "of time, inputs or schedules")
    for name, value in limits.items():
        if value is not None and name.endswith("_s"):
            check_seconds("time budget", value, above=True)
        elif value is not None:
            check_whole(f"number of {name}", value, least=1)


@attrs.frozen(kw_only=True)
class Outcome:
    """What the search of one input showed.

    Attributes:
      kinds: fingerprint of each kind of failure, and the number of the schedule that showed it first.
      strategy, schedules: what was made.
      complete: whether that was every interleaving.
    """

    kinds: Mapping[str, int]
    strategy: str
    schedules: int
    complete: bool = False

    def shows(self, kinds: frozenset[str]) -> bool:
        """Whether it is a failure of one of these kinds."""
        return not kinds.isdisjoint(self.kinds)


class Searcher:
    """Searches inputs, one after the other; a context manager.

    Attributes:
      total: what all of its schedules came to.
      quick: whether one kernel serves them all; else the strategy needs an exploration for each.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.total = Found(scenario=asked.scenario.name)
        self.quick = not isinstance(make_strategy(asked.strategy, 0), Reducing) and (
            asked.strategy != "dfs"
        )
        self._inputs = 0
        self._open = ExitStack()
        self._kernel: Kernel | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._kernel = None
        self._open.close()

    def search(self, given: Input, schedules: int | None = None) -> Outcome:
        """So many schedules of an input, or as many as each is given; raises `Interrupted`."""
        self._inputs += 1
        count = schedules or self._asked.schedules_each
        return self._made(given, count) if self.quick else self._explored(given, count)

    # ---- with one kernel -----------------------------------------------------------------------

    def _made(self, given: Input, count: int) -> Outcome:
        subject = self._asked.subject(given)
        kernel = self._ready(subject)
        kernel.seed = given.seed(self._asked.seed)
        strategy = make_strategy(self._asked.strategy, kernel.seed)
        found = Found(scenario=subject.scenario.name)
        while found.schedules < count and strategy.more():
            watched = not found.schedules and is_sampled(self._inputs)
            engine = kernel.run(subject.body, strategy, auditing=watched)
            if engine.interrupted or kernel.interrupted:
                raise Interrupted
            finding = subject.judge(engine)
            found.note(engine, finding, drawn=False)
            self.total.note(engine, finding, drawn=False)
            if engine.stuck is not None:
                break  # each further schedule could cost the whole time limit of a step
            if watched:
                Recheck(subject, kernel).after(1, engine, finding)
            strategy.finished(kernel.engine)
        kinds = {kind.fingerprint: kind.first_seen for kind in found.kinds.values()}
        return Outcome(kinds=kinds, strategy=strategy.name, schedules=found.schedules)

    def _ready(self, subject: Subject) -> Kernel:
        if self._kernel is None:
            self._kernel = self._open.enter_context(subject.kernel(self._asked.seed))
        return self._kernel

    # ---- with an exploration for each ----------------------------------------------------------

    def _explored(self, given: Input, count: int) -> Outcome:
        asked = self._asked
        result = asked.explored(given, strategy=asked.strategy, schedules=count, shrink=False)
        self.total.schedules += result.schedules
        self.total.steps += result.steps
        self.total.cut += result.cut
        for what, schedules in result.undecided.items():
            self.total.undecided[what] = self.total.undecided.get(what, 0) + schedules
        for use in result.faults:
            self.total.uses.add_counts({use.kind: use.hit})
        return outcome_of(result)


def outcome_of(result: Result) -> Outcome:
    """What an exploration showed."""
    return Outcome(
        kinds={found.fingerprint: found.first_seen for found in result.violations},
        strategy=result.strategy,
        schedules=result.schedules,
        complete=result.complete,
    )
