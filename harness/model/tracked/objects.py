"""Objects that say who touches their attributes: a read or a write of each, by name.

Hooks are put into the object's class, in place, so that the object is still what it was: of the same
class and identity, and in its methods `self` is tracked. Instances that are not tracked, and all of
them outside of runs, pass the hooks unchanged.

Not seen: what goes past an object's own way of being asked (`object.__setattr__`, C code that looks
into `__dict__`), and attributes of the class itself.
"""

from __future__ import annotations

import sys
from enum import Enum
from functools import cached_property
from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any
from weakref import ref

from harness.errors import CannotTrack
from harness.kernel.aside import ASIDE
from harness.model.tracked.dicts import DictFace
from harness.model.tracked.faces import OBJECTS, bared, enrol, faced
from harness.model.tracked.parts import name_part
from harness.model.tracked.records import ABSENT, Record, records_of, running

if TYPE_CHECKING:
    from collections.abc import Callable

#: Whose instances cannot be followed: what matters in them is no attribute.
_OPAQUE = (dict, list, set, tuple, str, bytes, bytearray, int, float, frozenset, Enum, type)
#: In a class: all instances are tracked; the class has hooks.
_ALL, _HOOKED = "__harness_tracks_all__", "__harness_hooks__"
#: By identity: objects that were given to `tracked` outside of a run.
_OUTSIDE: dict[int, Callable[[], Any]] = {}


class _Names(DictFace):
    """Stands before the `__dict__` of an object, whose keys are the names of its attributes."""

    __slots__ = ()

    def _part(self, key: Any) -> str:
        return name_part(str(key))


def track_class(cls: type) -> None:
    """Track every instance of a class, from when it is made."""
    _install(cls)
    made: Any = cls.__new__

    def new(kind: type, /, *args: Any, **values: Any) -> Any:
        if made is not object.__new__:
            instance = made(kind, *args, **values)
        elif kind.__init__ is object.__init__ and (args or values):  # type: ignore[misc]
            raise TypeError(f"{kind.__name__}() takes no arguments")
        else:
            instance = object.__new__(kind)
        record_of(instance)
        return instance

    cls.__new__ = new  # type: ignore[method-assign]
    setattr(cls, _ALL, True)


def track_object(thing: object, kind: str | None) -> None:
    """Track one object of whatever class.

    Raises:
      CannotTrack: its class cannot have hooks.
    """
    _install(type(thing))
    if running() is not None:
        _enrol(thing, kind)
    else:
        _OUTSIDE[id(thing)] = _looking_at(thing)


def _looking_at(thing: object) -> Callable[[], Any]:
    """A reference that lets it go, if it can be referred to so."""
    key = id(thing)
    try:
        return ref(thing, lambda _: _OUTSIDE.pop(key, None))
    except TypeError:
        return lambda: thing


def track_within(thing: object, kind: str | None) -> None:
    """Track what has come into something tracked, if it is an object of a class of the user's own."""
    cls = type(thing)
    if is_users(cls) and not isinstance(thing, (*_OPAQUE, BaseException, FunctionType)):
        track_object(thing, kind)


OBJECTS.append(track_within)


def is_users(cls: type) -> bool:
    """Whether somebody wrote the class for their own system, rather than installed it."""
    top = cls.__module__.partition(".")[0]
    if cls.__module__ == "__main__":
        return True
    if top in sys.stdlib_module_names or top in ("trio", "outcome", "attr", "attrs"):
        return False
    if top == "harness" and not cls.__module__.startswith("harness.scenarios"):
        return False
    return "site-packages" not in str(getattr(sys.modules.get(cls.__module__), "__file__", ""))


# ---- records ---------------------------------------------------------------------------------------


def record_of(thing: object) -> Record | None:
    """Where to note what is done to an object; None if it is not tracked, or nobody wants to know."""
    run = running()
    if run is None:
        return None
    record = records_of(run).get(id(thing))
    if record is None:
        outside = _OUTSIDE.get(id(thing))
        if not hasattr(type(thing), _ALL) and (outside is None or outside() is not thing):
            return None
        record = _enrol(thing, None)
    record.claim()
    return record


def _enrol(thing: object, kind: str | None) -> Record:
    run = running()
    assert run is not None
    records = records_of(run)
    record = records.get(id(thing))
    if record is None:
        record = records[id(thing)] = Record(run, thing, kind or type(thing).__name__)
        with ASIDE:
            attributes = _attributes(thing)
        for name, value in attributes.items():
            within = bared(value)
            if within is not value:
                object.__setattr__(thing, name, within)
            enrol(within, record.kind + name_part(name))
    return record


def _attributes(thing: object) -> dict[str, Any]:
    found = dict(_dict_of(thing))
    for cls in type(thing).__mro__:
        for name, member in vars(cls).items():
            if isinstance(member, MemberDescriptorType) and hasattr(thing, name):
                found[name] = member.__get__(thing)
    return found


def _dict_of(thing: object) -> dict[str, Any]:
    try:
        return object.__getattribute__(thing, "__dict__")  # type: ignore[no-any-return]
    except AttributeError:
        return {}


# ---- hooks -----------------------------------------------------------------------------------------


def _install(cls: type) -> None:
    if getattr(cls, _HOOKED, False):
        return  # or a class that it derives from has them
    if issubclass(cls, _OPAQUE):
        base = next(base for base in _OPAQUE if issubclass(cls, base)).__name__
        what = base if cls.__name__ == base else f"{cls.__qualname__}, which is a {base}"
        raise CannotTrack(what, "keep it in an attribute of a class of your own, and track that")
    try:
        setattr(cls, _HOOKED, True)
    except TypeError as error:
        instead = "give it a dict, a list, a set, a deque, or an object of a class of your own"
        raise CannotTrack(f"an object of {cls.__qualname__}", instead) from error
    for name, make in _HOOKS.items():
        setattr(cls, name, make(getattr(cls, name)))


def _class_attribute(cls: type, name: str) -> Any:
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return ABSENT


def _is_data(thing: object, name: str) -> bool:
    """Whether an attribute is a value, kept in the object or not there yet; else code answers."""
    found = _class_attribute(type(thing), name)
    if found is ABSENT or isinstance(found, MemberDescriptorType):
        return True
    if hasattr(type(found), "__set__") or hasattr(type(found), "__delete__"):
        return False
    return not hasattr(type(found), "__get__") or name in _dict_of(thing)


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _getting(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def __getattribute__(self: Any, name: str) -> Any:
        record = None if _is_special(name) and name != "__dict__" else record_of(self)
        if record is None:
            return original(self, name)
        if name == "__dict__":
            return _names_of(original(self, name), record)
        if not _is_data(self, name):
            return original(self, name)
        try:
            value = original(self, name)
        except AttributeError:
            record.read(name_part(name), ABSENT)
            raise
        record.read(name_part(name), value)
        return faced(value)

    return __getattribute__


def _names_of(bare: dict[str, Any], record: Record) -> _Names:
    """The `__dict__` of an object: the same parts as the object's, under the same label."""
    records = records_of(record.run)
    if id(bare) not in records:
        own = records[id(bare)] = Record.like(record, bare)
        own.face = _Names(bare)
    return records[id(bare)].face  # type: ignore[no-any-return]


def _setting(original: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    def __setattr__(self: Any, name: str, value: Any) -> None:
        record = record_of(self)
        if record is None:
            original(self, name, value)
            return
        found = _class_attribute(type(self), name)
        if isinstance(found, (FunctionType, classmethod, staticmethod)):
            instead = "it hides a method of the class; give it another name"
            raise CannotTrack(f"the attribute {name} of a {type(self).__name__}", instead)
        if name == "__dict__":
            value, names = dict(value), self.__dict__
            names.clear()
            names.update(value)
            return
        if not (_is_data(self, name) or isinstance(found, cached_property)):
            original(self, name, value)
            return
        value = bared(value)
        new = not _has(self, name)
        original(self, name, value)
        record.write(name_part(name), value)
        enrol(value, record.kind + name_part(name))
        if new:
            record.change(f"new {name_part(name)}")

    return __setattr__


def _has(thing: object, name: str) -> bool:
    found = _class_attribute(type(thing), name)
    if isinstance(found, MemberDescriptorType):
        with ASIDE:
            return hasattr(thing, name)
    return name in _dict_of(thing)


def _deleting(original: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def __delattr__(self: Any, name: str) -> None:
        record = record_of(self)
        try:
            original(self, name)
        except AttributeError:
            if record is not None:
                record.read(name_part(name), ABSENT)
            raise
        if record is not None and not isinstance(_class_attribute(type(self), name), property):
            record.write(name_part(name), ABSENT)
            record.change(f"without {name_part(name)}")

    return __delattr__


def _read_all(thing: object) -> Record | None:
    record = record_of(thing)
    if record is not None:
        record.look()
        with ASIDE:
            attributes = _attributes(thing)
        for name, value in attributes.items():
            record.read(name_part(name), value)
    return record


def _reducing(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        """For copies, which are tracked as well."""
        record = _read_all(self)
        with ASIDE:
            reduced = original(self, protocol)
        if record is None or not isinstance(reduced, tuple):
            return reduced
        return (remade, reduced[:2], *reduced[2:])

    return __reduce_ex__


def remade(make: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """A copy of a tracked object, tracked."""
    thing = make(*args)
    if running() is not None:
        track_object(thing, None)
    return thing


def _listing(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def __dir__(self: Any) -> Any:
        record = record_of(self)
        if record is not None:
            record.look()
        with ASIDE:
            return original(self)

    return __dir__


_HOOKS: dict[str, Callable[[Any], Any]] = {
    "__getattribute__": _getting,
    "__setattr__": _setting,
    "__delattr__": _deleting,
    "__reduce_ex__": _reducing,
    "__dir__": _listing,
}
