"""Finds plain memory that two simulated processes share, or that survives a restart.

One interpreter is not several processes: nothing stops two mains from closing over the same dict. So
what each main can reach through closures and module globals is looked at when it starts:

* a variable that its code *rebinds* (`nonlocal`, `global`) and that a second process, or a second
  incarnation, can reach too, is reported at once;
* a container or object that several can reach is fingerprinted, and reported when it has changed.

Not seen: what is reached through several levels of attributes, C extensions, and class attributes.
Trio's own primitives need no audit: waking another process's task raises by itself.
"""

from __future__ import annotations

import dis
import types
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import attrs

from harness.errors import MemoryShared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ATOMS = (int, str, float, bool, bytes, complex, type(None), types.ModuleType, type)
_DEPTH_MAX = 3


@attrs.define
class _Shared:
    """A piece of memory outside any process's main, and who can reach it."""

    variable: str
    where: str
    content: Any
    fingerprint: object
    users: list[str]


@lru_cache(maxsize=4096)
def _names(code: types.CodeType) -> tuple[frozenset[str], tuple[str, ...]]:
    """Names that code (and functions inside it) rebinds outside itself; global names it loads."""
    rebound: list[str] = []
    loaded: dict[str, None] = {}
    local = {*code.co_cellvars, *code.co_varnames}
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        if instruction.opname in ("STORE_DEREF", "DELETE_DEREF") and name not in local:
            rebound.append(name)
        elif instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            rebound.append(name)
            loaded[name] = None
        elif instruction.opname == "LOAD_GLOBAL":
            loaded[name] = None
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner_rebound, inner_loaded = _names(constant)
            rebound.extend(name for name in sorted(inner_rebound) if name not in local)
            loaded.update(dict.fromkeys(inner_loaded))
    return frozenset(rebound), tuple(loaded)


def _fingerprint(value: Any, depth: int = 0) -> object:
    """Something that differs when a container has changed; compared only within one process run."""
    if isinstance(value, _ATOMS):
        return value
    if depth >= _DEPTH_MAX:
        return id(value)
    if isinstance(value, dict):
        return [(id(k), _fingerprint(v, depth + 1)) for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        return [_fingerprint(v, depth + 1) for v in value]
    if isinstance(value, (set, bytearray)):
        return len(value), [id(v) for v in value] if isinstance(value, set) else bytes(value)
    if _is_plain_object(value):
        return _fingerprint(vars(value), depth + 1)
    return id(value)


def _is_plain_object(value: Any) -> bool:
    module = type(value).__module__ or ""
    ours = module.startswith(("harness.", "trio")) and not module.startswith("harness.scenarios")
    return hasattr(value, "__dict__") and not ours and not callable(value)


def _is_mutable(value: Any) -> bool:
    return isinstance(value, (dict, list, set, bytearray)) or _is_plain_object(value)


class Audit:
    """The memory of one run that lies outside every process."""

    def __init__(self) -> None:
        self._shared: dict[object, _Shared] = {}

    def starting(self, name: str, incarnation: int, main: Callable[..., Any]) -> None:
        """A process is about to start with this main.

        Raises:
          MemoryShared: naming the variable and who shares it.
        """
        user = f"{name}#{incarnation}"
        for key, variable, where, content, rebinds in _reachable(main, {}):
            if not rebinds and not _is_mutable(content):
                continue
            entry = self._shared.get(key)
            if entry is None:
                self._shared[key] = _Shared(variable, where, content, _fingerprint(content), [user])
                continue
            entry.users.append(user)
            if rebinds:
                raise MemoryShared(variable, where, entry.users)
        self.check()

    def check(self) -> None:
        """Report a shared container that has changed. Raises `MemoryShared`."""
        for entry in self._shared.values():
            if len(entry.users) > 1 and _fingerprint(entry.content) != entry.fingerprint:
                raise MemoryShared(entry.variable, entry.where, entry.users)


def _reachable(
    function: Any, seen: dict[int, None]
) -> Iterator[tuple[object, str, str, Any, bool]]:
    """(key, variable, where, content, whether it is rebound) of memory outside the function."""
    while isinstance(function, partial):
        for value in (*function.args, *function.keywords.values()):
            yield id(value), "an argument", function.func.__name__, value, False
        function = function.func
    if isinstance(function, types.MethodType):
        owner = function.__self__
        yield id(owner), "self", function.__qualname__, owner, False
        function = function.__func__
    if not isinstance(function, types.FunctionType) or id(function) in seen:
        return
    seen[id(function)] = None
    rebound, loaded = _names(function.__code__)
    where = f"{function.__qualname__}, {function.__code__.co_filename.rpartition('/')[2]}"
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for variable, cell in cells:
        try:
            content = cell.cell_contents
        except ValueError:  # not bound yet
            continue
        yield id(cell), variable, where, content, variable in rebound
        yield from _reachable(content, seen)
    for variable in loaded:
        if variable not in function.__globals__:
            continue
        content = function.__globals__[variable]
        if isinstance(content, types.FunctionType):
            if content.__globals__ is function.__globals__:
                yield from _reachable(content, seen)
            continue
        key = (id(function.__globals__), variable)
        yield key, variable, where, content, variable in rebound
