"""How an explored test fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class NotSafe(AssertionError):
    """A schedule violated something, or there is less evidence than a pass needs.

    Under `@given`, hundreds of examples fail while the smallest one is looked for. The interleaving of one
    is made small only when that is asked for, of the last.
    """

    def __init__(self, text: str, explain: Callable[[], str] | None = None) -> None:
        super().__init__(text)
        self._explain = explain

    def explained(self) -> None:
        """Say it with the shrunk interleaving, and how to replay it; once."""
        if self._explain is not None:
            explain, self._explain = self._explain, None
            self.args = (explain(),)
