"""Entry points: the places where code finds the real world, and putting stand-ins into them.

Installing is counted: seals may nest, and may end in another order than they began (in threads).
"""

from __future__ import annotations

import pkgutil
import threading
from typing import TYPE_CHECKING, Any

import attrs

from harness.kernel.seal_standin import (
    EntryPoint,
    closed_stand_in,
    function_stand_in,
    is_closed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MISSING = object()
_lock = threading.RLock()
_entries: dict[str, EntryPoint | None] = {}


def entry_point(label: str) -> EntryPoint | None:
    """The entry point at a dotted path, or None where this platform or Python has none.

    Importing a module on the way is intended: one that a step imports later would be found unsealed.
    """
    if label not in _entries:
        _entries[label] = _find(label)
    return _entries[label]


def _find(label: str) -> EntryPoint | None:
    owner_path, _, name = label.rpartition(".")
    try:
        owner = pkgutil.resolve_name(owner_path)
        pristine = getattr(owner, name)
    except (ImportError, AttributeError):
        return None
    entry = EntryPoint(label, owner, name, pristine, pristine)
    entry.stand_in = _make_stand_in(entry)
    return entry


def _make_stand_in(entry: EntryPoint) -> Any:
    if not isinstance(entry.pristine, type):
        return function_stand_in(entry)
    if is_closed(entry.pristine):
        return closed_stand_in(entry.label, entry.pristine)
    raise ValueError(
        f"{entry.label} is a class: name one of its methods, such as {entry.label}.__init__"
    )


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
