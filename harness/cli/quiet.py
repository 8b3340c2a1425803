"""What a scenario prints, within bounds: a search runs it thousands of times."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast

#: Lines shown of one search.
LINES_MAX = 20

MORE = "  ... (the scenario prints more than that; a replay shows what one run prints)\n"


class Quiet:
    """Passes on what is written until that is too much. To a debugger everything is passed on."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._left = LINES_MAX

    def write(self, text: str) -> int:
        """As a text file does."""
        if sys.gettrace() is not None:
            self._out.write(text)
        elif self._left > 0:
            self._left -= text.count("\n")
            self._out.write(text if self._left > 0 else f"{text}{MORE}")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._out, name)


@contextmanager
def quiet() -> Iterator[None]:
    """Until the end of this, only so much is printed."""
    with redirect_stdout(cast("TextIO", Quiet(sys.stdout))):
        yield
