"""Code that only watches a run: what it reads, no step has read.

Values are made into text for the log, loggers ask for the time, audits look at memory. Some of that
happens in one run in a hundred, so it must leave no mark: not on a footprint, not on the log.
"""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class _Aside(local):
    """Context manager; `depth` says how many are being watched from right now, in this thread."""

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.depth -= 1


ASIDE = _Aside()
