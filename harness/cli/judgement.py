"""From what was found to the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.cli.engine import Expectation
from harness.cli.exit_codes import ExitCode
from harness.cli.reading import Require

if TYPE_CHECKING:
    from harness.explore import Result


def is_failure(result: Result, expected: Expectation | None) -> bool:
    """Whether something came out that was not to: a violation, or an expected one that did not.

    A violation that was expected is no failure. That it was not found is one even when the search
    was inconclusive: the scenario says that it is there. What the scenario's own main raised, if it is
    no assertion, is not what it expects, but an error that may have come before.
    """
    if expected == "violated":
        return all(found.by_scenario for found in result.violations)
    return bool(result.violations)  # without any left, all of them were known


def is_short(result: Result, require: Require | None) -> bool:
    """Whether a search that found no violation gives less evidence than a pass needs.

    A proof is more than any number of schedules. A point that must be reached and never was makes
    every pass hollow, whatever was asked for; and so do a fault that might have struck and never did, a check
    that gave no answer, and a step limit that cut every schedule.
    """
    if result.verdict in ("violated", "exhausted"):
        return False
    if (
        result.unreached
        or result.never_struck
        or result.undecided
        or result.cut == result.schedules
    ):
        return True
    if require is None:
        return False
    return require == "exhausted" or result.schedules < require


def mismatch(result: Result) -> ExitCode | None:
    """What a mismatch that an audit found comes to: ours is worse than the user's; None without one."""
    if result.audit is None or result.audit.is_clean:
        return None
    ours = any(found.is_ours for found in result.audit.mismatches)
    return ExitCode.INTERNAL if ours else ExitCode.VIOLATION


def judge(
    results: Sequence[tuple[Result, Expectation | None]], require: Require | None
) -> ExitCode:
    """The exit code of a whole suite. An interrupt comes first: the suite is not complete."""
    if any(result.interrupted for result, _ in results):
        return ExitCode.INTERRUPTED
    audited = [mismatch(result) for result, _ in results]
    if ExitCode.INTERNAL in audited:
        return ExitCode.INTERNAL
    if ExitCode.VIOLATION in audited:
        return ExitCode.VIOLATION
    if any(is_failure(result, expected) for result, expected in results):
        return ExitCode.VIOLATION
    if any(is_short(result, require) for result, _ in results):
        return ExitCode.INCONCLUSIVE
    return ExitCode.EXPECTED
