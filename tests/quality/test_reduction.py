"""The reduction makes exactly one run for each class, and none in vain.

Brute force counts the classes of the small programs in `test_classes`; the numbers of the larger ones
are from papers and other tools.
"""

from __future__ import annotations

import pytest

from tests.quality import known
from tests.quality.known import Known, by_name
from tests.quality.reduction import needs_reduction, reduced


def check(program: Known) -> None:
    """Explore all of a program, and compare with what is known."""
    result = reduced(program.body)

    assert result.complete
    assert result.classes == program.classes
    assert (result.blocked, result.redundant) == (0, 0)
    assert result.schedules == program.classes
    if program.deadlocks:
        assert result.verdict == "violated"
        assert [violation.seen for violation in result.violations] == [program.deadlocks]
    else:
        assert result.verdict == "exhausted"


@needs_reduction
@pytest.mark.parametrize("program", [*known.TINY, *known.SMALL, *known.MEDIUM], ids=by_name)
def test_one_run_for_each_class(program: Known) -> None:
    """In no time."""
    check(program)


@needs_reduction
@pytest.mark.soak
@pytest.mark.parametrize("program", known.LARGE, ids=by_name)
def test_so_it_is_with_many_thousands(program: Known) -> None:
    """The same for larger ones."""
    check(program)
