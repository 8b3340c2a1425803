"""What the things of the world, and Trio's primitives, hold when a run is over."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import trio

from harness.kernel import clean
from harness.model import Cell
from harness.world import Flag, Process
from harness.world.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import ObservedEngine


def values_left(engine: ObservedEngine) -> dict[str, Any]:
    """The value of each thing that has a name, and of each kind of thing without one all values.

    No collection takes place within a run, so everything that a run has made is young: it is found
    without anybody having kept a list of it. To be asked as a property would: nothing is logged.
    """
    found: dict[str, Any] = {}
    before = engine.extensions.get("peeks")
    try:
        for thing in gc.get_objects(generation=0):
            kind = type(thing)
            if kind in _NAMED:
                peeks = engine.extensions["peeks"] = []
                value = _NAMED[kind](thing)
                found[f"<{peeks[0]}>"] = value
            elif kind in _NAMELESS:
                found.setdefault(kind.__name__, []).append(_NAMELESS[kind](thing))
    finally:
        engine.extensions["peeks"] = before
        if before is None:
            del engine.extensions["peeks"]
    return {name: sorted(v) if type(v) is list else v for name, v in found.items()}


def _rows(database: Database) -> str:
    rows = database.peek_all()
    return str(sorted((clean(key), clean(value)) for key, value in rows.items()))


def _lock(lock: Any) -> str:
    state = lock.statistics()
    owner = "" if state.owner is None else state.owner.name
    return f"held by {owner}, {state.tasks_waiting} wait"


def _channel(channel: Any) -> str:
    state = channel.statistics()
    open_ends = f"{state.open_send_channels} and {state.open_receive_channels} open ends"
    waiting = f"{state.tasks_waiting_send} send, {state.tasks_waiting_receive} receive"
    return f"{state.current_buffer_used} in it, {open_ends}, {waiting}"


#: How to ask what is known by the label that a property would know it by.
_NAMED: dict[type, Callable[[Any], str]] = {
    Cell: lambda cell: clean(cell.peek()),
    Flag: lambda flag: str(flag.peek()),
    Process: lambda process: f"{process.label} {process.exit_status.kind}",
    Database: _rows,
}
_NAMELESS: dict[type, Callable[[Any], str]] = {
    trio.Event: lambda event: str(event.is_set()),
    trio.Lock: _lock,
    trio.StrictFIFOLock: _lock,
    trio.Semaphore: lambda semaphore: str(semaphore.value),
    trio.CapacityLimiter: lambda limiter: f"{limiter.borrowed_tokens} of {limiter.total_tokens}",
    trio.MemorySendChannel: _channel,
}
