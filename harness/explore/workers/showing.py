"""Kinds of failure that were found, until each has been shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.errors import WorkerFailed, WorkersDied
from harness.explore.result import Violation
from harness.explore.workers.items import Broken, Item, Kind, Part, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.explore.workers.search import Search

#: So many may die of showing one failure; it is then not made small any more, before the last of them.
DEATHS_MAX = 2


@attrs.define(eq=False)
class Showing:
    """A kind of failure that somebody is to show.

    Attributes:
      number: of the item that it was handed out as; None: nobody works on it.
      deaths: how many workers died of it, or in the middle of it.
    """

    kind: Kind
    number: int | None = None
    shown: Shown | None = None
    deaths: int = 0


class Showings:
    """All of a search."""

    def __init__(self, search: Search, kinds: Iterable[Kind]) -> None:
        self._search = search
        self._all = [Showing(kind) for kind in kinds]

    @property
    def done(self) -> bool:
        """Whether each has been shown."""
        return all(one.shown is not None for one in self._all)

    def next_item(self, number: int, *, quick: bool) -> Item | None:
        """One that nobody works on, as an item with this number; `quick`: somebody waits for the end."""
        search = self._search
        for one in self._all:
            if one.number is None and one.shown is None:
                one.number = number
                is_news = one.kind.fingerprint not in search.known
                return Item(
                    number=number,
                    scenario=search.scenario,
                    asked=search.asked,
                    shown=one.kind,
                    shrink=search.shrink and is_news and not quick and not one.deaths,
                )
        return None

    def back(self, number: int, what: Part | Shown | Broken) -> None:
        """It has been shown.

        Raises:
          WorkerFailed: it cannot be.
        """
        if isinstance(what, Broken):
            raise WorkerFailed(what.text, what.exit_code)
        assert isinstance(what, Shown)
        self._of(number).shown = what

    def died(self, number: int, how: str) -> None:
        """The worker died.

        Raises:
          WorkersDied: as others did before.
        """
        one = self._of(number)
        one.number = None
        one.deaths += 1
        if one.deaths > DEATHS_MAX:
            raise WorkersDied(self._search.scenario, how)

    def _of(self, number: int) -> Showing:
        return next(one for one in self._all if one.number == number)

    def violations(self) -> tuple[Violation, ...]:
        """As a result has them."""
        return tuple(map(_violation, self._all))


def _violation(showing: Showing) -> Violation:
    kind, shown = showing.kind, showing.shown
    assert shown is not None
    return Violation(
        property=kind.failure.property,
        message=shown.message,
        trace=shown.trace,
        decided_by=shown.decided_by,
        under_trio=shown.under_trio,
        first_seen=kind.first_seen,
        fingerprint=kind.fingerprint,
        seen=kind.seen,
        by_scenario=kind.failure.by_scenario,
        shrunk_from=shown.shrunk_from,
    )
