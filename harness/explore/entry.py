"""The function `explore`: what is asked for, checked, and made into a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from harness.errors import BadBudget
from harness.explore.asked import Asked
from harness.explore.audit import SWAPS, Audit
from harness.explore.door import check_seconds, check_whole
from harness.explore.loop import Exploration, Progress
from harness.explore.scenario import Body, Scenario, TimeModel, as_scenario
from harness.explore.strategies import SearchOptions
from harness.explore.workers import Workers, check_workers
from harness.kernel import clean

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Mapping, Sequence

    from harness.explore.result import Result
    from harness.explore.saved import SavedSearch

#: Without any limit given, an exploration ends after this many wall-clock seconds.
DEFAULT_TIME_BUDGET_S = 60.0


def explore(
    target: Scenario | Body,
    *,
    strategy: str = "portfolio",
    depth: int | None = None,
    preemption_bound: int | None = None,
    delay_bound: int | None = None,
    fixes: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
    faults: Mapping[str, int] | None = None,
    schedules: int | None = None,
    time_budget_s: float | None = None,
    seed: int = 0,
    stop_at_first: bool = False,
    known: Collection[str] = (),
    shrink: bool = True,
    assume_independent: bool | None = None,
    fairness: str | None = None,
    time_model: TimeModel | str | None = None,
    horizon_s: float | None = None,
    steps_max: int | None = None,
    step_timeout_s: float | None = None,
    audit: bool | int = False,
    resume: SavedSearch | str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
    workers: int | None = None,
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
      faults: how often each kind of fault may strike in a run, instead of what the scenario says:
        {"kill": 1}; {} for none.
      schedules: at most so many executions. Without this and a time budget, 60 seconds.
      time_budget_s: wall-clock seconds; looked at between executions.
      seed: of everything random; equal seeds make equal explorations.
      stop_at_first: end at the first failure.
      known: fingerprints of failures that are no news: they end no search, and are not shrunk.
      shrink: make the choices of each kind of failure as few as possible.
      assume_independent: that tasks of a process share no memory but cells, rows and the like, so that
        "dpor" may reduce within a process.
      fairness, time_model, horizon_s, steps_max, step_timeout_s: override the scenario's model.
      audit: after the search, run neighbouring steps that are said to commute the other way round, and
        see whether they do: so many pairs, or 1,000 of them; see `Result.audit`.
      resume: an unfinished search to go on with: `result.search` of it, the file it was saved in, or
        a folder, in which it is looked for by its name and may be missing. The limits above are then
        those of what is added.
      progress: called about ten times a second, and at the end.
      workers: search in pieces, on so many processes; the result is a function of the seed, not of their
        number. With 1 it is this process that makes the pieces. See `harness.explore.workers`.

    Returns:
      The verdict with traces. Ctrl-C ends the exploration and keeps what was found.

    Raises:
      HarnessError: the scenario, or what was asked, cannot be; or the scenario is nondeterministic.
    """
    options = SearchOptions(depth=depth, preemption_bound=preemption_bound, delay_bound=delay_bound)
    _check_limits(schedules, time_budget_s, seed, progress)
    swaps = _swaps(audit)
    asked = Asked(
        strategy=strategy,
        options=options.given(),
        fixes=cast("tuple[str, ...]", fixes),
        params=cast("dict[str, Any]", params or {}),
        faults=cast("dict[str, int] | None", faults),
        seed=seed,
        assume_independent=assume_independent,
        fairness=fairness,
        time_model=time_model,
        horizon_s=horizon_s,
        steps_max=steps_max,
        step_timeout_s=step_timeout_s,
    )
    scenario = as_scenario(target)
    subject = asked.subject(scenario)
    if schedules is None and time_budget_s is None:
        time_budget_s = DEFAULT_TIME_BUDGET_S
    if workers is not None:
        check_workers(workers, audit=swaps is not None, resume=resume is not None)
        with Workers(workers) as team:
            search = team.search(
                scenario,
                asked,
                schedules=schedules,
                time_budget_s=time_budget_s,
                stop_at_first=stop_at_first,
                known=known,
                shrink=shrink,
            )
            return next(team.results([search], progress))
    exploration = Exploration(
        subject=subject,
        strategy=asked.strategy_made(),
        options=options,
        seed=seed,
        schedules_max=schedules,
        time_budget_s=time_budget_s,
        stop_at_first=stop_at_first,
        known=frozenset(known),
        shrink=shrink,
        callback=progress,
        audit=None if swaps is None else Audit(subject=subject, seed=seed, swaps_max=swaps),
    )
    if resume is not None:
        exploration.resume(resume)
    return exploration.run()


def _swaps(audit: object) -> int | None:
    """How many pairs an audit swaps; None for no audit.

    Raises:
      BadBudget: it is no number of pairs.
    """
    if isinstance(audit, bool):
        return SWAPS if audit else None
    check_whole("number of swaps to audit", audit, least=1)
    assert isinstance(audit, int)
    return audit


def _check_limits(
    schedules: int | None, time_budget_s: float | None, seed: int, progress: object
) -> None:
    """What bounds a search, and what is told of it.

    Raises:
      BadBudget: something cannot be.
    """
    if schedules is not None:
        check_whole("number of schedules", schedules, least=1)
    if time_budget_s is not None:
        check_seconds("time budget", time_budget_s, above=True)
    check_whole("seed", seed, least=0)
    if progress is not None and not callable(progress):
        raise BadBudget("progress callback", clean(progress), "a function")
