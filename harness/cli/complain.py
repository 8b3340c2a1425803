"""Lines on standard error, whatever there is to complain of."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from harness.errors import PlaceUnwritable, TraceUnwritable
from harness.visible import one_line

if TYPE_CHECKING:
    from types import TracebackType

TEXT_MAX = 2_000  # characters of an error; one that lists all settings needs many


def complain(text: str) -> None:
    """Print it, safe for a terminal, so that a script tells it from results."""
    line = one_line(" ".join(text.split()), length_max=TEXT_MAX)
    print(f"harness: {line}", file=sys.stderr)  # noqa: T201


class Complaints:
    """What could not be read or written, each said once, and last; what was found is shown first.

    As a context manager it notes that a place refuses what is written there, and goes on after it.
    """

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def note(self, *texts: str) -> None:
        """Keep them for later."""
        self._texts.update(dict.fromkeys(texts))

    def say(self) -> None:
        """Print all of them."""
        for text in self._texts:
            complain(text)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        refused = isinstance(exc, PlaceUnwritable | TraceUnwritable)
        if refused:
            self.note(str(exc))
        return refused
