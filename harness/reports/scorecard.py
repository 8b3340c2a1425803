"""The scorecard as a table: one row for each set of fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties import Scorecard
from harness.traces.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Characters of the names of properties in a row; where there are more, they stand below the table.
_NAMES_MAX = 24

NOTE = "Counts are of explored schedules, not probabilities."


@attrs.frozen(kw_only=True)
class Row:
    """What is known of one set of fixes.

    Attributes:
      fixes: their names; empty for the scenario as it is.
      verdict: "violated", "exhausted" or "inconclusive".
      schedules: executions run.
      complete: how many interleavings there are within the bounds, if all of them were among those;
        else None.
      classes: whether schedules stand for classes of interleavings.
      scorecard: what became of critical state.
      others: properties that were violated besides the use of corrupt state.
      surprise: what was expected instead, empty if nothing else was.
    """

    fixes: tuple[str, ...]
    verdict: str
    schedules: int
    complete: int | None
    scorecard: Scorecard
    classes: bool = False
    others: tuple[str, ...] = ()
    surprise: str = ""


def as_text(rows: Sequence[Row]) -> list[str]:
    """The rows in aligned columns, and the notes that go with them."""
    if not rows:
        return []
    names = list(dict.fromkeys(name for row in rows for name in row.others))
    marks = _marks(names)
    cells = [
        ("fixes", "verdict", "schedules", "corrupted", "worst cost", "outcome"),
        *(_cells(row, marks) for row in rows),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        terminal("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip()
        for row in cells
    ]
    legend = [terminal(f"{marks[name]} {name}") for name in names if marks[name] != name]
    return [*lines, *legend, NOTE, *_note_on_all(rows)]


def _marks(names: Sequence[str]) -> dict[str, str]:
    """What stands for each name in the table: the name itself where there is room."""
    if len("; ".join(names)) <= _NAMES_MAX:
        return {name: name for name in names}
    return {name: f"[{number}]" for number, name in enumerate(names, 1)}


def _note_on_all(rows: Sequence[Row]) -> list[str]:
    if any(row.classes and row.complete is not None for row in rows):
        return ["(all): one schedule of every class of equivalent interleavings."]
    if any(row.complete not in (None, row.schedules) for row in rows):
        return ["(all N): every one of N interleavings, each once; the others were random repeats."]
    return []


def _cells(row: Row, marks: Mapping[str, str]) -> tuple[str, ...]:
    card = row.scorecard
    all_ = "" if row.complete is None else f" (all {row.complete})"
    verdict = f"{row.verdict}!" if row.surprise else row.verdict
    return (
        "+".join(row.fixes) or "no fix",
        verdict,
        f"{row.schedules}{' (all)' if row.complete == row.schedules else all_}",
        str(card.corrupted),
        f"{card.cost_worst:,}" if card.cost_worst else "-",
        outcomes(card, [mark for name, mark in marks.items() if name in row.others]),
    )


def outcomes(card: Scorecard, others: Sequence[str] = ()) -> str:
    """Episodes by outcome in words; what has none is left out."""
    vacuous = f" ({card.vacuous} vacuous)" if card.vacuous else ""
    named = [
        (card.caught, f"caught {card.caught}"),
        (card.late, f"late {card.late}"),
        (card.passed, f"passed {card.passed}{vacuous}"),
        (card.escaped, f"escaped {card.escaped}"),
        (card.unused, f"unused {card.unused}"),
    ]
    words = [text for count, text in named if count]
    if others:
        words.append(f"also violated: {'; '.join(others)}")
    return ", ".join(words) or "nothing was corrupted"
