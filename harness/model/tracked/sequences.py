"""Lists and deques that say who touches them: each index, apart from how many items there are where."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, MutableSequence
from itertools import count
from typing import Any

from harness.model.tracked.faces import (
    FACES,
    Face,
    bared,
    enrol,
    faced,
    in_words,
    made,
    read_within,
    walked,
)
from harness.model.tracked.parts import index_part


def _moves(name: str) -> Callable[..., Any]:
    """A method that takes no items, after which those that are there stand elsewhere."""

    def method(self: SequenceFace, *args: Any) -> Any:
        return self._reshape(name, args)

    return method


def _takes_out(name: str) -> Callable[..., Any]:
    """A method whose answer, or whether it has one, depends on what there is."""

    def method(self: SequenceFace, *args: Any) -> Any:
        self._look()
        return self._reshape(name, args)

    return method


def _takes(name: str) -> Callable[..., Any]:
    """A method whose last argument comes in."""

    def method(self: SequenceFace, *args: Any) -> Any:
        return self._reshape(name, (*args[:-1], bared(args[-1])), args[-1:])

    return method


def _takes_many(name: str) -> Callable[..., Any]:
    """A method whose last argument is a number of items that come in."""

    def method(self: SequenceFace, *args: Any) -> Any:
        items = list(map(bared, args[-1]))
        return self._reshape(name, (*args[:-1], items), items)

    return method


def _compares(name: str) -> Callable[..., Any]:
    """An operator that asks all items."""

    def method(self: SequenceFace, other: Any) -> Any:
        return self._asked(name, other)

    return method


def _makes(name: str) -> Callable[..., Any]:
    """An operator that makes another sequence of this one."""

    def method(self: SequenceFace, other: Any) -> Any:
        read_within(other)
        return made(getattr(self._read_parts(), name)(bared(other)))

    return method


class SequenceFace(Face, MutableSequence[Any]):
    """Stands before a list or a deque.

    Whoever uses an index looks at the shape as well: which item that is depends on what was put in and
    taken out before it.
    """

    __slots__ = ()

    @staticmethod
    def take_in(bare: Any, kind: str) -> None:
        """What is in a sequence comes in."""
        for index, item in enumerate(list(bare)):
            within = bared(item)
            if within is not item:
                bare[index] = within
            enrol(within, f"{kind}[]")

    def _parts(self) -> Iterator[tuple[str, Any]]:
        return ((index_part(index), item) for index, item in enumerate(list(self.bare)))

    # ---- by index ------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        self._look()
        found = self.bare[index]
        record = self._record()
        if record is not None:
            for place in self._places(index):
                record.read(index_part(place), self.bare[place])
        return made(found) if isinstance(index, slice) else faced(found)

    def _places(self, index: Any) -> Iterable[int]:
        places = range(len(self.bare))[index]
        return places if isinstance(places, range) else (places,)

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            self._look()  # whether so many fit there
            _takes_many("__setitem__")(self, index, value)
            return
        self._look()
        value = bared(value)
        self.bare[index] = value
        record = self._record()
        if record is not None:
            for place in self._places(index):
                record.write(index_part(place), value)
            enrol(value, f"{record.kind}[]")

    # ---- what moves items ----------------------------------------------------------------------

    def _reshape(self, name: str, args: tuple[Any, ...], coming: Iterable[Any] = ()) -> Any:
        """Something after which items stand elsewhere, or others stand there.

        That by itself looks at nothing: it can be done whatever there is, and answers nothing.
        """
        record = self._record()
        try:
            result = getattr(self.bare, name)(*args)
        except Exception:
            self._look()  # that it cannot be done depends on what there is
            raise
        if record is not None:
            how = in_words(name, args)
            record.change(how)
            record.run.note(f"{record.label}.{how}")
            for item in coming:
                enrol(bared(item), f"{record.kind}[]")
        return faced(result)

    append = _takes("append")
    insert = _takes("insert")
    extend = _takes_many("extend")
    pop = _takes_out("pop")
    reverse = _moves("reverse")
    clear = _moves("clear")
    __delitem__ = _takes_out("__delitem__")
    __imul__ = _moves("__imul__")

    def __iadd__(self, items: Any) -> Any:  # type: ignore[misc]  # as a list's own
        self.extend(items)
        return self

    def remove(self, value: Any) -> None:
        del self[self.index(value)]

    # ---- what looks at all items ---------------------------------------------------------------

    def _asked(self, name: str, *args: Any) -> Any:
        for thing in (self, *args):
            read_within(thing)
        return getattr(self.bare, name)(*map(bared, args))

    def __contains__(self, value: object) -> bool:
        return bool(self._asked("__contains__", value))

    def index(self, value: Any, *bounds: int) -> int:
        return int(self._asked("index", value, *bounds))

    def count(self, value: Any) -> int:
        return int(self._asked("count", value))

    __lt__, __le__ = _compares("__lt__"), _compares("__le__")
    __gt__, __ge__ = _compares("__gt__"), _compares("__ge__")

    def __iter__(self) -> Iterator[Any]:
        return self._items(count(), iter(self.bare))

    def __reversed__(self) -> Iterator[Any]:
        return self._items(count(len(self.bare) - 1, -1), reversed(self.bare))

    def _items(self, places: Iterator[int], iterator: Iterator[Any]) -> Iterator[Any]:
        for place, item in zip(places, walked(self, iterator), strict=False):
            record = self._record()
            if record is not None:
                record.read(index_part(place), item)
            yield faced(item)

    # ---- what makes another --------------------------------------------------------------------

    def copy(self) -> Any:
        return made(self._read_parts().copy())

    __add__, __mul__, __rmul__ = _makes("__add__"), _makes("__mul__"), _makes("__rmul__")

    def __radd__(self, other: Any) -> Any:
        read_within(other)
        return made(bared(other) + self._read_parts())


class ListFace(SequenceFace):
    """Stands before a list."""

    __slots__ = ()

    def sort(self, *, key: Callable[[Any], Any] | None = None, reverse: bool = False) -> None:
        """Items are compared as code under test sees them."""
        self._read_parts()
        items = list(map(faced, self.bare))
        try:
            items.sort(key=key, reverse=reverse)
        finally:  # where it raises, what was moved stays moved
            self._reshape("__setitem__", (slice(None), list(map(bared, items))))


class DequeFace(SequenceFace):
    """Stands before a deque."""

    __slots__ = ()

    appendleft = _takes("appendleft")
    extendleft = _takes_many("extendleft")
    popleft = _takes_out("popleft")
    rotate = _moves("rotate")

    def insert(self, index: int, value: Any) -> None:
        self._look()  # a full one takes nothing
        self._reshape("insert", (index, bared(value)), (value,))


FACES.update({list: ListFace, deque: DequeFace})
