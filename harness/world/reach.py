"""What the main of a simulated process can reach of plain memory outside itself.

Followed: closures, arguments, globals, functions and classes of the user's own modules (through
`import module` as well as `from module import name`), mutable class attributes. Not followed: what
is installed, what is looked up by a text (`getattr`, `globals()`), and imports within functions.
"""

from __future__ import annotations

import dis
import sys
from enum import Enum
from functools import _lru_cache_wrapper, lru_cache, partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Plans kept before all are thrown away; closures made in every run may fill it.
_PLANS_MAX = 2_000

_DEFINITIONS = (FunctionType, _lru_cache_wrapper, type, ModuleType)


class Place(NamedTuple):
    """Something outside a main that holds a value: a cell, a global, an argument.

    Fields:
      key: equal for the same place, in one interpreter.
      name, where: for people.
      rebinds: whether the code that reaches it assigns to it.
      look: its present content.
      is_global: whether it belongs to a module or a class, which nobody rebinds by wiring things up.
    """

    key: tuple[object, ...]
    name: str
    where: str
    rebinds: bool
    look: Callable[[], Any]
    is_global: bool = False


class _Names(NamedTuple):
    """What code, and functions inside it, does by name to what is outside."""

    rebound: frozenset[str]
    loaded: tuple[str, ...]
    attributes: frozenset[str]


def reachable(main: object) -> Iterator[Place]:
    """Every place that `main` can reach; some may come twice."""
    walk = _Walk(planned=True)
    yield from walk.through(main)
    if not isinstance(main, (partial, MethodType, *_DEFINITIONS)):  # an object that can be called
        yield from walk.through(MethodType(type(main).__call__, main))


@lru_cache(maxsize=4096)
def _names(code: CodeType) -> _Names:
    rebound: dict[str, None] = {}
    loaded: dict[str, None] = {}
    attributes: dict[str, None] = {}
    local = {*code.co_cellvars, *code.co_varnames}
    for instruction in dis.get_instructions(code):
        name, operation = instruction.argval, instruction.opname
        if operation in ("STORE_DEREF", "DELETE_DEREF") and name not in local:
            rebound[name] = None
        elif operation in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            rebound[name] = loaded[name] = None
        elif operation in ("LOAD_GLOBAL", "LOAD_NAME"):
            loaded[name] = None
        elif operation in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR"):
            attributes[name] = None
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner = _names(constant)
            rebound.update((name, None) for name in sorted(inner.rebound) if name not in local)
            loaded.update(dict.fromkeys(inner.loaded))
            attributes.update(dict.fromkeys(sorted(inner.attributes)))
    return _Names(frozenset(rebound), tuple(loaded), frozenset(attributes))


@lru_cache(maxsize=4096)
def _is_users(module: str) -> bool:
    """Whether somebody wrote the module for their own system, rather than installed it."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names or top in ("trio", "outcome"):
        return module == "__main__"
    if top == "harness" and not module.startswith("harness.scenarios"):
        return False
    return "site-packages" not in str(getattr(sys.modules.get(module), "__file__", ""))


class _Walk:
    """One walk through what hangs together; each thing is gone through once."""

    def __init__(self, *, planned: bool) -> None:
        self._planned = planned
        self._seen: dict[int, object] = {}

    def through(self, value: object) -> Iterator[Place]:
        """What can be reached through a value, not counting the place that holds it."""
        if id(value) in self._seen:
            return
        self._seen[id(value)] = value
        if isinstance(value, partial):
            name = getattr(value.func, "__name__", "main")
            for given in (*value.args, *value.keywords.values()):
                yield from self._given(given, "an argument", name)
            yield from self.through(value.func)
        elif isinstance(value, MethodType):
            yield from self._given(value.__self__, "self", value.__qualname__)
            yield from self.through(value.__func__)
        elif isinstance(value, (FunctionType, _lru_cache_wrapper)):
            yield from self._function(value)
        elif isinstance(value, type):
            if _is_users(value.__module__) and not issubclass(value, Enum):
                yield from self._class(value)
        elif _is_users(type(value).__module__):
            yield from self.through(type(value))

    def _given(self, value: object, name: str, where: str) -> Iterator[Place]:
        yield Place(("value", id(value)), name, where, False, partial(_same, value))
        yield from self.through(value)

    def _function(self, function: Any) -> Iterator[Place]:
        if not isinstance(function, FunctionType) or not _is_users(
            function.__globals__.get("__name__", "")
        ):
            yield from self.through(getattr(function, "__wrapped__", None))
            return
        code = function.__code__
        where = f"{function.__qualname__}, {code.co_filename.rpartition('/')[2]}"
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            if name != "__class__":
                look = partial(_in_cell, cell)
                yield Place(("cell", id(cell)), name, where, name in _names(code).rebound, look)
                yield from self.through(look())
        if self._planned:
            yield from _plan(code, function.__globals__, where)
        else:
            yield from self.by_name(code, function.__globals__, where)

    def by_name(self, code: CodeType, namespace: dict[str, Any], where: str) -> Iterator[Place]:
        """What code reaches by way of its globals."""
        names = _names(code)
        for name in names.loaded:
            content = namespace.get(name)
            if not isinstance(content, ModuleType):
                yield from self._named(namespace, name, where, rebinds=name in names.rebound)
            elif _is_users(content.__name__):
                for attribute in sorted(names.attributes & vars(content).keys()):
                    yield from self._named(vars(content), attribute, where)

    def _named(
        self, namespace: dict[str, Any], name: str, where: str, *, rebinds: bool = False
    ) -> Iterator[Place]:
        content = namespace.get(name)
        if name in namespace and (rebinds or not isinstance(content, _DEFINITIONS)):
            look = partial(namespace.get, name)
            yield Place(("global", id(namespace), name), name, where, rebinds, look, True)
        yield from self.through(content)

    def _class(self, cls: type) -> Iterator[Place]:
        for name, content in list(vars(cls).items()):
            if isinstance(content, (staticmethod, classmethod)):
                yield from self.through(content.__func__)
            elif isinstance(content, property):
                yield from self.through(content.fget)
            elif isinstance(content, _DEFINITIONS):
                yield from self.through(content)
            elif not name.startswith("__"):
                look = partial(_in_class, cls, name)
                yield Place(("class", id(cls), name), name, cls.__qualname__, False, look, True)
        for base in cls.__bases__:
            yield from self.through(base)


def _same(value: object) -> object:
    return value


def _in_class(cls: type, name: str) -> object:
    return vars(cls).get(name)


def _in_cell(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


#: (code, id of its globals) -> those globals, and the places that the code reaches by way of them.
_PLANS: dict[tuple[CodeType, int], tuple[dict[str, Any], tuple[Place, ...]]] = {}


def _plan(code: CodeType, namespace: dict[str, Any], where: str) -> tuple[Place, ...]:
    """What code reaches by way of its globals: worked out once, as definitions hardly change."""
    key = (code, id(namespace))
    if key not in _PLANS:
        if len(_PLANS) >= _PLANS_MAX:
            _PLANS.clear()
        _PLANS[key] = namespace, tuple(_Walk(planned=False).by_name(code, namespace, where))
    return _PLANS[key][1]
