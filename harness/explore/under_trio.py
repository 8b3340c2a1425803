"""Whether a failure that a free scheduler found also happens under Trio's batches."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice
from typing import TYPE_CHECKING

import attrs

from harness.explore.follow import Lenient
from harness.explore.linearise import Linearisations, Order, RandomLinearisations
from harness.explore.strategies import RandomWalk
from harness.explore.subject import Finding, Subject
from harness.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.kernel import Choice, Chooser

#: Where a failure of the kind is known already.
QUICK_RUNS = 3

#: Runs of the failing class that are tried one after the other, those at random, and runs of any class.
IN_TURN_RUNS = 100
AT_RANDOM_RUNS = 100
ANY_RUNS = 200


@attrs.frozen
class UnderBatches:
    """Looks for a run of a kernel that keeps Trio's batches and fails; that is its last run then."""

    subject: Subject
    kernel: Kernel
    fails: Callable[[Finding], bool]
    seed: int

    def find(self, schedule: Sequence[Choice], order: Order, *, quick: bool = False) -> bool:
        """The schedule itself, as far as batches let it be followed; then others of its class."""
        choosers = chain([Lenient(schedule)], self._of_class(order))
        return any(
            self.fails(self.subject.run(self.kernel, chooser))
            for chooser in (islice(choosers, QUICK_RUNS) if quick else choosers)
        )

    def _of_class(self, order: Order) -> Iterator[Chooser]:
        in_turn = Linearisations(order)
        yield in_turn
        for _ in range(IN_TURN_RUNS - 1):
            if not in_turn.more():
                return
            yield in_turn
        at_random = RandomLinearisations(order, self.seed)
        for _ in range(AT_RANDOM_RUNS):
            at_random.more()
            yield at_random

    def find_any(self) -> bool:
        """Random runs, of whatever class."""
        walk = RandomWalk(self.seed)
        return any(self.fails(self.subject.run(self.kernel, walk)) for _ in range(ANY_RUNS))
