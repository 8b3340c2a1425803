"""What is there when searches begin is frozen: the garbage collector does not look at it in between."""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Frozen:
    """How many want the heap frozen, and whether it was none of them who froze it first.

    Then it stays frozen. To find out, the collector counts all that is frozen, which takes milliseconds where
    there is much: so the first of them asks for all.
    """

    lock = threading.Lock()
    depth = 0
    before = False


@contextmanager
def frozen_heap() -> Iterator[None]:
    """Freeze what is there; the last to leave lets it go, unless somebody else had frozen it."""
    gc.collect()
    with _Frozen.lock:
        if _Frozen.depth == 0:
            _Frozen.before = gc.get_freeze_count() > 0
        _Frozen.depth += 1
    gc.freeze()
    try:
        yield
    finally:
        with _Frozen.lock:
            _Frozen.depth -= 1
            last = _Frozen.depth == 0
        if last and not _Frozen.before:
            gc.unfreeze()
