"""JUnit XML, which every CI system reads: a test case for each search and each stored failure."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from harness.traces.escape import xml_characters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.reports.checks import Check, Report


def as_bytes(report: Report) -> bytes:
    """The document, in UTF-8."""
    document = JUnitXml("harness")
    stored = [check for check in report.checks if check.stored]
    searches = [check for check in report.checks if not check.stored]
    for name, checks in (("stored failures", stored), ("searches", searches)):
        if checks:
            document.add_testsuite(_suite(name, checks, report))
    if report.error:
        suite = TestSuite("harness")
        case = TestCase("run", "harness", 0.0)
        case.result = [_of(Error, report.error, "error", report.error)]
        suite.add_testcase(case)
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    file = io.BytesIO()
    document.write(file, pretty=True)
    return file.getvalue()


def _suite(name: str, checks: Sequence[Check], report: Report) -> TestSuite:
    suite = TestSuite(name)
    suite.add_property("seed", str(report.seed))
    suite.add_property("harness", _text(report.version))
    for check in checks:
        suite.add_testcase(_case(check))
    return suite


def _case(check: Check) -> TestCase:
    case = TestCase(_text(check.title), _text(check.file), round(check.wall_s, 3))
    case.result = [*_results(check)]
    known = [f"known: {found.property}" for found in check.failing if found.known]
    case.system_out = _text("\n".join([check.verdict, *known, *_replays(check)]))
    return case


def _results(check: Check) -> list[Failure | Skipped]:
    if check.state == "interrupted":
        return [_of(Skipped, "interrupted", "interrupted", "")]
    if check.state == "inconclusive":
        return [_of(Failure, check.said or check.verdict, "inconclusive", check.verdict)]
    found = [
        _of(
            Failure, one.property, "violation", "\n".join([one.message, "", *one.shown, one.replay])
        )
        for one in check.news
    ]
    if check.state == "failed" and not found:
        found = [_of(Failure, check.said, "surprise", check.verdict)]
    return found


def _of(kind: type, message: str, type_: str, text: str) -> Failure | Skipped:
    made: Failure | Skipped = kind(_text(message), type_)
    made.text = _text(text)
    return made


def _replays(check: Check) -> list[str]:
    return [found.replay for found in check.failing if found.replay]


def _text(text: str) -> str:
    """What XML can hold; the library escapes what has a meaning in it."""
    return xml_characters(text)
