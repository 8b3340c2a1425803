"""How many classes can be reached with at most so many preemptions.

A preemption is a switch away from a task that could have gone on; one that is blocked at the end of
its step is not preempted. Brute force says it of each class: the fewest over its interleavings.
"""

from __future__ import annotations

import pytest

from tests.quality import programs
from tests.quality.classes import within_preemptions
from tests.quality.reduction import needs_reduction, reduced

ROWS = [
    pytest.param(programs.lost(2, 1), [2, 4], id="lost(2,1)"),
    pytest.param(programs.lost(3, 1), [6, 24, 36], id="lost(3,1)"),
    pytest.param(programs.lost(2, 2), [2, 8, 22, 32, 34], id="lost(2,2)"),
    pytest.param(programs.lost(2, 3), [2, 12, 56, 132, 236, 304, 326, 328], id="lost(2,3)"),
    pytest.param(programs.philosophers(3), [6, 7], id="philosophers(3)"),
    pytest.param(programs.two_stage(1, 1), [2, 3], id="twostage(1,1)"),
    pytest.param(programs.lost(4, 1), [24, 168, 432, 576], id="lost(4,1)"),
    pytest.param(programs.reorder(3, 1), [24, 186, 612, 1098, 1248], id="reorder(3,1)"),
]


@pytest.mark.parametrize(("body", "counts"), ROWS)
def test_brute_force_counts_the_classes_within_so_many_preemptions(
    body: programs.Body, counts: list[int]
) -> None:
    """Every class needs some number, and none is left out."""
    assert within_preemptions(body) == counts


#: Of this one there are too many interleavings to try.
ONLY_REDUCED = pytest.param(programs.last_zero(4), [28], id="last_zero(4)")


@needs_reduction
@pytest.mark.parametrize(("body", "counts"), [*ROWS, ONLY_REDUCED])
def test_a_bounded_reduction_counts_the_same(body: programs.Body, counts: list[int]) -> None:
    """For every bound up to the one that leaves nothing out."""
    found = [reduced(body, preemption_bound=bound).classes for bound in range(len(counts))]

    assert found == counts


@needs_reduction
@pytest.mark.parametrize(("body", "counts"), ROWS[:5])
def test_a_bound_beyond_finds_nothing_more(body: programs.Body, counts: list[int]) -> None:
    """All classes are within the last bound that is told."""
    assert reduced(body, preemption_bound=len(counts)).classes == counts[-1]
