"""Entry points: the attributes through which code reaches the real world, and how they are replaced.

An entry point is a place (a module, class or object, and a name) with a stand-in for what is found
there. The stand-ins are made once for the life of the interpreter and ask, at every call, whether a
seal is in force here. So a module that was imported in the middle of an exploration, and so kept a
stand-in for good, still works afterwards and in the next exploration.

Installing is counted: seals may nest, and may end in another order than they began (in threads).
"""

from __future__ import annotations

import functools
import pkgutil
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What answers a call inside a step: (seal, the original, *args, **kwargs) -> result.
Rule = "Callable[..., Any]"

_MISSING = object()
_lock = threading.RLock()


class Seals(Protocol):
    """What an entry point needs to know of a seal."""

    inside: Callable[[], bool]
    rules: Mapping[str, Callable[..., Any]]


# Newest first: of nested seals the inner one answers. Replaced, never changed, so that a reader in
# another thread needs no lock.
_active: tuple[Seals, ...] = ()


def activate(seal: Seals) -> None:
    """From now on stand-ins ask this seal first."""
    global _active  # noqa: PLW0603  # the one switch that all stand-ins read
    with _lock:
        _active = (seal, *_active)


def deactivate(seal: Seals) -> None:
    """Undo one `activate`."""
    global _active  # noqa: PLW0603  # the one switch that all stand-ins read
    with _lock:
        seals = list(_active)
        seals.remove(seal)
        _active = tuple(seals)


def sealing() -> Any:
    """The seal in force for the calling code, or None: the innermost whose step this is."""
    for seal in _active:
        if seal.inside():
            return seal
    return None


@attrs.define(eq=False)
class EntryPoint:
    """One replaceable attribute.

    Attributes:
      label: the dotted path; the key of its rule.
      owner: the module, class, object or dict that holds it.
      name: its name there.
      pristine: what stood there when the entry point was first met.
      beneath: what calls from outside a step reach: whatever the stand-in covers at present.
      stand_in: what stands there while a seal is in force.
    """

    label: str
    owner: Any
    name: Any
    pristine: Any
    beneath: Any
    stand_in: Any = None


class _Builtin(staticmethod):  # type: ignore[type-arg]  # its parameters mean nothing here
    """A stand-in for a C function: as an attribute of a class it does not bind, and it pickles."""

    def __reduce__(self) -> str:
        return str(self.__name__)


def _function_for(entry: EntryPoint) -> Any:
    label = entry.label

    def call(*args: Any, **kwargs: Any) -> Any:
        for seal in _active:
            if seal.inside():
                rule = seal.rules.get(label)
                if rule is None:
                    break
                return rule(seal, entry.beneath, *args, **kwargs)
        return entry.beneath(*args, **kwargs)

    functools.update_wrapper(call, entry.pristine)
    is_python = isinstance(entry.pristine, FunctionType)
    return call if is_python or isinstance(entry.owner, type) else _Builtin(call)


# ---- the entry points met so far ------------------------------------------------------------------

_entries: dict[str, EntryPoint] = {}


def entry_point(label: str) -> EntryPoint | None:
    """The entry point at a dotted path, or None where this platform or Python has none.

    Importing a module on the way is intended: one that a step imports later would be found unsealed.
    """
    if label not in _entries:
        owner_path, _, name = label.rpartition(".")
        try:
            owner = pkgutil.resolve_name(owner_path)
            pristine = getattr(owner, name)
        except (ImportError, AttributeError):
            return None
        if isinstance(pristine, type):
            raise ValueError(f"{label} is a class: name one of its methods, such as {label}.__init__")
        entry = EntryPoint(label, owner, name, pristine, pristine)
        entry.stand_in = _function_for(entry)
        _entries[label] = entry
    return _entries[label]


def add_entry_point(label: str, owner: Any, name: Any, pristine: Any, stand_in: Any) -> EntryPoint:
    """Register an entry point whose stand-in is made by hand."""
    return _entries.setdefault(
        label, EntryPoint(label, owner, name, pristine, pristine, stand_in)
    )


def entry_points() -> list[EntryPoint]:
    """All entry points met so far, oldest first."""
    return list(_entries.values())


# ---- putting stand-ins in and taking them out -----------------------------------------------------


@attrs.define(eq=False)
class _Patch:
    """One replaced attribute. Invariant: `users` >= 1 while it is in `_patches`."""

    owner: Any
    name: Any
    stand_in: Any
    saved: Any
    users: int = 0


_patches: dict[tuple[int, Any], _Patch] = {}


def _namespace(owner: Any) -> Mapping[Any, Any]:
    return owner if isinstance(owner, dict) else vars(owner)


def _set(owner: Any, name: Any, value: Any) -> None:
    if isinstance(owner, dict):
        owner[name] = value
    else:
        setattr(owner, name, value)


def _delete(owner: Any, name: Any) -> None:
    if isinstance(owner, dict):
        del owner[name]
    else:
        delattr(owner, name)


def install(owner: Any, name: Any, stand_in: Any, entry: EntryPoint | None = None) -> None:
    """Put a stand-in in place, on top of whatever is there (somebody's mock, for instance)."""
    with _lock:
        key = (id(owner), name)
        patch = _patches.get(key)
        if patch is None:
            saved = _namespace(owner).get(name, _MISSING)
            if entry is not None:
                _note_beneath(entry, saved)
            patch = _patches[key] = _Patch(owner, name, stand_in, saved)
            _set(owner, name, stand_in)
        patch.users += 1


def _note_beneath(entry: EntryPoint, saved: Any) -> None:
    # A stand-in that somebody saved and put back after we had left must not call itself.
    stray = saved is _MISSING or saved is entry.stand_in
    entry.beneath = entry.pristine if stray else saved


def uninstall(owner: Any, name: Any, entry: EntryPoint | None = None) -> None:
    """Undo one `install`. What somebody else has put on top meanwhile is left alone."""
    with _lock:
        key = (id(owner), name)
        patch = _patches[key]
        patch.users -= 1
        if patch.users:
            return
        del _patches[key]
        if entry is not None:
            entry.beneath = entry.pristine
        if _namespace(owner).get(name, _MISSING) is not patch.stand_in:
            return
        if patch.saved is _MISSING:
            _delete(owner, name)
        else:
            _set(owner, name, patch.saved)
