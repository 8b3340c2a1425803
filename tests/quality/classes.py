"""The referee of every reduction: brute force over all interleavings, and the class of each.

Two interleavings are of one class (one Mazurkiewicz trace) if one becomes the other by swapping
adjacent steps that do not conflict. So a class is told by the order of conflicting accesses alone: for
each shared object, the sequence of its accesses, where consecutive reads (and consecutive part
writes) stand in no order among themselves; and by what was decided of data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import accumulate, groupby
from typing import Any
from unittest import mock

import attrs

import harness
from harness.explore.loop import Exploration
from harness.explore.strategies import STRATEGIES, DepthFirst
from harness.explore.subject import Finding
from harness.kernel import Engine

READ, WRITE, CHOICE, PART = 0, 1, 2, 3

Class = tuple[Any, ...]
See = Callable[[Engine, Finding], None]


def each_run(body: Any, see: See, *, strategy: Any = "dfs", **options: Any) -> harness.Result:
    """Explore, and look at every schedule that counts, while its record is still there.

    Args:
      body: as for `explore`.
      see: called after each of them.
      strategy: the name of one, or a class that is none of those known by name.
      **options: as for `explore`.
    """
    note = Exploration._note

    def noted(exploration: Exploration, engine: Engine, finding: Finding) -> None:
        note(exploration, engine, finding)
        see(engine, finding)

    given = {} if isinstance(strategy, str) else {"of the test": strategy}
    name = strategy if isinstance(strategy, str) else "of the test"
    defaults = {"schedules": 1_000_000, "shrink": False}
    with mock.patch.object(Exploration, "_note", noted), mock.patch.dict(STRATEGIES, given):
        return harness.explore(body, strategy=name, **{**defaults, **options})


# ---- brute force ---------------------------------------------------------------------------------


class EagerStarts(DepthFirst):
    """Every interleaving but for the first steps of tasks, each of which it takes at once.

    A first step goes up to the first schedule point and touches nothing, so no class is lost; and
    there are far fewer interleavings. It also counts preemptions.

    Attributes:
      preemptions: of the run that is under way, or just over: how often somebody was left who could
        have gone on.
    """

    preemptions = 0

    def begin(self, engine: Engine) -> None:
        """Nobody has been preempted yet."""
        super().begin(engine)
        self.preemptions = 0

    def pick(self, options: list[int], current: int) -> int:
        """Somebody who has taken no step yet; else as it comes."""
        for option in options:
            if self._steps_of(option) == 0:
                return option
        pick = super().pick(options, current)
        if pick != current and current in options and self._steps_of(current) > 1:
            self.preemptions += 1
        return pick

    def _steps_of(self, index: int) -> int:
        points: int = getattr(self._engine.things[index], "_schedule_points", 1)
        return points

    def finished(self, engine: Engine) -> None:
        """See whether first steps are what they are taken for."""
        super().finished(engine)
        started: set[str] = set()
        for who, footprint in steps_of(engine):
            assert who in started or not footprint, f"the first step of {who} touches {footprint}"
            started.add(who)


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


def census(body: Any, **options: Any) -> Census:
    """Run every interleaving of a program and sort them into classes."""
    classes: dict[Class, int] = {}
    failing = []

    def see(engine: Engine, finding: Finding) -> None:
        found = class_of(engine)
        classes[found] = classes.get(found, 0) + 1
        if finding.failures:
            failing.append(found)

    result = each_run(body, see, **options)
    assert result.complete, f"more than {result.schedules} interleavings"
    return Census(result.schedules, classes, frozenset(failing))


def within_preemptions(body: Any) -> list[int]:
    """How many classes have an interleaving with at most 0, 1, 2, ... preemptions; the last has all."""
    fewest: dict[Class, int] = {}
    made: list[EagerStarts] = []

    def strategy(seed: int) -> EagerStarts:
        made.append(EagerStarts(seed))
        return made[-1]

    def see(engine: Engine, finding: Finding) -> None:
        found, preemptions = class_of(engine), made[-1].preemptions
        fewest[found] = min(preemptions, fewest.get(found, preemptions))

    assert each_run(body, see, strategy=strategy).complete
    counts = Counter(fewest.values())
    return list(accumulate(counts[number] for number in range(max(counts) + 1)))


# ---- the class of a run --------------------------------------------------------------------------


def class_of(engine: Engine) -> Class:
    """The canonical form of the class of the run in the engine."""
    accesses: dict[str, list[tuple[tuple[str, int], int]]] = {}
    counts: dict[str, int] = {}
    for who, footprint in steps_of(engine):
        if not footprint:
            continue  # a step that touches nothing commutes with everything
        counts[who] = counts.get(who, 0) + 1
        event = (who, counts[who])
        for thing, mode in footprint.items():
            accesses.setdefault(thing, []).append((event, mode))
    objects = tuple(
        (thing, tuple(_groups(sequence))) for thing, sequence in sorted(accesses.items())
    )
    return objects, tuple(sorted(_decisions(engine)))


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


def steps_of(engine: Engine) -> list[tuple[str, dict[str, int]]]:
    """Each explored step: who took it, and the strongest mode in which it touched each object."""
    steps: list[tuple[str, dict[str, int]]] = []
    for item in engine.log:
        if type(item) is int:
            steps.append((engine.labels[item], {}))
        elif type(item) is tuple and item[1] != CHOICE and steps:
            footprint = steps[-1][1]
            thing, mode = item[0], item[1]
            if thing.endswith("(primary)"):
                continue  # read by whoever is first in a process to ask: none of these fails over
            known = footprint.get(thing)
            footprint[thing] = mode if known in (None, mode) else WRITE
    return steps


def _decisions(engine: Engine) -> list[tuple[str, int, str, str]]:
    """What was decided of data: who asked, their how manieth question, what, and the answer."""
    decisions = []
    who = ""
    counts: dict[str, int] = {}
    for item in engine.log:
        if type(item) is int:
            who = engine.labels[item]
        elif type(item) is tuple and item[1] == CHOICE:
            counts[who] = counts.get(who, 0) + 1
            decisions.append((who, counts[who], item[0], item[2]))
    return decisions
