"""GitHub's annotations: a failure shown at its line in the changes of a pull request.

A command is a line of the log, so whoever can put a line into it can give one. What a scenario says is
escaped for that (`harness.traces.escape`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.reports.checks import Place
from harness.traces.escape import annotation, annotation_property

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.reports.checks import Check, Report

#: GitHub shows no more of a step.
SHOWN_MAX = 10
#: And no longer ones.
TEXT_MAX = 4_000


def lines(report: Report) -> list[str]:
    """The commands, one a line; those that are shown at all."""
    return [*_errors(report)][:SHOWN_MAX]


def _errors(report: Report) -> Iterator[str]:
    if report.error:
        yield f"::error title=harness::{annotation(report.error[:TEXT_MAX])}"
    for check in report.checks:
        start = Place(file=check.file, line=check.line)
        for found in check.news:
            place = found.places[0] if found.places else start
            text = f"{found.property}\n{found.message}\n{found.replay}"
            yield _error(place, check, text)
        if check.state in ("failed", "inconclusive") and not check.news:
            yield _error(start, check, check.said or check.verdict)


def _error(place: Place, check: Check, text: str) -> str:
    properties = {"file": place.file, "line": str(place.line), "title": check.title}
    written = ",".join(
        f"{name}={annotation_property(value[:TEXT_MAX])}" for name, value in properties.items()
    )
    return f"::error {written}::{annotation(text[:TEXT_MAX])}"
