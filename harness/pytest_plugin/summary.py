"""How much was explored: noted with each test's report, added up at the end, by whichever worker."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

SCHEDULES = "harness_schedules"
VERDICT = "harness_verdict"

#: From the best to the worst.
VERDICTS = ("exhausted", "inconclusive", "violated")


def summary_line(terminal: pytest.TerminalReporter) -> str | None:
    """What was explored in all; None if nothing was."""
    schedules, verdicts = 0, Counter[str]()
    for reports in terminal.stats.values():
        for report in reports:
            noted = dict(getattr(report, "user_properties", ()))
            if getattr(report, "when", "") == "call" and VERDICT in noted:
                schedules += int(str(noted[SCHEDULES]))
                verdicts[str(noted[VERDICT])] += 1
    if not verdicts:
        return None
    counts = ", ".join(f"{verdicts[name]} {name}" for name in reversed(VERDICTS) if verdicts[name])
    return f"harness: {verdicts.total()} explored ({counts}), {schedules:,} schedules"
