"""What fails for a moment only is found, though the order that shows it changes nothing else.

Properties have footprints too: two steps that write what one property reads are in conflict.
"""

from __future__ import annotations

from unittest import mock

import pytest

import harness
from harness.properties import Properties
from tests.quality.classes import census
from tests.quality.reduction import each, needs_reduction, reduced
from tests.quality.transient import PROGRAMS

every_program = pytest.mark.parametrize("program", PROGRAMS)
every_reduced = pytest.mark.parametrize("program", each(PROGRAMS))

#: Programs in which order makes a difference besides: a fault, and a decision about data.
_DIFFERENT = ("a_fault_between", "only_if_so_decided")


@every_program
def test_brute_force_finds_it(program: str) -> None:
    """But not in the first run, which takes every default."""
    result = harness.explore(PROGRAMS[program], strategy="dfs", schedules=5_000, shrink=False)

    assert result.complete
    assert [violation.first_seen > 1 for violation in result.violations] == [True]


@every_program
def test_only_the_property_makes_a_difference(program: str) -> None:
    """Without it, all interleavings are of one class."""
    if program in _DIFFERENT:
        pytest.skip("there are more reasons for several classes")
    with mock.patch.object(Properties, "always"):
        assert len(census(PROGRAMS[program]).classes) == 1


@needs_reduction
@every_reduced
def test_a_reduction_finds_it(program: str) -> None:
    """There is no false proof."""
    result = reduced(PROGRAMS[program])

    assert result.verdict == "violated"
    assert len(result.violations) == 1


@needs_reduction
@every_reduced
def test_a_reduction_proves_nothing_wrong_without_it(program: str) -> None:
    """What made the difference was the property."""
    with mock.patch.object(Properties, "always"):
        assert reduced(PROGRAMS[program]).verdict == "exhausted"
