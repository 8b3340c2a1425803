"""A search that is to be made by workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.explore.asked import Asked
from harness.explore.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.explore.workers.items import Kind


@attrs.frozen(kw_only=True)
class Search:
    """A search that is to be made by workers.

    Attributes:
      scenario: as an `Item` names it.
      asked: what to explore; `subject` is that, checked.
      schedules, time_budget_s, stop_at_first, known, shrink: as of `explore`.
    """

    scenario: str
    asked: Asked
    subject: Subject
    schedules: int | None = None
    time_budget_s: float | None = None
    stop_at_first: bool = False
    known: tuple[str, ...] = ()
    shrink: bool = True

    def ends_with(self, kinds: Iterable[Kind]) -> bool:
        """Whether it is over once these are found."""
        return self.stop_at_first and any(kind.fingerprint not in self.known for kind in kinds)
