"""From a result to an assertion that fails readably."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import BadBudget
from harness.reports import interleaving
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.explore.result import Result, Violation
    from harness.traces import Trace


def check_requirement(require: str | int | None) -> None:
    """A requirement is one that there is.

    Raises:
      BadBudget: it is neither "exhausted" nor a number of at least 1.
    """
    __tracebackhide__ = True
    if require is not None and require != "exhausted" and not _is_count(require):
        raise BadBudget("require", require, '"exhausted" or a number of schedules, at least 1')


def check_safe(result: Result, require: str | int | None) -> None:
    """Raise AssertionError unless nothing was violated and the evidence is what was required."""
    __tracebackhide__ = True
    if result.violations:
        raise AssertionError(violated(result, result.violations[0]))
    check_evidence(result, require)


def check_evidence(result: Result, require: str | int | None) -> None:
    """Raise AssertionError where a search that found nothing gives less evidence than a pass needs."""
    __tracebackhide__ = True
    check_whole(result)
    check_hollow(result.never_struck, result.unreached)
    check_searched(result, require)


def check_whole(result: Result) -> None:
    """Raise AssertionError if no schedule came to its end."""
    __tracebackhide__ = True
    if result.cut and result.cut == result.schedules:
        raise AssertionError(
            f"every schedule was cut at {result.bounds['steps_max']} steps and proves nothing (a "
            f"livelock?); busiest: {result.cut_where}"
        )


def check_hollow(never_struck: Sequence[str], unreached: Sequence[str]) -> None:
    """Raise AssertionError if what was to happen in some schedule never did."""
    __tracebackhide__ = True
    if never_struck:
        raise AssertionError(f"never struck in any schedule: {', '.join(never_struck)}")
    if unreached:
        raise AssertionError(f"never reached in any schedule: {', '.join(unreached)}")


def check_searched(result: Result, require: str | int | None) -> None:
    """Raise AssertionError if a check had no answer, or less was searched than is required."""
    __tracebackhide__ = True
    for what, schedules in result.undecided.items():
        raise AssertionError(f"undecided in {schedules} schedules: {what}")
    if result.complete:
        return
    if require == "exhausted":
        raise AssertionError(
            f"no violation in {result.schedules} schedules of {result.scenario}, but that is no "
            "proof; give it more time, or a smaller model"
        )
    if _is_count(require) and result.schedules < int(str(require)):
        raise AssertionError(
            f"only {result.schedules} schedules of {result.scenario} were run, {require} required"
        )


def _is_count(require: object) -> bool:
    return isinstance(require, int) and not isinstance(require, bool) and require >= 1


def violated(result: Result, violation: Violation, again: Sequence[str] = ()) -> str:
    """The failure as a person reads it: what, in which order, and how to see it again.

    Args:
      again: lines that say how; without any, the call that finds it once more.
    """
    lines = account(result.scenario, violation.property, violation.message, violation.trace)
    if violation.decided_by is not None:
        lines.append(f"  decided by {violation.decided_by.first}")
        lines.append(f"      before {violation.decided_by.second}")
    options = "".join(f"{name}={value}, " for name, value in result.options.given().items())
    call = (
        f"again: harness.explore(..., strategy={result.strategy!r}, {options}seed={result.seed}, "
        f"schedules={violation.first_seen})"
    )
    return "\n".join([*lines, *(f"  {line}" for line in again or (call,))])


def account(scenario: str, what: str, message: str, trace: Trace) -> list[str]:
    """The lines about a failing run: what was violated, and the interleaving that did it."""
    hidden = DEFAULT_REDACTOR.text
    lines = [f"{scenario}: {hidden(what)}", *(f"  {line}" for line in hidden(message).split("\n"))]
    return lines + interleaving.as_text(interleaving.interleaving(trace))
