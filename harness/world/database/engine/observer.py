"""What an engine tells about its statements: what they depended on, and what they changed.

From this the client's side makes the footprint of a step (`harness/world/database/footprint.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Observer(Protocol):
    """Called within the statement, in a fixed order, by every verb."""

    def saw(self, key: Any, value: Any) -> None:
        """The result rests on the committed row of `key`: its value, None for no row."""

    def saw_all(self, where: Callable[[Any, Any], bool] | None) -> None:
        """The result, or that of later statements, rests on every committed row.

        With `where`: only on which rows match it, and on those.
        """

    def contended(self, key: Any) -> None:
        """The statement took the row of `key`, or tried to."""

    def changed(self, key: Any, old: Any, new: Any) -> None:
        """A commit replaced the row: `new` is the committed value now, None for no row."""

    def released(self, key: Any) -> None:
        """Somebody who had taken the row of `key` let it go."""

    def waited(self) -> None:
        """The statement has to wait, or would have closed a circle of waiting."""

    def unserialized(self) -> None:
        """The outcome would rest on that order, but no serializable transaction is open."""

    def serialized(self) -> None:
        """The outcome rests on the order of everything that serializable transactions do."""
