"""The searches of a suite, made by several processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.cli.complain import complain
from harness.explore.asked import Asked
from harness.explore.strategies import SearchOptions
from harness.explore.workers import Workers, check_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.explore import Progress, Result, Scenario
    from harness.explore.workers import Search

#: Of a search: when it ends, and what is done then.
LIMITS = ("schedules", "time_budget_s", "stop_at_first", "known", "shrink")


def results(
    searches: Sequence[tuple[Scenario, Mapping[str, Any]]],
    workers: int,
    progress: Callable[[Progress], None] | None,
    playing: Callable[[], AbstractContextManager[None]],
) -> Generator[Result]:
    """The result of each, in order; options as of `Engine.explore`.

    Args:
      searches: scenarios, and what is asked of each.
      workers: how many processes.
      progress: told of the search whose result is next.
      playing: what is in force while scenarios are played.
    """
    with Workers(workers, notice=complain) as team:
        asked = [search(team, scenario, **options) for scenario, options in searches]
        made = team.results(asked, progress)
        for _ in asked:
            with playing():
                result = next(made)
            yield result


def search(
    team: Workers,
    scenario: Scenario,
    *,
    depth: int | None,
    preemption_bound: int | None,
    delay_bound: int | None,
    audit: bool | int,
    resume: bool,
    folder: Path | None,  # noqa: ARG001  # for what is resumed
    **options: Any,
) -> Search:
    """What workers are given of a search.

    Raises:
      NotForWorkers: they cannot make it.
    """
    check_workers(team.count, audit=bool(audit), resume=resume)
    limits = {name: options.pop(name) for name in LIMITS}
    given = SearchOptions(depth=depth, preemption_bound=preemption_bound, delay_bound=delay_bound)
    return team.search(scenario, Asked(options=given.given(), **options), **limits)
