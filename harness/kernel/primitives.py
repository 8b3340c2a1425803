"""Trio's own primitives belong to the process that touched them first.

Two real processes cannot share an event or a lock. In one interpreter they can, and it seems to work,
until a kill: a frozen holder never releases, a send to a frozen receiver vanishes. So each method of
a primitive first checks whose it is. Waking another process's task is caught by the engine as well;
this catches what wakes nobody (`event.is_set()`, `lock.acquire_nowait()`).
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import trio

from harness.errors import IsolationBroken
from harness.kernel import private

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTEXT = private.GLOBAL_RUN_CONTEXT

#: Class -> the methods that touch it. A subclass inherits the checked methods.
GUARDED: dict[type, tuple[str, ...]] = {
    trio.Event: ("set", "is_set", "wait"),
    trio.Lock.__mro__[1]: ("acquire_nowait", "acquire", "release", "locked"),
    trio.Condition: ("acquire_nowait", "acquire", "release", "locked", "wait", "notify"),
    trio.Semaphore: ("acquire_nowait", "acquire", "release"),
    trio.CapacityLimiter: (
        "acquire_on_behalf_of_nowait",
        "acquire_on_behalf_of",
        "release_on_behalf_of",
    ),
    trio.MemorySendChannel: ("send_nowait", "send", "clone", "close"),
    trio.MemoryReceiveChannel: ("receive_nowait", "receive", "clone", "close"),
}


def touch(primitive: Any) -> None:
    """The current task uses a primitive. Raises `IsolationBroken` if it is another process's."""
    engine: Any = getattr(_CONTEXT, "runner", None)
    owners = getattr(engine, "primitive_owners", None)
    if owners is None or engine.process is None or engine.closing or len(engine.processes) < 2:
        return
    shared = getattr(primitive, "_state", primitive)  # both ends of a channel are one thing
    _, owner = owners.setdefault(id(shared), (shared, engine.process))
    if owner is not engine.process:
        engine.broken = IsolationBroken(
            engine.labels[engine.current],
            engine.process.label,
            owner.label,
            thing=f"the {type(primitive).__name__}",
        )
        raise engine.broken


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        touch(self)
        return original(self, *args, **kwargs)

    return method


class Guards:
    """Puts the checks in force, and takes them out again."""

    def __init__(self) -> None:
        self._originals: list[tuple[type, str, Any]] = []

    def install(self) -> None:
        """Replace the methods."""
        for cls, names in GUARDED.items():
            for name in names:
                original = cls.__dict__[name]
                self._originals.append((cls, name, original))
                setattr(cls, name, _checked(original))

    def uninstall(self) -> None:
        """Put the originals back."""
        while self._originals:
            cls, name, original = self._originals.pop()
            setattr(cls, name, original)
