"""A forgotten `await` is said in one line: the statement did nothing, and a verdict may rest on that.

So it is no pass, either. But what is dropped while a run is unwound was not forgotten: who was killed had
no time for it. It is said, and does not count.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from harness.cli.complain import complain
from harness.kernel import private

_HARNESS = Path(__file__).parents[1]
_NEVER = "was never awaited"


@contextmanager
def unawaited_in_one_line(forgotten: Callable[[], None]) -> Iterator[None]:
    """Until the end of this, Python's warnings about it are lines like all others.

    Args:
      forgotten: called for each one of which the code is to blame.
    """
    before = warnings.showwarning

    def show(  # noqa: PLR0917  # the signature of what it stands in for
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if not issubclass(category, RuntimeWarning) or _NEVER not in str(message):
            before(message, category, filename, lineno, file, line)
            return
        # Where an object was dropped is all that Python knows: our own line would mislead.
        own = Path(filename).is_relative_to(_HARNESS)
        place = "" if own else f" (at {Path(filename).name}:{lineno})"
        complain(f"{message}: is an `await` missing?{place}")
        if not getattr(getattr(private.GLOBAL_RUN_CONTEXT, "runner", None), "closing", False):
            forgotten()

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
