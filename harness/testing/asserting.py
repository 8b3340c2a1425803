"""Within a plain test: explore something, and assert about what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError
from harness.explore import explore
from harness.explore.assertion import check_requirement, check_safe

if TYPE_CHECKING:
    from types import TracebackType

    from harness.explore import Result, Scenario, Violation
    from harness.explore.scenario import Body


def find_violation(target: Scenario | Body, **options: Any) -> Violation | None:
    """The first violation of an exploration with these options, or None if it found none.

    Options are those of `harness.explore`.

    Raises:
      HarnessError: as `harness.explore`.
    """
    __tracebackhide__ = True
    violations = _explored(target, options).violations
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
    __tracebackhide__ = True  # pytest: a failure is shown at the line of the test
    check_requirement(require)
    result = _explored(target, options)
    check_safe(result, require)
    return result


def _explored(target: Scenario | Body, options: dict[str, Any]) -> Result:
    """Explore up to the first violation; an error shows the caller's own code, not ours."""
    __tracebackhide__ = True
    try:
        return explore(target, stop_at_first=True, **options)
    except HarnessError as error:
        raise error.with_traceback(_callers_own(error.__traceback__)) from error.__cause__


def _callers_own(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of the harness and of Trio."""
    if traceback is None:
        return None
    rest = _callers_own(traceback.tb_next)
    if traceback.tb_frame.f_globals.get("__name__", "").partition(".")[0] in ("harness", "trio"):
        return rest
    traceback.tb_next = rest
    return traceback
