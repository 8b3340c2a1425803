"""Who does items: worker processes, or this process alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from harness.explore.workers.items import Broken, Item, Part, Shown, Standing
from harness.explore.workers.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.explore.loop import Progress
    from harness.explore.scenario import Scenario


@attrs.frozen
class Died:
    """The worker that was at an item died; `how` says of what."""

    how: str


Event = Part | Shown | Broken | Standing | Died


class Crew(Protocol):
    """Does items, several at a time."""

    @property
    def is_free(self) -> bool:
        """Whether somebody waits for an item."""

    def do(self, item: Item) -> None:
        """Give it to somebody who waits."""

    def stop(self, number: int) -> None:
        """Let an item end after the schedule at hand; it comes back, or its worker dies."""

    def events(self, within_s: float) -> list[tuple[int, Event]]:
        """What has happened to items, by their numbers; waits for it, but not for longer than this."""

    def rest(self) -> None:
        """No more items of the searches so far."""

    def close(self) -> None:
        """No more items at all."""


class Alone:
    """Does items in this process, one after the other."""

    def __init__(
        self, find: Callable[[str], Scenario], told: Callable[[int, Standing], None]
    ) -> None:
        """Begin; `told` hears how far an item has come, while it is being done."""
        self._item: Item | None = None
        self._told = told
        self._session = Session(find=find, tell=self._tell)

    @property
    def is_free(self) -> bool:
        return self._item is None

    def do(self, item: Item) -> None:
        self._item = item

    def stop(self, number: int) -> None:
        """Nobody says so while an item is being done."""

    def _tell(self, progress: Progress) -> None:
        assert self._item is not None
        self._told(
            self._item.number,
            Standing(schedules=progress.schedules, violations=progress.violations),
        )

    def events(self, within_s: float) -> list[tuple[int, Event]]:
        item = self._item
        if item is None:
            return []
        try:
            return [(item.number, self._session.do(item))]
        finally:
            self._item = None

    def rest(self) -> None:
        self._session.close()

    def close(self) -> None:
        self._session.close()
