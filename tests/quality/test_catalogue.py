"""Each kind of fault finds the bug that it is there for; without it there is none."""

from __future__ import annotations

import pytest

from harness.world.faults import KINDS
from tests.quality.catalogue import CATALOGUE, Entry
from tests.quality.catalogue.hunt import SCHEDULES_MAX, first_seen, median_of, without_it
from tests.quality.catalogue.page import SEEDS, beginning, shown, table

ENTRIES = [pytest.param(entry, id=kind) for kind, entry in CATALOGUE.items()]


def test_there_is_a_service_for_each_kind_of_fault() -> None:
    """And no other."""
    assert CATALOGUE.keys() == KINDS.keys()


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_bug_is_found_with_the_fault_and_there_is_none_without(entry: Entry) -> None:
    """By the default strategy, and by the reduction, which then proves that there is none."""
    assert first_seen(entry, seed=0) <= SCHEDULES_MAX
    assert first_seen(entry, seed=0, strategy="dpor") <= SCHEDULES_MAX
    without = without_it(entry)
    assert without.verdict == ("inconclusive" if without.never_struck else "exhausted")
    assert without.complete
    assert not without.violations


def test_the_table_is_about_these_services() -> None:
    """`python -m tests.quality.catalogue` makes it anew."""
    rows = shown().splitlines()[2:]
    assert len(rows) == len(CATALOGUE)
    for row, entry in zip(rows, CATALOGUE.values(), strict=True):
        assert row.startswith(beginning(entry))
        assert "exhausted" in row


@pytest.mark.soak
@pytest.mark.parametrize("entry", ENTRIES)
def test_the_bug_is_found_in_the_median_over_many_seeds(entry: Entry) -> None:
    """Within what a search of a few seconds makes."""
    assert median_of(entry, SEEDS) <= SCHEDULES_MAX


@pytest.mark.soak
def test_the_table_shows_what_comes_out() -> None:
    """To the last figure."""
    assert shown() == table()
