"""Plain memory that two tasks can both reach, and whether it changes."""

from __future__ import annotations

import gc
from functools import partial
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from harness.kernel.waiting import user_frames
from harness.world.fingerprint import fingerprint, is_mutable
from harness.world.reach import Place, reachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    import trio


class SharedMemory:
    """What two suspended tasks share, as it is now."""

    def __init__(self, first: trio.lowlevel.Task, second: trio.lowlevel.Task) -> None:
        theirs = [place for place in _places(second) if _is_memory(place)]
        keys = {place.key for place in theirs}
        objects = {id(place.look()) for place in theirs if is_mutable(place.look())}
        named = {place.key: place for place in theirs if place.name}
        self._before: dict[tuple[object, ...], tuple[Place, object]] = {}
        for place in _places(first):
            content = place.look()
            if place.key in keys or (id(content) in objects and is_mutable(content)):
                known = place if place.name else named.get(place.key, place)
                self._before.setdefault(place.key, (known, fingerprint(content)))

    def changed(self) -> tuple[str, ...]:
        """What of it is not as it was, by name and by who names it so."""
        found = {
            f"{place.name} ({place.where})": None
            for place, before in self._before.values()
            if fingerprint(place.look()) != before
        }
        return tuple(found)


def _is_memory(place: Place) -> bool:
    return place.key[0] in ("cell", "global", "class") or is_mutable(place.look())


def _places(task: trio.lowlevel.Task) -> Iterator[Place]:
    """What the code of a task can reach: locals of its calls, what they close over, globals."""
    users = {id(frame): frame for frame in user_frames(task.coro)}
    coro: Any = task.coro
    while coro is not None:
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "gi_frame", None)
        if frame is not None and id(frame) in users:
            yield from _of_call(coro, frame)
        coro = getattr(coro, "cr_await", None) or getattr(coro, "gi_yieldfrom", None)


def _of_call(coro: Any, frame: FrameType) -> Iterator[Place]:
    where = f"{frame.f_code.co_qualname}, {frame.f_code.co_filename.rpartition('/')[2]}"
    for name, value in frame.f_locals.items():
        if is_mutable(value):
            yield Place(("value", id(value)), name, where, False, partial(_same, value))
    for referent in gc.get_referents(coro):
        if isinstance(referent, CellType):
            yield Place(("cell", id(referent)), "", where, False, partial(_held, referent))
        elif isinstance(referent, FunctionType) and referent.__code__ is frame.f_code:
            yield from reachable(referent)


def _same(value: object) -> object:
    return value


def _held(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None
