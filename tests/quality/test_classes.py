"""Brute force over small programs gives exactly the known number of classes.

The numbers are from the literature and from other tools: 2^N for readers, N! for writers, and so on.
They hold the footprints of cells and mutexes to what a reduction will rest on.
"""

from __future__ import annotations

from math import factorial

import pytest

from tests.quality import programs
from tests.quality.classes import census


@pytest.mark.parametrize(
    ("body", "classes"),
    [
        pytest.param(programs.readers(1), 2, id="readers(1)"),
        pytest.param(programs.readers(2), 4, id="readers(2)"),
        pytest.param(programs.readers(3), 8, id="readers(3)"),
        pytest.param(programs.writers(3), factorial(3), id="writers(3)"),
        pytest.param(programs.lost(2, 1), 4, id="lost(2,1)"),
        pytest.param(programs.lost(2, 2), 34, id="lost(2,2)"),
        pytest.param(programs.lost(3, 1), 36, id="lost(3,1)"),
        pytest.param(programs.increments(3, 1), 6, id="rmw(3,1)"),
        pytest.param(programs.increments(2, 2), 6, id="rmw(2,2)"),
        pytest.param(programs.locked(2, 1), 2, id="lockinc(2,1)"),
        pytest.param(programs.locked(3, 1), 6, id="lockinc(3,1)"),
        pytest.param(programs.last_zero(2), 5, id="lastzero(2)"),
        pytest.param(programs.cas_rotation(2), 2, id="casrot(2)"),
        pytest.param(programs.cas_rotation(3), 5, id="casrot(3)"),
        pytest.param(programs.cas_rotation(4), 14, id="casrot(4)"),
        pytest.param(programs.philosophers(2), 3, id="philosophers(2)"),
        pytest.param(programs.store_buffering(), 3, id="SB"),
        pytest.param(programs.message_passing(), 3, id="MP"),
        pytest.param(programs.load_buffering(), 3, id="LB"),
        pytest.param(programs.write_to_read_causality(), 7, id="WRC"),
        pytest.param(programs.reorder(1, 1), 4, id="reorder(1,1)"),
    ],
)
def test_every_interleaving_falls_into_one_of_the_known_classes(
    body: programs.Body, classes: int
) -> None:
    """Not one class more, which would be a footprint too wide; not one less: too narrow."""
    assert len(census(body).classes) == classes


@pytest.mark.soak
@pytest.mark.parametrize(
    ("body", "classes"),
    [
        pytest.param(programs.readers(4), 16, id="readers(4)"),
        pytest.param(programs.writers(4), factorial(4), id="writers(4)"),
        pytest.param(programs.last_zero(3), 12, id="lastzero(3)"),
        pytest.param(programs.philosophers(3), 7, id="philosophers(3)"),
        pytest.param(programs.independent_reads(), 15, id="IRIW"),
        pytest.param(programs.reorder(2, 1), 56, id="reorder(2,1)"),
    ],
)
def test_larger_programs_too(body: programs.Body, classes: int) -> None:
    """The same, where brute force takes minutes."""
    assert len(census(body).classes) == classes


def test_exactly_one_class_of_the_philosophers_deadlocks() -> None:
    """Each has the own fork and waits for the next."""
    found = census(programs.philosophers(2))
    assert len(found.failing) == 1
