"""From counts and kinds of failure to a verdict: what a search comes to, however it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from harness.explore.estimate import Remaining
from harness.explore.result import Result, Verdict, Violation
from harness.explore.strategies.base import Measured, Planning, Reducing, Strategy
from harness.world.process import TRACKED_MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.explore.audit import Audited
    from harness.explore.found import Found
    from harness.explore.saved import SavedSearch
    from harness.explore.strategies import SearchOptions
    from harness.explore.subject import Subject
    from harness.kernel import Names
    from harness.properties import Scorecard


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a strategy stands at the end of a search, or of a piece of one, as data.

    Attributes:
      reduces: whether it takes equivalent interleavings together.
      only_free: properties that only a free scheduler was seen to violate.
      trouble: why a reduction was given up, as of `Planning`.
      tracked: processes whose memory is.
      exhausted, classes, redundant, blocked, bound_reached, set_aside, remaining: as of a `Strategy`.
    """

    strategy: str
    exhausted: bool = False
    reduces: bool = False
    classes: int | None = None
    redundant: int | None = None
    blocked: int | None = None
    bound_reached: bool = False
    set_aside: int = 0
    remaining: Remaining | None = None
    only_free: tuple[str, ...] = ()
    trouble: str = ""
    tracked: tuple[str, ...] = ()


def ending_of(strategy: Strategy, only_free: Iterable[str], names: Names | None) -> Ending:
    """Where this strategy stands."""
    reduction = strategy if isinstance(strategy, Reducing) else None
    return Ending(
        strategy=strategy.name,
        exhausted=strategy.exhausted,
        reduces=reduction is not None,
        classes=None if reduction is None else reduction.classes,
        redundant=None if reduction is None else reduction.redundant,
        blocked=None if reduction is None else reduction.blocked,
        bound_reached=getattr(strategy, "bound_reached", False),
        set_aside=getattr(strategy, "set_aside", 0),
        remaining=remaining_of(strategy),
        only_free=tuple(only_free),
        trouble=strategy.trouble if isinstance(strategy, Planning) else "",
        tracked=() if names is None else tuple(sorted(names.named(TRACKED_MEMORY))),
    )


def remaining_of(strategy: Strategy) -> Remaining | None:
    """How much it has still to do, if it can say so."""
    if strategy.exhausted or not isinstance(strategy, Measured):
        return None
    return strategy.remaining()


def conclude(
    *,
    subject: Subject,
    options: SearchOptions,
    seed: int,
    found: Found,
    scorecard: Scorecard,
    ending: Ending,
    violations: tuple[Violation, ...],
    wall_s: float,
    interrupted: bool,
    audited: Audited | None = None,
    saved: SavedSearch | None = None,
    search: SavedSearch | None = None,
    search_name: str = "",
) -> Result:
    """The result of a search; `saved` is what it was resumed from, `search` what is left of it."""
    complete = ending.exhausted and not (found.cut or found.undecided or interrupted)
    if ending.reduces and audited is not None:
        complete = complete and audited.is_clean  # else it rests on what is not so
    unreached = tuple(name for name, reached in found.reached.items() if not reached)
    faults = found.uses.report(subject.faults)
    hollow = bool(unreached) or any(not use.fired for use in faults)
    return Result(
        scenario=subject.scenario.name,
        fixes=subject.fixes,
        params=subject.params,
        strategy=ending.strategy,
        seed=seed,
        verdict=_verdict(violated=bool(violations), proven=complete and not hollow),
        schedules=found.schedules,
        steps=found.steps,
        wall_s=wall_s,
        violations=violations,
        scorecard=scorecard,
        bounds={
            "horizon_s": subject.model.horizon_s,
            "steps_max": subject.model.steps_max,
            **options.bounds(),
            "faults": dict(subject.faults),
        },
        faults=faults,
        bound_reached=ending.bound_reached,
        options=options,
        sampled=found.sampled + ending.set_aside,
        assumptions=_assumptions(subject, ending),
        classes=ending.classes,
        redundant=ending.redundant,
        blocked=ending.blocked,
        cut=found.cut,
        cut_where=found.cut_where,
        undecided=dict(found.undecided),
        reached=tuple(name for name, reached in found.reached.items() if reached),
        unreached=unreached,
        remaining=ending.remaining,
        unseen=None if ending.exhausted else found.classes.unseen(),
        interrupted=interrupted,
        complete=complete,
        audit=audited,
        resumed_from=0 if saved is None else saved.schedules,
        search=search,
        search_name=search_name,
    )


def _verdict(*, violated: bool, proven: bool) -> Verdict:
    verdict: Literal["exhausted", "inconclusive"] = "exhausted" if proven else "inconclusive"
    return "violated" if violated else verdict


def _assumptions(subject: Subject, ending: Ending) -> tuple[str, ...]:
    model = subject.model
    texts = [f"time: {model.time_text}", f"fairness: {model.fairness}"]
    if ending.only_free:
        texts[-1] += f" (without it, this may fail: {', '.join(ending.only_free)})"
    if ending.classes is not None:
        memory = "what is not tracked is shared by the tasks of a process"
        if model.assume_independent:
            memory = "tasks of a process share nothing but what is tracked (assume_independent)"
        elif ending.tracked:
            names = ", ".join(ending.tracked)
            memory = f"tasks of {names} share nothing but what is tracked; elsewhere, {memory}"
        texts.append(f"memory: {memory}")
    if ending.trouble:
        texts.append(f"every interleaving instead of a reduction: {ending.trouble}")
    return tuple(texts)
