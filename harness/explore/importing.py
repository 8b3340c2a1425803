"""While a file of scenarios is imported, nobody ends the process: that would be a pass without a search."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from harness.errors import EndsProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def nobody_exits() -> Iterator[None]:
    """`os._exit` raises in this process; in one that was forked meanwhile, it does what it says.

    Raises:
      EndsProcess: in its stead.
    """
    real, here, importing = os._exit, os.getpid(), True

    def exits(status: int) -> NoReturn:
        if importing and os.getpid() == here:
            raise EndsProcess(f"os._exit({status!r})")
        # Bound early (`from os import _exit`), it is called later, when another one may be in force.
        (real if os._exit is exits else os._exit)(status)

    os._exit = exits
    try:
        yield
    finally:
        importing = False
        os._exit = real
