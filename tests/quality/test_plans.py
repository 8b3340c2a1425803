"""What the harness says of a restart plan is what a person derives by hand."""

from __future__ import annotations

import pytest

from harness.explore.overlaps import overlaps
from tests.quality.plan_examples import EXAMPLES, Example
from tests.quality.plans_page import PAGE, asked, searched, shown


def test_there_are_at_least_twenty_and_the_telling_ones_among_them() -> None:
    """An announced fix that does nothing, and a plan that only a combination saves."""
    assert len({example.file for example in EXAMPLES}) >= 20
    assert any(one.plan.fixes and not one.safe for one in EXAMPLES)
    assert any(all(len(fixes) > 1 for fixes in one.smallest) for one in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.scenario}-{one.file}")
def test_the_verdict_is_the_derived_one(example: Example) -> None:
    """A plan that is safe is proved to be; of one that is not, a violation is found."""
    result = searched(example, example.plan.fixes, only_first=True)

    assert result.verdict == ("exhausted" if example.safe else "violated")


@pytest.mark.soak
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.scenario}-{one.file}")
def test_the_whole_answer_is_the_derived_one_and_the_pages(example: Example) -> None:
    """The smallest sets of fixes, all of them and no other; the overlap; and what the page shows."""
    result, advice = asked(example)

    assert {found.fixes for found in advice.smallest} == set(example.smallest)
    riskiest = overlaps(result.violations)[:1]
    meet = [{found.first.move, found.second.move} for found in riskiest]
    assert meet == ([] if example.meets is None else [set(example.meets)])
    assert shown(example, result, advice) in PAGE.read_text(encoding="utf-8")
