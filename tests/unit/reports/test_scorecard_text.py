"""The scorecard as a table that fits."""

from __future__ import annotations

import attrs

from harness.properties import Scorecard
from harness.reports.scorecard import Row, as_text

LONG = ("the index resumes and the mode reaches OK", "only the unhealthy are liquidated")


def row(*others: str, schedules: int = 5, complete: int | None = None) -> Row:
    """A row in which nothing was corrupted."""
    return Row(
        fixes=(),
        verdict="violated",
        schedules=schedules,
        complete=complete,
        scorecard=Scorecard(),
        others=others,
    )


def test_long_names_stand_below_the_table() -> None:
    """Whole, and each once; the rows have numbers for them, in one order."""
    _, first, second, *notes = as_text([row(*LONG), row(*reversed(LONG))])

    assert first.endswith("also violated: [1]; [2]")
    assert second == first
    assert notes[:2] == [f"[1] {LONG[0]}", f"[2] {LONG[1]}"]


def test_a_short_name_stands_in_its_row() -> None:
    """There is room for it."""
    assert as_text([row("tea is sold")])[1].endswith("also violated: tea is sold")


def test_every_interleaving_is_told_from_random_repeats() -> None:
    """465 schedules are not 465 interleavings."""
    all_, besides, note = as_text([row(complete=5)])[1], *as_text([row(complete=3)])[1::2]

    assert " 5 (all) " in all_
    assert " 5 (all 3) " in besides
    assert note.startswith("(all N): every one of N interleavings")


def test_a_class_is_not_an_interleaving() -> None:
    """A reduction counts other things."""
    row_of_classes = attrs.evolve(row(complete=5), classes=True)

    assert as_text([row_of_classes])[-1].startswith("(all): one schedule of every class")
