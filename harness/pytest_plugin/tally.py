"""What the searches of one test came to."""

from __future__ import annotations

import attrs
import pytest

from harness.explore import Result
from harness.explore.assertion import check_hollow
from harness.pytest_plugin.summary import SCHEDULES, VERDICT, VERDICTS
from harness.testing.failure import NotSafe


@attrs.define
class Tally:
    """The searches of one test: several under `@given`."""

    schedules: int = 0
    verdicts: list[str] = attrs.field(factory=list)
    _happened: dict[str, bool] = attrs.field(factory=dict)
    _struck: dict[str, bool] = attrs.field(factory=dict)

    def add(self, result: Result) -> None:
        """One search more."""
        self.schedules += result.schedules
        self.verdicts.append(result.verdict)
        for names, happened in ((result.reached, True), (result.unreached, False)):
            for name in names:
                self._happened[name] = happened or self._happened.get(name, False)
        for use in result.faults:
            self._struck[use.kind] = use.fired > 0 or self._struck.get(use.kind, False)

    def check(self) -> None:
        """What was to happen in some schedule did, in some example.

        Raises:
          NotSafe: it did not.
        """
        never_struck, unreached = (
            [name for name, happened in all_of.items() if not happened]
            for all_of in (self._struck, self._happened)
        )
        try:
            check_hollow(never_struck, unreached)
        except AssertionError as error:
            raise NotSafe(str(error)) from None

    def report(self, item: pytest.Item) -> None:
        """Note it with the item; JUnit files have these as properties, too."""
        if self.verdicts:
            worst = max(self.verdicts, key=VERDICTS.index)
            item.user_properties += [(SCHEDULES, self.schedules), (VERDICT, worst)]
