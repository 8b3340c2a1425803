"""Many searches for the same bug: how many schedules each took."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from harness.explore.scenario import as_scenario, model_of
from harness.explore.strategies import make_strategy
from harness.explore.strategies.base import Planning, Reducing, Strategy
from harness.explore.strategies.options import SearchOptions
from harness.explore.subject import Subject
from harness.kernel import Kernel
from tests.quality.programs import Body

_DEFAULTS: dict[str, Any] = dict.fromkeys(
    ("fairness", "time", "horizon_s", "steps_max", "step_timeout_s")
)


def subject_of(body: Body) -> Subject:
    """A program as the explorer runs it; its tasks share cells and locks, nothing else."""
    made = as_scenario(body)
    model = model_of(made, assume_independent=True, **_DEFAULTS)
    return Subject(scenario=made, fixes=(), params={}, model=model)


def sessions(
    body: Body, strategy: str, seeds: Iterable[int], *, at_most: int, depth: int | None = None
) -> list[int]:
    """For each seed, the schedule that shows the bug first; one more than allowed if none does.

    What `explore` does besides, such as shrinking and recording, is left out.
    """
    options = SearchOptions(depth=depth)
    subject = subject_of(body)
    with subject.kernel(0) as kernel:
        return [
            _session(subject, kernel, make_strategy(strategy, seed, options), at_most)
            for seed in seeds
        ]


def _session(subject: Subject, kernel: Kernel, strategy: Strategy, at_most: int) -> int:
    if isinstance(strategy, Planning):
        strategy.plan(schedules=at_most, time_budget_s=None)
    if isinstance(strategy, Reducing):
        strategy.attach(partial(kernel.run, subject.body, auditing=False))
    for schedule in range(1, at_most + 1):
        if not strategy.more():
            break
        observed = isinstance(strategy, Reducing) and strategy.observes
        kernel.observe(observed=observed, model=subject.model)
        if subject.run(kernel, strategy).failures:
            return schedule
        strategy.finished(kernel.engine)
    return at_most + 1
