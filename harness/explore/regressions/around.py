"""Runs near a recorded one: the one that follows it, and some that stray from it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from harness.explore.follow import Lenient
from harness.explore.shrink import Guided
from harness.explore.subject import schedule_of
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.kernel import Chooser, Engine
    from harness.traces import Trace

#: Runs that follow the record, before others stray from it.
FOLLOWED = 2

#: So many choices of a run are taken at random, on average, where it strays now and then.
_STRAYS = 2


class Straying:
    """Follows another chooser, and takes any option at some of the choices.

    Up to choice number `until` it strays with the odds `odds`, from then on always.
    """

    def __init__(self, followed: Chooser, draw: Random, *, until: float, odds: float) -> None:
        self._followed = followed
        self._draw = draw
        self._until = until
        self._odds = odds

    def begin(self, engine: Engine) -> None:
        self._count = 0
        self._followed.begin(engine)

    def pick(self, options: list[int], current: int) -> int:
        picked = self._followed.pick(options, current)
        return self._draw.choice(options) if self._strays() else picked

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        picked = self._followed.pick_data(label, options)
        return self._draw.randrange(len(options)) if self._strays() else picked

    def _strays(self) -> bool:
        self._count += 1
        return self._count > self._until or self._draw.random() < self._odds


def around(trace: Trace, *, seed: int) -> Iterator[Chooser]:
    """Choosers for runs near a recorded one, without an end.

    The first follow it: choice by choice, then task by task, which finds its way again where the code
    takes a step more or less than it did. Then they stray, in turn now and then, and from a point on.
    """
    size = len(trace.choices)
    draw = Random(seed)
    yield Lenient(trace.choices)
    yield _guided(trace)
    while True:
        for base in (Lenient(trace.choices), _guided(trace)):
            yield Straying(base, draw, until=float("inf"), odds=min(0.5, _STRAYS / (size + 1)))
            yield Straying(base, draw, until=draw.randrange(size + 1), odds=0.0)


def _guided(trace: Trace) -> Chooser:
    data = [choice for choice in trace.choices if choice.kind == "data"]
    return Guided([step.label for step in trace.steps], data)  # type: ignore[arg-type]


def share_known(trace: Trace, engine: Engine) -> float:
    """How much of what the record chooses among there is in the run: of tasks, faults and questions.

    Between 0 and 1. What a run without the failure chooses in the end is no measure: a fix takes away
    the very steps that were chosen between.
    """
    recorded = {(c.kind, c.what if c.kind == "data" else c.pick) for c in trace.choices}
    if not recorded:
        return 1.0
    made = {("schedule", DEFAULT_REDACTOR.label(label)) for label in engine.labels}
    made |= {(c.kind, DEFAULT_REDACTOR.label(c.what)) for c in schedule_of(engine)}
    return len(recorded & made) / len(recorded)
