"""Every private name of Trio that this project touches, and the versions it was tried with.

No other module of the project imports from `trio._core`, `trio._threads` or `trio._util`. Each name
is listed once, so that a new Trio is checked by reading one file; `tests/engine/test_contract.py`
asserts what we rely on about each of them.
"""

from __future__ import annotations

from typing import Any

import trio

from harness.errors import UnsupportedTrio

#: The oldest Trio whose private parts are as this kernel expects, and the first that was not tried.
VERSION_MIN = (0, 31)
VERSION_END = (0, 36)
TRIO_VERSION = tuple(int(part) for part in trio.__version__.split(".")[:2])


def unsupported(reason: str) -> UnsupportedTrio:
    """The error that says why the installed Trio will not do."""
    return UnsupportedTrio(trio.__version__, reason, oldest=VERSION_MIN, end=VERSION_END)


def check_version() -> None:
    """Refuse a Trio outside the range that was tried.

    Raises:
      UnsupportedTrio: naming the version found and the range.
    """
    if not VERSION_MIN <= TRIO_VERSION < VERSION_END:
        raise unsupported("its private parts were never tried")


try:
    from trio import _threads as threads
    from trio._channel import MemoryChannelState
    from trio._core import _run as run_module, _thread_cache as thread_cache
    from trio._core._asyncgens import AsyncGenerators
    from trio._core._entry_queue import EntryQueue
    from trio._core._instrumentation import Instruments
    from trio._core._parking_lot import GLOBAL_PARKING_LOT_BREAKER
    from trio._core._run import (
        _NO_SEND as _TRIO_NO_SEND,
        CONTEXT_RUN_TB_FRAMES,
        GLOBAL_RUN_CONTEXT,
        CancelReason,
        CancelScope,
        CancelStatus,
        Nursery,
        Runner,
        Task,
    )
    from trio._core._traps import (
        CancelShieldedCheckpoint,
        PermanentlyDetachCoroutineObject,
        WaitTaskRescheduled,
    )
    from trio._util import coroutine_or_error, name_asyncgen
except ImportError as missing:
    raise unsupported(str(missing)) from missing

NO_SEND: Any = _TRIO_NO_SEND

__all__ = [
    "CONTEXT_RUN_TB_FRAMES",
    "GLOBAL_PARKING_LOT_BREAKER",
    "GLOBAL_RUN_CONTEXT",
    "NO_SEND",
    "TRIO_VERSION",
    "AsyncGenerators",
    "CancelReason",
    "CancelScope",
    "CancelShieldedCheckpoint",
    "CancelStatus",
    "EntryQueue",
    "Instruments",
    "MemoryChannelState",
    "Nursery",
    "PermanentlyDetachCoroutineObject",
    "Runner",
    "Task",
    "WaitTaskRescheduled",
    "check_version",
    "coroutine_or_error",
    "name_asyncgen",
    "run_module",
    "thread_cache",
    "threads",
    "unsupported",
]
