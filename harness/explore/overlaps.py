"""Which moves of a restart plan meet in a failure: whose steps the deciding pair was.

A step belongs to the move that started its process, or, in one that was up before the plan, to the move
that asked it to stop. A step of the scenario's main belongs to the move that it was making.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from harness.world.fleet import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.explore.decide import Deed
    from harness.explore.result import Violation
    from harness.traces import Trace

_MOVE = re.compile(r"move (\d+) (begins|is done)")
_LIFE = re.compile(r"(start|terminate|kill) (.+#\d+)")


@attrs.frozen
class Part:
    """One side of an overlap.

    Attributes:
      process: the incarnation, "funding#2", or the scenario's main.
      move: number of the move it belongs to, from 1; None for what no move touched.
      role: what the move does to the process: "starts", "stops" or "makes" (the main itself).
    """

    process: str
    move: int | None = None
    role: str = ""


@attrs.frozen
class Overlap:
    """Two parts of a plan whose order decides a failure.

    Attributes:
      first, second: the failure needs a step of `first` to come before one of `second`.
      seen: how many schedules showed failures that this pair decides.
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
            lives = _Lives.of(violation.trace)
            pair = (
                lives.part(violation.decided_by.first),
                lives.part(violation.decided_by.second),
            )
            found[pair] = found.get(pair, 0) + violation.seen
    made = [Overlap(first, second, seen) for (first, second), seen in found.items()]
    return sorted(made, key=lambda overlap: -overlap.seen)


@attrs.frozen
class _Lives:
    """Who was moved by which move in a recorded run.

    Attributes:
      started, stopped: of incarnations, the number of the move.
      made: the steps at which a task of the main began a move, with its number.
    """

    started: dict[str, int]
    stopped: dict[str, int]
    made: dict[str, list[tuple[int, int | None]]]

    @classmethod
    def of(cls, trace: Trace) -> _Lives:
        """What the events of a run say."""
        lives = cls({}, {}, {})
        now: dict[str, int | None] = {}
        for event in trace.events:
            moved = _MOVE.match(event.text) if event.tag == PLAN else None
            if moved:
                now[event.who] = int(moved[1]) if moved[2] == "begins" else None
                lives.made.setdefault(event.who, []).append((event.step, now[event.who]))
                continue
            lived = _LIFE.fullmatch(event.text)
            number = now.get(event.who)
            if lived and number is not None:
                kind = lives.started if lived[1] == "start" else lives.stopped
                kind.setdefault(lived[2], number)
        return lives

    def part(self, deed: Deed) -> Part:
        """Whose step it was."""
        process = deed.who.partition("/")[0]
        if process in self.started:
            return Part(process, self.started[process], "starts")
        if process in self.stopped:
            return Part(process, self.stopped[process], "stops")
        number = None
        for step, move in self.made.get(deed.who, ()):
            if step <= deed.step:
                number = move
        return Part(process, number, "makes" if number else "")
