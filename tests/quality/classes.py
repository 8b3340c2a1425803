"""The referee of every reduction: brute force over all interleavings, and the class of each.

Two interleavings are of one class (one Mazurkiewicz trace) if one becomes the other by swapping
adjacent steps that do not conflict. So a class is told by the order of conflicting accesses alone: for
each shared object, the sequence of its accesses, where consecutive reads (and consecutive part
writes) stand in no order among themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import attrs

from harness.explore.scenario import as_scenario, model_of
from harness.explore.strategies import DepthFirst
from harness.explore.subject import Subject
from harness.kernel import Engine

READ, WRITE, CHOICE, PART = 0, 1, 2, 3

Class = tuple[Any, ...]


@attrs.frozen
class Census:
    """All interleavings of a program.

    Attributes:
      schedules: how many there are.
      classes: how many interleavings each class has.
      failing: the classes in which something failed.
    """

    schedules: int
    classes: dict[Class, int]
    failing: frozenset[Class]


def census(body: Callable[..., Any], **options: Any) -> Census:
    """Run every interleaving of a program and sort them into classes."""
    made = as_scenario(body)
    defaults: dict[str, Any] = dict.fromkeys(
        ("fairness", "time", "horizon_s", "steps_max", "step_timeout_s")
    )
    model = model_of(made, **{**defaults, **options})
    subject = Subject(scenario=made, fixes=(), params={}, model=model)
    strategy = DepthFirst()
    classes: dict[Class, int] = {}
    failing = []
    schedules = 0
    with subject.kernel(0) as kernel:
        while strategy.more():
            finding = subject.run(kernel, strategy)
            found = class_of(kernel.engine)
            strategy.finished(kernel.engine)
            classes[found] = classes.get(found, 0) + 1
            schedules += 1
            if finding.failures:
                failing.append(found)
    return Census(schedules, classes, frozenset(failing))


def class_of(engine: Engine) -> Class:
    """The canonical form of the class of the run in the engine."""
    accesses: dict[str, list[tuple[tuple[str, int], int]]] = {}
    counts: dict[str, int] = {}
    for who, footprint in _steps(engine):
        if not footprint:
            continue  # a step that touches nothing commutes with everything
        counts[who] = counts.get(who, 0) + 1
        event = (who, counts[who])
        for thing, mode in footprint.items():
            accesses.setdefault(thing, []).append((event, mode))
    return tuple((thing, tuple(_groups(sequence))) for thing, sequence in sorted(accesses.items()))


def _groups(sequence: list[tuple[tuple[str, int], int]]) -> list[tuple[Any, ...]]:
    """Writes one by one; runs of reads, and of part writes, in no order."""
    groups: list[tuple[Any, ...]] = []
    for mode, run in groupby(sequence, key=lambda access: access[1]):
        events = [event for event, _ in run]
        if mode == WRITE:
            groups.extend((mode, event) for event in events)
        else:
            groups.append((mode, *sorted(events)))
    return groups


def _steps(engine: Engine) -> list[tuple[str, dict[str, int]]]:
    """Each explored step: who took it, and the strongest mode in which it touched each object."""
    steps: list[tuple[str, dict[str, int]]] = []
    for item in engine.log:
        if type(item) is int:
            steps.append((engine.labels[item], {}))
        elif type(item) is tuple and item[1] != CHOICE and steps:
            footprint = steps[-1][1]
            thing, mode = item[0], item[1]
            known = footprint.get(thing)
            footprint[thing] = mode if known in (None, mode) else WRITE
    return steps
