"""A dict that says who touches it: a read or a write of each key, apart from which keys there are."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, ItemsView, Iterator, KeysView, MutableMapping, ValuesView
from typing import Any

from harness.model.tracked.faces import (
    FACES,
    Face,
    bared,
    enrol,
    faced,
    made,
    read_within,
    walked,
)
from harness.model.tracked.parts import key_part
from harness.model.tracked.records import ABSENT, Record


class DictFace(Face, MutableMapping[Any, Any]):
    """Stands before a dict, or one of the kinds of dict of `collections`."""

    __slots__ = ()

    @staticmethod
    def take_in(bare: dict[Any, Any], kind: str) -> None:
        """What is in a dict comes in."""
        for key, value in list(bare.items()):
            within = bared(value)
            if within is not value:
                bare[key] = within
            enrol(key)
            enrol(within, kind + key_part(key))

    def _parts(self) -> Iterator[tuple[str, Any]]:
        return ((self._part(key), value) for key, value in list(self.bare.items()))

    def _part(self, key: Any) -> str:
        return key_part(key)

    # ---- one key -------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        record = self._record()
        if record is None:
            return self.bare[key]
        found = self._found(record, key)
        if found is not ABSENT:
            return faced(found)
        if not hasattr(type(self.bare), "__missing__"):
            raise KeyError(key)
        found = self.bare[key]
        if key in self.bare:  # it has been made
            self._put_in(record, key, found, new=True)
        return faced(found)

    def _found(self, record: Record, key: Any) -> Any:
        """What is at a key, read."""
        found = dict.get(self.bare, bared(key), ABSENT)
        record.read(self._part(key), found)
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        record = self._record()
        if record is None:
            return self.bare.get(key, default)
        found = self._found(record, key)
        return default if found is ABSENT else faced(found)

    def __contains__(self, key: object) -> bool:
        record = self._record()
        return key in self.bare if record is None else self._found(record, key) is not ABSENT

    def __setitem__(self, key: Any, value: Any) -> None:
        record = self._record()
        value = bared(value)
        new = key not in self.bare
        self.bare[key] = value
        if record is not None:
            self._put_in(record, key, value, new=new)

    def _put_in(self, record: Record, key: Any, value: Any, *, new: bool) -> None:
        part = self._part(key)
        record.write(part, value)  # with all that is in it, if it has just come in
        enrol(key)
        enrol(value, record.kind + part)
        if new:
            record.change(f"new {part}")

    def __delitem__(self, key: Any) -> None:
        self._take_out(key)

    def _take_out(self, key: Any) -> Any:
        """Raises KeyError."""
        record = self._record()
        if record is None:
            return self.bare.pop(key)
        if key not in self.bare:
            self._found(record, key)
            raise KeyError(key)
        value = self.bare.pop(key)
        record.write(self._part(key), ABSENT)
        record.change(f"without {self._part(key)}")
        return faced(value)

    def pop(self, key: Any, default: Any = ABSENT) -> Any:
        try:
            return self._take_out(key)
        except KeyError:
            if default is ABSENT:
                raise
            return default

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    # ---- all of them ---------------------------------------------------------------------------

    def popitem(self, *args: Any, **options: Any) -> Any:
        record = self._record()
        if record is None:
            return self.bare.popitem(*args, **options)
        record.look()
        key, value = self.bare.popitem(*args, **options)
        record.write(self._part(key), ABSENT)
        record.change(f"without {self._part(key)}")
        return key, faced(value)

    def clear(self) -> None:
        record = self._record()
        parts = list(self._parts())
        if record is not None:
            record.look()
        self.bare.clear()
        if record is not None and parts:
            for part, _ in parts:
                record.write(part, ABSENT)
            record.change("clear()")

    def update(self, *args: Any, **values: Any) -> None:
        for key, value in dict(*args, **values).items():
            self[key] = value

    def __iter__(self) -> Iterator[Any]:
        return walked(self, iter(self.bare))

    def __reversed__(self) -> Iterator[Any]:
        return walked(self, reversed(self.bare))

    def keys(self) -> KeysView[Any]:
        return _Keys(self)

    def values(self) -> ValuesView[Any]:
        return _Values(self)

    def items(self) -> ItemsView[Any, Any]:
        return _Items(self)

    def copy(self) -> Any:
        return made(self._read_parts().copy())

    def fromkeys(self, *args: Any) -> Any:
        """Makes another dict and has nothing to do with this one."""
        return made(self.bare.fromkeys(*map(bared, args)))

    # ---- operators -----------------------------------------------------------------------------

    def __or__(self, other: Any) -> Any:
        return made(self._read_parts() | _read(other))

    def __ror__(self, other: Any) -> Any:
        return made(_read(other) | self._read_parts())

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self


def _read(other: Any) -> Any:
    read_within(other)
    return bared(other)


class _Keys(KeysView[Any]):
    """As `dict.keys()` shows itself."""

    __slots__ = ()
    _mapping: DictFace

    def __repr__(self) -> str:
        read_within(self._mapping)
        return repr(self._mapping.bare.keys())

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self._mapping)


class _Values(ValuesView[Any]):
    """As `dict.values()` shows itself."""

    __slots__ = ()
    _mapping: DictFace

    def __repr__(self) -> str:
        read_within(self._mapping)
        return repr(self._mapping.bare.values())

    def __reversed__(self) -> Iterator[Any]:
        return (self._mapping[key] for key in reversed(self._mapping))


class _Items(ItemsView[Any, Any]):
    """As `dict.items()` shows itself."""

    __slots__ = ()
    _mapping: DictFace

    def __repr__(self) -> str:
        read_within(self._mapping)
        return repr(self._mapping.bare.items())

    def __reversed__(self) -> Iterator[Any]:
        return ((key, self._mapping[key]) for key in reversed(self._mapping))


def _does(name: str) -> Callable[..., Any]:
    def method(self: Face, *args: Any, **values: Any) -> Any:
        return self._do(name, *args, **values)

    return method


class CounterFace(DictFace):
    """Stands before a counter, whose methods are its own."""

    __slots__ = ()

    def __delitem__(self, key: Any) -> None:
        if key in self:
            self._take_out(key)

    update = _does("update")
    __add__, __sub__, __and__, __or__ = map(_does, ("__add__", "__sub__", "__and__", "__or__"))
    __iadd__, __isub__, __iand__ = map(_does, ("__iadd__", "__isub__", "__iand__"))
    __ior__, __pos__, __neg__ = map(_does, ("__ior__", "__pos__", "__neg__"))
    __lt__, __le__, __gt__, __ge__ = map(_does, ("__lt__", "__le__", "__gt__", "__ge__"))


FACES.update(dict.fromkeys((dict, OrderedDict, defaultdict), DictFace))
FACES[Counter] = CounterFace
