"""What of Trio's own code an observed engine listens to, while any observed kernel is in force.

Trio's primitives are touched by their methods, and get their names where they are made; cancel scopes
by being cancelled and by being asked. None of it changes what the code under test sees.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from math import inf
from typing import TYPE_CHECKING, Any

import trio

from harness.kernel import private
from harness.kernel.point import Access
from harness.kernel.primitives import GUARDED

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTEXT = private.GLOBAL_RUN_CONTEXT

#: Methods that only look. All others may change what a primitive does next.
_LOOKS = ("is_set", "wait", "locked", "statistics")
#: `wait` of a condition gives its lock back. That of an event only looks, but not to who counts those who wait.
_CHANGES = ((trio.Condition, "wait"), (trio.Event, "statistics"))
_ALSO: dict[type, tuple[str, ...]] = {
    trio.lowlevel.ParkingLot: ("park", "unpark", "unpark_all", "repark", "repark_all"),
}
_PROPERTIES: tuple[tuple[type, str], ...] = (
    (trio.Semaphore, "value"),
    (trio.CapacityLimiter, "total_tokens"),
    (trio.CapacityLimiter, "borrowed_tokens"),
    (trio.CapacityLimiter, "available_tokens"),
)
_MADE: tuple[type, ...] = (
    trio.Event,
    trio.Lock,
    trio.StrictFIFOLock,
    trio.Condition,
    trio.Semaphore,
    trio.CapacityLimiter,
    private.MemoryChannelState,
    trio.lowlevel.ParkingLot,
)


def _engine() -> Any:
    """The observed engine whose run the calling code is part of, or None."""
    engine: Any = getattr(_CONTEXT, "runner", None)
    return engine if getattr(engine, "observing", False) and not engine.closing else None


def _touching(original: Callable[..., Any], access: Access, *, queues: bool) -> Callable[..., Any]:
    def touch(primitive: Any) -> None:
        engine = _engine()
        if engine is not None:
            engine.touch_primitive(getattr(primitive, "_state", primitive), access, queues=queues)

    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        touch(self)
        return original(self, *args, **kwargs)

    @wraps(original)
    async def waiting(self: Any, *args: Any, **kwargs: Any) -> Any:
        touch(self)  # not when the coroutine is made, which somebody else may do, and earlier
        return await original(self, *args, **kwargs)

    return waiting if iscoroutinefunction(unwrap(original)) else method


def _asked(original: property) -> property:
    """A property of a primitive: asking is a look, setting a change."""

    def look(self: Any) -> Any:
        engine = _engine()
        if engine is not None:
            engine.touch_primitive(self, Access.READ)
        assert original.fget is not None
        return original.fget(self)

    def change(self: Any, value: Any) -> None:
        engine = _engine()
        if engine is not None:
            engine.touch_primitive(self, Access.UPDATE)
        assert original.fset is not None
        original.fset(self, value)

    return property(look, None if original.fset is None else change, doc=original.__doc__)


def _making(original: Callable[..., None], told: str = "made_primitive") -> Callable[..., None]:
    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> None:
        engine = _engine()
        if engine is not None:
            getattr(engine, told)(self)  # before: a constructor may touch what it makes
        original(self, *args, **kwargs)

    return method


def _cancelling(original: Callable[..., None]) -> Callable[..., None]:
    @wraps(original)
    def method(self: Any, reason: Any) -> None:
        engine = _engine()
        if engine is not None:
            engine.cancelled(self, anew=not self._cancel_called)
        with nullcontext() if engine is None else engine.reaching():
            original(self, reason)

    return method


def _asking(original: property) -> property:
    def cancel_called(self: Any) -> bool:
        engine = _engine()
        if engine is not None and engine.inside:
            engine.looked_at_scope(self)
        if self._cancel_called or (self._deadline == inf and self._relative_deadline == inf):
            return bool(self._cancel_called)
        assert original.fget is not None
        return bool(original.fget(self))

    return property(cancel_called, doc=original.__doc__)


def _shielding(original: property) -> property:
    def shield(self: Any, value: bool) -> None:  # noqa: FBT001  # as a property's setter is called
        engine = _engine()
        if engine is not None:
            engine.shielded(self)
        assert original.fset is not None
        with nullcontext() if engine is None else engine.reaching():
            original.fset(self, value)

    return property(original.fget, shield, doc=original.__doc__)


def _entering(original: Callable[..., Any]) -> Callable[..., Any]:
    def enter(self: Any) -> Any:
        engine = _engine()
        if engine is not None:
            engine.changed_scope(
                self
            )  # once it is entered nobody else can, and its deadline is a time
        return original(self)

    return enter


def _of_scope(original: Any, doc: str) -> property:
    """An attribute of a scope: asking is a look, setting a change."""

    def look(self: Any) -> Any:
        engine = _engine()
        if engine is not None and engine.inside:
            engine.looked_at_scope(self)
        return original.__get__(self, type(self))

    def change(self: Any, value: Any) -> None:
        engine = _engine()
        if engine is not None and engine.inside:
            engine.changed_scope(self)
        original.__set__(self, value)

    return property(look, change, doc=doc)


def _moving(original: property) -> property:
    def parent(self: Any, value: Any) -> None:
        engine = _engine()
        if engine is not None:
            if value is None:
                engine.left_scope(self)
            else:
                engine.moved_scopes()
        assert original.fset is not None
        original.fset(self, value)

    return property(original.fget, parent, doc=original.__doc__)


class Observers:
    """Puts the listeners in place, and takes them away with the last kernel that wanted them."""

    _depth = 0
    _lock = threading.Lock()
    _undo: tuple[tuple[type, str, Any], ...] = ()

    @classmethod
    def enter(cls) -> None:
        """Replace the methods."""
        with cls._lock:
            if cls._depth == 0:
                replacements = _replacements()
                cls._undo = tuple(
                    (owner, name, owner.__dict__.get(name)) for owner, name, _ in replacements
                )
                for owner, name, method in replacements:
                    setattr(owner, name, method)
            cls._depth += 1

    @classmethod
    def leave(cls) -> None:
        """Put the originals back."""
        with cls._lock:
            cls._depth -= 1
            if cls._depth == 0:
                for owner, name, method in cls._undo:
                    if method is None:
                        delattr(owner, name)
                    else:
                        setattr(owner, name, method)


def _replacements() -> list[tuple[type, str, Any]]:
    found: list[tuple[type, str, Any]] = []
    for owner, names in (*GUARDED.items(), *_ALSO.items()):
        for name in (*names, "statistics"):
            looks = name in _LOOKS and (owner, name) not in _CHANGES
            access = Access.READ if looks else Access.UPDATE
            method = _touching(getattr(owner, name), access, queues=name == "wait")
            found.append((owner, name, method))
    found.extend((owner, "__init__", _making(owner.__init__)) for owner in _MADE)  # type: ignore[misc]
    found.extend((owner, name, _asked(owner.__dict__[name])) for owner, name in _PROPERTIES)
    scope = private.CancelScope
    found.append((scope, "__init__", _making(scope.__init__, "made_scope")))
    found.append((scope, "_cancel", _cancelling(scope.__dict__["_cancel"])))
    found.append((scope, "cancel_called", _asking(scope.__dict__["cancel_called"])))
    found.append((scope, "shield", _shielding(scope.__dict__["shield"])))
    found.append((scope, "__enter__", _entering(scope.__dict__["__enter__"])))
    for name in ("deadline", "relative_deadline", "is_relative", "cancelled_caught"):
        attribute = scope.__dict__[name]
        found.append((scope, name, _of_scope(attribute, attribute.__doc__ or "")))
    status = private.CancelStatus
    found.append((status, "parent", _moving(status.__dict__["parent"])))
    return found
