"""How an explored test fails."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@functools.cache
def _kind(fingerprint: str) -> Exception:
    """Hypothesis compares the types of failures, their lines, and those of what caused them: ours, by type."""
    return type(f"Violation_{fingerprint}", (Exception,), {})()  # type: ignore[no-any-return]


class NotSafe(AssertionError):
    """A schedule violated something, or there is less evidence than a pass needs.

    Under `@given`, hundreds of examples fail while the smallest one is looked for. The interleaving of one
    is made small only when that is asked for, of the last. By its `kind`, the fingerprint of what was
    violated, Hypothesis tells it from another failure of the test.
    """

    def __init__(
        self, text: str, explain: Callable[[], str] | None = None, *, kind: str = ""
    ) -> None:
        super().__init__(text)
        self._explain = explain
        if kind:
            self.__cause__ = self.__context__ = _kind(kind)

    def explained(self) -> None:
        """Say it with the shrunk interleaving, and how to replay it; once."""
        if self._explain is not None:
            explain, self._explain = self._explain, None
            self.args = (explain(),)
