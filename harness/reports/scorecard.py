"""The scorecard as a table: one row for each set of fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.properties import Scorecard
from harness.traces.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Characters of a property's name in the table; the failure itself names it whole.
_NAME_MAX = 20

NOTE = "Counts are of explored schedules, not probabilities."


@attrs.frozen(kw_only=True)
class Row:
    """What is known of one set of fixes.

    Attributes:
      fixes: their names; empty for the scenario as it is.
      verdict: "violated", "exhausted" or "inconclusive".
      schedules: executions run.
      complete: whether they were all there are, within the bounds.
      scorecard: what became of critical state.
      others: properties that were violated besides the use of corrupt state.
      surprise: what was expected instead, empty if nothing else was.
    """

    fixes: tuple[str, ...]
    verdict: str
    schedules: int
    complete: bool
    scorecard: Scorecard
    others: tuple[str, ...] = ()
    surprise: str = ""


def as_text(rows: Sequence[Row]) -> list[str]:
    """The rows in aligned columns, and the note that goes with every scorecard."""
    if not rows:
        return []
    cells = [
        ("fixes", "verdict", "schedules", "corrupted", "worst cost", "outcome"),
        *map(_cells, rows),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        terminal("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip()
        for row in cells
    ]
    return [*lines, NOTE]


def _cells(row: Row) -> tuple[str, ...]:
    card = row.scorecard
    count = f"{row.schedules}{' (all)' if row.complete else ''}"
    verdict = f"{row.verdict}!" if row.surprise else row.verdict
    return (
        "+".join(row.fixes) or "no fix",
        verdict,
        count,
        str(card.corrupted),
        f"{card.cost_worst:,}" if card.cost_worst else "-",
        outcomes(card, row.others),
    )


def _short(name: str) -> str:
    """A property's name, cut where it would make the table hard to read."""
    return name if len(name) <= _NAME_MAX else f"{name[: _NAME_MAX - 3].rstrip()}..."


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
        words.append(f"also violated: {'; '.join(map(_short, others))}")
    return ", ".join(words) or "nothing was corrupted"
