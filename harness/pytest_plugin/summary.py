"""How much was explored: noted with each test's report, added up at the end, by whichever worker."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import pytest

    from harness.explore import Result

SCHEDULES = "harness_schedules"
VERDICT = "harness_verdict"

_ORDER = ("exhausted", "inconclusive", "violated")


@attrs.define
class Tally:
    """The searches of one test: several under `@given`."""

    schedules: int = 0
    verdicts: list[str] = attrs.field(factory=list)

    def add(self, result: Result) -> None:
        """One search more."""
        self.schedules += result.schedules
        self.verdicts.append(result.verdict)

    def report(self, item: pytest.Item) -> None:
        """Note it with the item; JUnit files have these as properties, too."""
        if self.verdicts:
            worst = max(self.verdicts, key=_ORDER.index)
            item.user_properties += [(SCHEDULES, self.schedules), (VERDICT, worst)]


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
    counts = ", ".join(f"{verdicts[name]} {name}" for name in reversed(_ORDER) if verdicts[name])
    return f"harness: {verdicts.total()} explored ({counts}), {schedules:,} schedules"
