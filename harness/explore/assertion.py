"""From a result to an assertion that fails readably."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import BadBudget
from harness.reports import interleaving
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.explore.result import Result, Violation


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
        raise AssertionError(_violated(result, result.violations[0]))
    if result.unreached:
        raise AssertionError(f"never reached in any schedule: {', '.join(result.unreached)}")
    for what, schedules in result.undecided.items():
        raise AssertionError(f"undecided in {schedules} schedules: {what}")
    proven = result.verdict == "exhausted"
    if require == "exhausted" and not proven:
        raise AssertionError(
            f"no violation in {result.schedules} schedules of {result.scenario}, but that is no "
            "proof; give it more time, or a smaller model"
        )
    if _is_count(require) and not proven and result.schedules < int(str(require)):
        raise AssertionError(
            f"only {result.schedules} schedules of {result.scenario} were run, {require} required"
        )


def _is_count(require: object) -> bool:
    return isinstance(require, int) and not isinstance(require, bool) and require >= 1


def _violated(result: Result, violation: Violation) -> str:
    """The failure as a person reads it: what, in which order, and how to see it again."""
    hidden = DEFAULT_REDACTOR.text
    lines = [f"{result.scenario}: {hidden(violation.property)}", f"  {hidden(violation.message)}"]
    lines += interleaving.as_text(interleaving.interleaving(violation.trace))
    if violation.decided_by is not None:
        lines.append(f"  decided by {violation.decided_by.first}")
        lines.append(f"      before {violation.decided_by.second}")
    options = "".join(f"{name}={value}, " for name, value in result.options.given().items())
    lines.append(
        f"  again: harness.explore(..., strategy={result.strategy!r}, {options}seed={result.seed}, "
        f"schedules={violation.first_seen})"
    )
    return "\n".join(lines)
