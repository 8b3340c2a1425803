"""The summary of a job in Markdown: a table of what was run, and each failure with its interleaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.traces.escape import html, markdown, markdown_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.reports.checks import Check, Failing, Report

#: GitHub takes no summary of more than 1 MiB, and nobody reads as much.
BYTES_MAX = 500_000
ROWS_MAX = 500
FAILURES_MAX = 20
TEXT_MAX = 8_000

_MARKS = {"passed": "✅", "failed": "❌", "inconclusive": "❔", "interrupted": "⏹"}


def as_markdown(report: Report) -> str:
    """The summary, no longer than it may be."""
    blocks = [_head(report), _table(report), *_failures(report)]
    kept: list[str] = []
    size = 0
    for block in blocks:
        size += len(block.encode())
        if size > BYTES_MAX:
            kept.append("More is in the reports.\n")
            break
        kept.append(block)
    return "\n".join(kept) + "\n"


def _head(report: Report) -> str:
    error = f"\n{markdown(report.error[:TEXT_MAX])}\n" if report.error else ""
    return f"### harness: {markdown(report.outcome)} (seed {report.seed})\n{error}"


def _table(report: Report) -> str:
    rows = ["| | scenario | fixes | verdict | schedules |", "|---|---|---|---|--:|"]
    for check in report.checks[:ROWS_MAX]:
        name = markdown_code(f"{check.file}::{check.name}"[:TEXT_MAX])
        what = markdown_code(check.stored[:TEXT_MAX]) if check.stored else name
        fixes = markdown("+".join(check.fixes) or "no fix")
        verdict = markdown(check.verdict[:TEXT_MAX])
        cells = (_MARKS[check.state], what, fixes, verdict, str(check.schedules))
        rows.append(f"| {' | '.join(cells)} |")
    more = len(report.checks) - ROWS_MAX
    rows += [f"\n{more} more.\n"] if more > 0 else [""]
    return "\n".join(rows) if report.checks else ""


def _failures(report: Report) -> Iterator[str]:
    found = [(check, one) for check in report.checks for one in check.news]
    for check, one in found[:FAILURES_MAX]:
        yield _failure(check, one)
    for check in report.checks:
        if check.said and check.state != "passed" and not check.news:
            yield f"**{markdown(check.title)}**: {markdown(check.said[:TEXT_MAX])}\n"
    if len(found) > FAILURES_MAX:
        yield f"{len(found) - FAILURES_MAX} more failures.\n"


def _failure(check: Check, found: Failing) -> str:
    lines = "\n".join([found.message, *found.shown])[:TEXT_MAX]
    replay = f"\nReplay it: {markdown_code(found.replay)}\n" if found.replay else ""
    # A blank line would end some kinds of HTML block, and let what follows be Markdown; not this one.
    return (
        f"#### {markdown(check.title)}: {markdown(found.property[:TEXT_MAX])}\n\n"
        f"<pre>\n{html(lines)}\n</pre>\n{replay}"
    )
