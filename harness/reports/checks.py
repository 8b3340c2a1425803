"""What a run came to, as the reports for others take it: one check for each search and stored failure.

Everything in it has passed the redaction, and nothing is made safe for where it is shown: that is the
business of each report.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import attrs

State: TypeAlias = Literal["passed", "failed", "inconclusive", "interrupted"]


@attrs.frozen(kw_only=True)
class Place:
    """A line of code.

    Attributes:
      file: below the root of the project, with slashes.
      line: from 1.
    """

    file: str
    line: int


@attrs.frozen(kw_only=True)
class Deed:
    """What a task did in a step of a failing run.

    Attributes:
      order: 1-based place in the interleaving.
      who, text, remark: as in the interleaving.
      place: of the line that the task went on from, if it is the project's.
    """

    order: int
    who: str
    text: str
    remark: str = ""
    place: Place | None = None


@attrs.frozen(kw_only=True)
class Failing:
    """One kind of failure.

    Attributes:
      property: what should have held.
      message: what happened.
      fingerprint: equal for equal failures of a scenario under the same fixes.
      places: the lines whose order decided it, the earlier one first; else where it came to an end.
      deeds: the interleaving.
      shown: the same, in lines of text.
      replay: the command that shows it again.
      known: whether it stands in the baseline.
    """

    property: str
    message: str
    fingerprint: str
    places: tuple[Place, ...] = ()
    deeds: tuple[Deed, ...] = ()
    shown: tuple[str, ...] = ()
    replay: str = ""
    known: bool = False


@attrs.frozen(kw_only=True)
class Check:
    """A search, or a stored failure that was replayed.

    Attributes:
      file: of the scenario, below the root of the project.
      name: of the scenario.
      fixes: that were switched on.
      stored: the trace that was replayed; empty for a search.
      state: whether it passed.
      verdict: in words.
      said: why it did not pass, where that is not a failure of its own.
      schedules: executions.
      wall_s: wall-clock seconds.
      failing: what failed, also what is known or expected.
      line: where the scenario begins.
    """

    file: str
    name: str
    fixes: tuple[str, ...] = ()
    stored: str = ""
    state: State
    verdict: str
    said: str = ""
    schedules: int = 0
    wall_s: float = 0.0
    failing: tuple[Failing, ...] = ()
    line: int = 1

    @property
    def news(self) -> tuple[Failing, ...]:
        """What makes it fail."""
        if self.state != "failed":
            return ()
        return tuple(found for found in self.failing if not found.known)

    @property
    def title(self) -> str:
        """Which check it is, in a line."""
        with_fixes = "+".join(self.fixes) or "no fix"
        return f"{self.name} ({self.stored or with_fixes})"


@attrs.frozen(kw_only=True)
class Report:
    """A whole run.

    Attributes:
      checks: in the order in which they were made.
      outcome: what it came to, in words.
      seed: of its searches.
      error: why no further search could be made, if so.
      version: of the harness.
    """

    checks: tuple[Check, ...]
    outcome: str
    seed: int
    error: str = ""
    version: str = ""
