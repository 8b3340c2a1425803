"""Which moves of a restart plan meet in a failure: whose steps the deciding pair was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.explore.moved import Moved, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.explore.result import Violation


@attrs.frozen
class Overlap:
    """Two parts of a plan whose order decides a failure.

    Attributes:
      first, second: the failure needs a step of `first` to come before one of `second`.
      seen: how many violations this pair decides: each property counts, in each schedule that showed it.
    """

    first: Part
    second: Part
    seen: int


def overlaps(violations: Iterable[Violation]) -> list[Overlap]:
    """The overlaps behind these failures, the one that most schedules showed first.

    Failures that no single pair of steps decides are not among them. The same run may violate several
    properties: it counts once for each.
    """
    found: dict[tuple[Part, Part], int] = {}
    for violation in violations:
        if violation.decided_by is not None:
            events = violation.trace.events
            moved = Moved.of((event.step, event.who, event.text, event.tag) for event in events)
            first, second = violation.decided_by.first, violation.decided_by.second
            # The later step of a pair is counted in another run.
            pair = (moved.part(first.who, first.step), moved.part(second.who, second.step))
            found[pair] = found.get(pair, 0) + violation.seen
    made = [Overlap(first, second, seen) for (first, second), seen in found.items()]
    return sorted(made, key=lambda overlap: -overlap.seen)
