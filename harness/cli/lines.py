"""What all reporters for people have: lines that are safe to show, and how a failure is shown."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import attrs

from harness.cli.live import Live
from harness.cli.merged import told
from harness.cli.selection import shorten
from harness.cli.settings import Settings
from harness.cli.stored import Regression, in_a_line
from harness.reports import interleaving
from harness.visible import visible

if TYPE_CHECKING:
    from harness.cli.merged import Shown
    from harness.explore import Violation


@attrs.define(kw_only=True)
class Lines:
    """Writes to `out`: lines as they become known, and a progress bar where that is a terminal.

    Attributes:
      folder: where commands are typed.
    """

    out: TextIO
    settings: Settings
    folder: Path
    _live: Live = attrs.field(init=False)
    #: Whether a committed regression fails: with `-x` nothing is searched then.
    _first: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(self.out)

    def replayed(self, regression: Regression) -> None:
        """What became of a stored failure, in a line, and how to see it."""
        self._first = self._first or (regression.failed and regression.found.stored.committed)
        self._line(in_a_line(regression, self._short(regression.found.stored.file)))
        violation = regression.violation
        if regression.failed and violation is not None and violation.trace_file:
            self._line(f"  replay it  {self._replay(violation.trace_file)}")

    def _interleaving(self, shown: Shown) -> None:
        for text in interleaving.as_text(interleaving.interleaving(shown.lead.trace)):
            self._line(text)

    def _violates(self, shown: Shown) -> None:
        """What one interleaving violates; a single property stands above it already."""
        several = len(shown.violations) > 1
        for number, text in enumerate(told(shown)):
            self._line(f"{'' if number else 'violates':15}{text}" if several else f"  {text}")

    def _decided(self, lead: Violation) -> None:
        if lead.decided_by is not None:
            self._line(f"decided by     {lead.decided_by.first}")
            self._line(f"  before       {lead.decided_by.second}")

    def _replay_it(self, lead: Violation) -> None:
        if lead.trace_file is not None:
            self._line(f"replay it      {self._replay(lead.trace_file)}")

    def _short(self, path: Path) -> str:
        return shorten(path, self.folder)

    def _replay(self, file: Path) -> str:
        return shlex.join(["harness", "replay", self._short(file)])

    def _line(self, text: str) -> None:
        self.out.write(f"{visible(text).rstrip()}\n")
        self.out.flush()


def still_failing(regressions: Sequence[Regression]) -> str:
    """How many stored failures still fail, as the last line adds it; empty if none does."""
    still = sum(one.failed for one in regressions)
    return f"; of {len(regressions)} stored {still} still fail" if still else ""
