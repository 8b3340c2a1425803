"""Whether plain memory has changed since somebody last looked, without asking it anything."""

from __future__ import annotations

import array
import collections
import itertools
import logging
from functools import lru_cache
from types import FunctionType, MethodType, ModuleType
from typing import Any

from harness.kernel import Engine

_ATOMS = (int, str, float, bool, bytes, complex, type(None), ModuleType, type)
_FUNCTIONS = (FunctionType, MethodType, type(len))
_SEQUENCES = (list, tuple, collections.deque)
_OTHERS = (set, bytearray, array.array, itertools.count)
_DEPTH_MAX = 5


def fingerprint(value: Any, depth: int = 0) -> object:
    """Something that differs when a value has changed, down to five levels of containers.

    Objects of the world, loggers and Trio's primitives never differ: the first are what processes
    may share, the second decide nothing, the third are guarded elsewhere.
    """
    if isinstance(value, _ATOMS):
        return value
    if depth >= _DEPTH_MAX:
        return id(value)
    if isinstance(value, dict):
        return [(id(k), fingerprint(v, depth + 1)) for k, v in value.items()]
    if isinstance(value, _SEQUENCES):
        return [fingerprint(v, depth + 1) for v in value]
    if isinstance(value, set):
        return sorted(map(id, value))
    if isinstance(value, _OTHERS):
        return repr(value)
    state = _state(value)
    if state is None:
        return id(value)
    return [(name, fingerprint(part, depth + 1)) for name, part in state.items()]


def is_mutable(value: Any) -> bool:
    """Whether it can change, and whether such a change is anybody's business."""
    if isinstance(value, _ATOMS):
        return False
    return isinstance(value, (dict, *_SEQUENCES, *_OTHERS)) or _state(value) is not None


def _state(value: Any) -> dict[str, Any] | None:
    """The attributes of an object of somebody's class; None if they are nobody's business."""
    cls: Any = type(value)
    if _is_exempt(cls):
        return None
    state = dict(getattr(value, "__dict__", ()))
    for name in _slots(cls):
        if hasattr(value, name):
            state[name] = getattr(value, name)
    if any(isinstance(part, Engine) for part in state.values()):
        return None  # made for this run: part of the world
    return state or None


@lru_cache(maxsize=4096)
def _is_exempt(cls: type) -> bool:
    module = cls.__module__ or ""
    if issubclass(cls, (*_FUNCTIONS, logging.Logger, logging.Handler)):
        return True
    ours = module.startswith("harness.") and not module.startswith("harness.scenarios")
    return ours or module.partition(".")[0] in ("trio", "structlog", "outcome")


@lru_cache(maxsize=4096)
def _slots(cls: type) -> tuple[str, ...]:
    found: list[str] = []
    for base in cls.__mro__:
        names = base.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            private = name.startswith("__") and not name.endswith("__")
            found.append(f"_{base.__name__.lstrip('_')}{name}" if private else name)
    return tuple(name for name in found if name not in ("__dict__", "__weakref__"))
