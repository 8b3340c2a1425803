"""Who is moved by which move of a restart plan, in a recorded run.

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

_MOVE = re.compile(r"move (\d+) (begins|is done)")
_LIFE = re.compile(r"(start|terminate|kill) (.+#\d+)")


@attrs.frozen
class Part:
    """One side of an overlap.

    Attributes:
      task: whose step it is, "funding#2/load", or "main" and the tasks of it that make a move.
      move: number of the move it belongs to, from 1; None for what no move touched.
      role: what the move does to the task's process: "starts", "stops" or "makes" (main).
    """

    task: str
    move: int | None = None
    role: str = ""


@attrs.frozen
class Moved:
    """Who was moved by which move in a recorded run.

    Attributes:
      started, stopped: of incarnations, the number of the move.
      made: the steps at which a task of the main began a move, with its number.
    """

    started: dict[str, int]
    stopped: dict[str, int]
    made: dict[str, list[tuple[int, int | None]]]

    @classmethod
    def of(cls, lines: Iterable[tuple[int, str, str, str | None]]) -> Moved:
        """What the lines for people say: step, who, text and tag of each."""
        moved = cls({}, {}, {})
        now: dict[str, int | None] = {}
        for step, who, text, tag in lines:
            made = _MOVE.match(text) if tag == PLAN else None
            if made:
                now[who] = int(made[1]) if made[2] == "begins" else None
                moved.made.setdefault(who, []).append((step, now[who]))
                continue
            lived = _LIFE.fullmatch(text)
            number = now.get(who)
            if lived and number is not None:
                kind = moved.started if lived[1] == "start" else moved.stopped
                kind.setdefault(lived[2], number)
        return moved

    def part(self, who: str, at: int) -> Part:
        """Whose step it was that a task took, as the step with this number or near it."""
        process = who.partition("/")[0]
        if process in self.started:
            return Part(who, self.started[process], "starts")
        if process in self.stopped:
            return Part(who, self.stopped[process], "stops")
        made = self.made.get(who, [])
        numbers = list(dict.fromkeys(move for _, move in made if move is not None))
        # A task that does nothing but one move needs no count.
        number = numbers[0] if len(numbers) == 1 and "/" in who else None
        if number is None and numbers:
            number = next((move for step, move in reversed(made) if step <= at), None)
        return Part(who, number, "makes" if number else "")
