"""For tests: look for a race in a plain test function, and fail with the interleaving in the message.

from harness.testing import assert_safe, find_violation

def test_the_counter_loses_nothing() -> None:
    assert_safe(two_increments, strategy="dfs", require="exhausted")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.explore import explore
from harness.explore.assertion import check_requirement, check_safe

if TYPE_CHECKING:
    from harness.explore import Result, Scenario, Violation
    from harness.explore.scenario import Body

__all__ = ["assert_safe", "find_violation"]


def find_violation(target: Scenario | Body, **options: Any) -> Violation | None:
    """The first violation of an exploration with these options, or None if it found none.

    Options are those of `harness.explore`.

    Raises:
      HarnessError: as `harness.explore`.
    """
    violations = explore(target, stop_at_first=True, **options).violations
    return violations[0] if violations else None


def assert_safe(
    target: Scenario | Body, *, require: str | int | None = None, **options: Any
) -> Result:
    """Explore, and fail the test with the shrunk interleaving if anything is violated.

    Args:
      target: a scenario or an async function, as for `harness.explore`.
      require: what a pass needs: "exhausted" for a proof, or a least number of schedules. An
        inconclusive exploration without it passes; its result says how far it went.
      options: those of `harness.explore`.

    Raises:
      AssertionError: a violation, with the interleaving; or less evidence than required.
      HarnessError: as `harness.explore`.
    """
    check_requirement(require)
    result = explore(target, stop_at_first=True, **options)
    check_safe(result, require)
    return result
