"""The pass itself: schedules of a search are run again with independent neighbours swapped.

The swapped run is of the same class as the run before, so it is the next to be swapped: a walk
through the class, each step of which swaps many pairs that do not overlap at the cost of one run.
"""

from __future__ import annotations

import time
from math import inf
from random import Random
from typing import TYPE_CHECKING

import attrs

from harness.explore.audit.compare import is_same
from harness.explore.audit.found import Audited, Mismatch
from harness.explore.audit.narrow import Culprit, narrowed
from harness.explore.audit.pairs import Pair, draw, pairs_of, swapped
from harness.explore.audit.play import Interrupted, Player
from harness.explore.audit.sample import Kept, Sample
from harness.explore.audit.witness import mismatch
from harness.explore.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.audit.record import Record
    from harness.kernel import Engine

#: Pairs swapped if nobody says how many.
SWAPS = 1_000
#: From each schedule at first one step is walked, then two, and so on up to so many.
_WALK_MAX = 16
#: After so many mismatches an audit ends: there is enough to mend.
MISMATCHES_MAX = 5


@attrs.define(kw_only=True)
class Audit:
    """One audit: first it is offered the schedules of a search, then it runs.

    Attributes:
      subject: what is searched. The audit runs it under a free scheduler and with any stalls, as
        only there every order of independent steps is possible.
      seed: of what is drawn here, and nowhere else.
      swaps_max: how many pairs to swap; fewer, if all pairs that there are have been.
    """

    subject: Subject
    seed: int
    swaps_max: int = SWAPS
    sample: Sample = attrs.field(init=False)
    _random: Random = attrs.field(init=False)
    _seen: set[tuple[object, ...]] = attrs.field(factory=set, init=False)
    _found: dict[object, Mismatch] = attrs.field(factory=dict, init=False)
    _swaps: int = attrs.field(default=0, init=False)
    _schedules: set[int] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self.sample = Sample(self.seed)
        self._random = Random(f"audit {self.seed}")
        model = self.subject.model
        free = attrs.evolve(model, fairness="none", stall_s=inf if model.stall_s else 0.0)
        self.subject = attrs.evolve(self.subject, model=free)

    def offer(self, number: int, engine: Engine) -> None:
        """The run in the engine was the schedule with this number."""
        self.sample.offer(number, engine)

    def run(self) -> Audited:
        """Swap.

        Raises:
          Nondeterminism: equal orders come to different things.
        """
        started = time.perf_counter()
        with self.subject.kernel(self.seed, observed=True) as kernel:
            player = Player(self.subject, kernel)
            interrupted = False
            try:
                self._walk_all(player)
            except Interrupted:
                interrupted = True
        return Audited(
            swaps=self._swaps,
            pairs=len(self._seen),
            schedules=len(self._schedules),
            runs=player.runs,
            wall_s=time.perf_counter() - started,
            interrupted=interrupted,
            mismatches=tuple(self._found.values()),
        )

    def _walk_all(self, player: Player) -> None:
        """In turns, until there are enough swaps, or long walks show no pair that is new."""
        schedules = list(self.sample.schedules)
        length, known = 1, -1
        while length < _WALK_MAX or len(self._seen) > known:
            known = len(self._seen)
            for kept in list(schedules):
                if not self._walk(player, kept, length):
                    schedules.remove(kept)
                if self._is_over():
                    return
            length = min(2 * length, _WALK_MAX)

    def _is_over(self) -> bool:
        return self._swaps >= self.swaps_max or len(self._found) >= MISMATCHES_MAX

    def _walk(self, player: Player, kept: Kept, length: int) -> bool:
        """From a schedule to others of its class. False: nothing more can be learned from it."""
        record = player.follow(kept)
        began: Sequence[int] = range(0 if record is None else len(record))
        for _ in range(length):
            pairs = [] if record is None else pairs_of(record.events)
            if record is None or not pairs:
                return False
            if self._is_over():
                break
            drawn = draw(self._random, pairs, began)[: self.swaps_max - self._swaps]
            if not drawn:
                continue
            order = swapped(len(record), drawn)
            after = player.play([record.events[place] for place in order])
            if not after.is_steady:  # it taught something: what was recorded before is void
                record = player.follow(kept)
                began = range(len(began))
                continue
            self._schedules.add(kept.number)
            self._count(kept, record, drawn)
            if not is_same(record, after, order, drawn):
                self._report(player, kept, narrowed(player, record, drawn))
                return False
            record, began = after, [began[place] for place in order]
        return True

    def _count(self, kept: Kept, record: Record, drawn: Sequence[Pair]) -> None:
        self._swaps += len(drawn)
        turns: list[tuple[int, int]] = []
        counts: dict[int, int] = {}
        for event in record.events:
            counts[event.who] = counts.get(event.who, 0) + 1
            turns.append((event.who, counts[event.who]))
        for pair in drawn:
            one, other = sorted((turns[pair.begin], turns[pair.middle]))
            self._seen.add((kept.number, one, other))

    def _report(self, player: Player, kept: Kept, culprit: Culprit) -> None:
        found = mismatch(player, culprit, kept.number)
        key = frozenset((side.task, side.begins) for side in (found.first, found.second))
        self._found.setdefault(key, found)
