"""How good a reduction's word on what is left is, on programs of which the classes are known.

Part of `bench_estimates`. Nothing is left to chance in such a search, so there are no seeds: one search
is looked at in up to 200 places on its way, evenly spaced over its classes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import attrs

from harness.explore.estimate import Remaining
from harness.explore.strategies import Dpor
from harness.explore.subject import Subject
from tests.quality import programs

PLACES = 200
SUBJECTS: dict[str, programs.Body] = {
    "lost(2,2)": programs.lost(2, 2),
    "lost(3,1)": programs.lost(3, 1),
    "lost(2,3)": programs.lost(2, 3),
    "reorder(2,1)": programs.reorder(2, 1),
    "reorder(3,1)": programs.reorder(3, 1),
    "last_zero(7)": programs.last_zero(7),
    "readers(8)": programs.readers(8),
    "casrot(6)": programs.cas_rotation(6),
}


@attrs.frozen
class Place:
    """What a search said after so many classes."""

    classes: int
    said: Remaining


def places(subject: Subject) -> tuple[list[Place], int]:
    """What was said after each class but the last, and how many there are."""
    strategy, found = Dpor(), list[Place]()
    with subject.kernel(0, observed=True) as kernel:
        strategy.attach(partial(kernel.run, subject.body, auditing=False))
        while strategy.more():
            kernel.run(subject.body, strategy)
            strategy.finished(kernel.engine)
            said = strategy.remaining() if strategy.more() else None
            if said is not None:
                found.append(Place(strategy.classes, said))
    return found[:: 1 + len(found) // PLACES], strategy.classes


def table(scenarios: dict[str, Any], subject_of: Any, quality: Any) -> Iterator[str]:
    """The first quarter of each search, the rest of it, and what came out.

    Args:
      scenarios: besides the programs.
      subject_of: how to run one.
      quality: estimate over truth and the share of intervals that held the truth, as two cells.
    """
    yield "| | classes | the first quarter | inside | the rest | inside | all | inside |"
    yield "|---|--:|---|--:|---|--:|---|--:|"
    for name, body in (SUBJECTS | scenarios).items():
        found, classes = places(subject_of(body))
        early = [one for one in found if 4 * one.classes < classes]
        late = found[len(early) :]
        cells = [quality(_against(part, classes)) for part in (early, late, found)]
        yield f"| {name} | {classes:,} | {' | '.join(cells)} |"
        print(f"{name}, reduced", file=sys.stderr)


def _against(found: Sequence[Place], classes: int) -> list[tuple[Remaining, int]]:
    return [(one.said, classes - one.classes) for one in found]
