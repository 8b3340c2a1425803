"""The properties of one run: where a scenario's `always`, `critical` and the like end up."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.errors import CriticalMisdeclared, NameTaken
from harness.properties.always import Always
from harness.properties.critical import Critical, Store
from harness.properties.eventually import Judgement
from harness.properties.histories.declare import AnyHistory, declared
from harness.properties.ledger import CLEAN, CriticalReport, Ledger
from harness.properties.texts import brief
from harness.properties.watching import Watched, refuse
from harness.world.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Engine
    from harness.properties.validity import Predicate
    from harness.properties.violations import CriticalViolation


class Properties:
    """The properties of one run. The explorer makes one before each run and reads it after.

    Attributes:
      failures: what did not hold, in the order in which it was found out; at most one of each
        (property, where).
      scorecard_entry: what became of the critical state; complete once the run is over.
      declared_sometimes: the points that were mentioned, in order.
      reached: those of them that were reached, in order.
      undecided: what could not be found out about this run, in words; such a run is no pass.
    """

    def __init__(self, run: Engine) -> None:
        self.failures: list[Failure] = []
        self.scorecard_entry: CriticalReport = CLEAN
        self.undecided: list[str] = []
        self._run = run
        self._refused = partial(refuse, run)
        self._ledger = Ledger(refused=self._refused)
        self._names: dict[str, None] = {}
        self._sometimes: dict[str, bool] = {}
        self._judgement: Judgement | None = None
        self._histories: list[AnyHistory] = []
        run.after_dirty = _recheck
        run.verdict_hooks.append(self.finish)

    @property
    def declared_sometimes(self) -> list[str]:
        """The points that `sometimes` mentioned."""
        return list(self._sometimes)

    @property
    def reached(self) -> list[str]:
        """The points that `sometimes` reached."""
        return [name for name, reached in self._sometimes.items() if reached]

    # ---- what a scenario declares --------------------------------------------------------------

    def always(self, name: str, predicate: Callable[[], bool]) -> None:
        """`predicate` must hold now and after every step that writes something it reads.

        Raises:
          NameTaken, PredicateRaised, PredicateNotBoolean, PredicateReadsNothing,
          PredicateTouchedWorld
        """
        self._take(name)
        Always(self._run, name, predicate, self.fail).recheck()

    def eventually(self, name: str, predicate: Callable[[], bool], *, within_s: float) -> None:
        """`predicate` must come true within `within_s` virtual seconds after the explored part.

        Raises:
          NameTaken, BadDeadline; those of `always` when it is judged.
        """
        self._take(name)
        if self._judgement is None:
            self._judgement = Judgement(self._run, self.fail)
            self._run.finish_hooks.append(self._judgement.hook)
        self._judgement.add(name, predicate, within_s=within_s)

    def sometimes(self, name: str, reached: bool = True) -> None:  # noqa: FBT001, FBT002  # reads well
        """A point that some schedule must reach, or a pass does not count."""
        self._sometimes[name] = bool(reached) or self._sometimes.get(name, False)

    def critical(
        self,
        store: Store,
        key: Any,
        *,
        valid: Predicate | None = None,
        allow_missing: bool = False,
        name: str | None = None,
        **unknown: Any,
    ) -> Critical:
        """The value under `key` is critical from now on, and trusted as it is now.

        `valid(old, new)` must be given: may `new` follow the last valid value `old`?

        Raises:
          CriticalMisdeclared: there is no `valid`, or no such option.
          AlreadyCritical: the name (by default, the key) is taken.
        """
        name = name or (key if isinstance(key, str) else brief(key))
        for option in unknown:
            raise self._refused(CriticalMisdeclared(name, f"has no option {option!r}"))
        if not callable(valid):
            raise self._refused(CriticalMisdeclared(name, f"has no predicate but {brief(valid)}"))
        tracker = self._ledger.track(
            name, valid=valid, initial=store.peek(key), allow_missing=allow_missing
        )
        handle = Critical(self._run, self._ledger, tracker, store=store, key=key)
        store.watch(key, handle)
        return handle

    def history(self, name: str, spec: Any, **options: Any) -> AnyHistory:
        """Record a history, and check it at the end of the run.

        Raises:
          NameTaken; HistoryMisused: `spec` or an option is none that there is.
        """
        self._take(name)
        made = declared(self._run, name, spec, **options)
        self._histories.append(made)
        return made

    # ---- the verdict ---------------------------------------------------------------------------

    def fail(self, failure: Failure) -> None:
        """Note a failure, once."""
        known = any(
            (f.property, f.where) == (failure.property, failure.where) for f in self.failures
        )
        if not known:
            self.failures.append(failure)

    def finish(self) -> None:
        """The last step is over: classify what became of critical state, and check histories."""
        self.scorecard_entry = self._ledger.finish()
        for violation in self.scorecard_entry.violations:
            self.fail(Failure(violation.name, violation.message, _where(violation)))
        for history in self._histories:
            verdict = history.verdict()
            for failure in verdict.failures:
                self.fail(failure)
            if verdict.undecided:
                self.undecided.append(verdict.undecided)

    def _take(self, name: str) -> None:
        if name in self._names:
            raise self._refused(NameTaken(name, "property"))
        self._names[name] = None


def _recheck(dirty: list[Watched]) -> None:
    """After a step: ask each property whose footprint it wrote, once, in order."""
    for watched in dict.fromkeys(dirty):
        watched.recheck()


_COUNTERS = re.compile(r"[#~]\d+")


def _where(violation: CriticalViolation) -> str:
    """Who wrote and who used, whichever incarnation it was: the same race has the same words."""
    episode = violation.episode
    pair = f"{episode.write.writer} -> {episode.uses[0].task}"
    return _COUNTERS.sub("", pair)
