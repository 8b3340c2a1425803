"""What stands before a plain container, looks like it, and says who touches it.

A face is no subclass: what is written in C would go past the methods of one (`set(s)`, `heapq`), and a
search that misses an access proves what is not so. It claims to be of the container's class, so
`isinstance` is content; what insists on the real thing says so with a TypeError.

The container behind a face holds plain things only. They are given faces when they come out, and lose
them when they go in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy, deepcopy
from functools import partial
from typing import Any

from harness.kernel import clean
from harness.kernel.text import show_as
from harness.model.tracked.records import Record, records_of, running, shown

#: Class of a container -> that of its face.
FACES: dict[type, type[Face]] = {}
#: What is done with an object of somebody's class that comes into something tracked.
OBJECTS: list[Callable[[Any, str | None], None]] = []


class Face:
    """See the module. `bare` is the container, as Python knows it."""

    __slots__ = ("__weakref__", "bare")

    def __init__(self, bare: Any) -> None:
        self.bare = bare

    @property  # type: ignore[misc]  # it says what it stands for
    def __class__(self) -> type:
        return type(self.bare)

    # ---- what subclasses say -------------------------------------------------------------------

    def _parts(self) -> Iterable[tuple[str, Any]]:
        """Every part, with what is in it."""
        raise NotImplementedError

    # ---- what they use -------------------------------------------------------------------------

    def _record(self) -> Record | None:
        """Where to note what is about to happen; None if nobody wants to know."""
        run = running()
        if run is None:
            return None
        record = records_of(run).get(id(self.bare)) or enrol(self.bare)
        assert record is not None
        record.claim()
        return record

    def _look(self) -> None:
        record = self._record()
        if record is not None:
            record.look()

    def _read_parts(self) -> Any:
        """All of it is read, but not what is within it; returns the container."""
        record = self._record()
        if record is not None:
            record.look()
            for part, value in self._parts():
                record.read(part, value)
        return self.bare

    def _do(self, name: str, *args: Any, **options: Any) -> Any:
        """Let the container do something of which no more is known than that it may do anything."""
        record = self._record()
        if record is None:
            return getattr(self.bare, name)(*args, **options)
        for thing in (*args, *options.values(), self):
            read_within(thing)
        before = list(self._parts())
        result = getattr(self.bare, name)(*map(bared, args), **_bared_values(options))
        self._write_what_differs(record, before, in_words(name, args))
        enrol_within(self.bare, record.kind)
        return made(list(result) if isinstance(result, Iterator) else result)

    def _write_what_differs(self, record: Record, before: list[tuple[str, Any]], how: str) -> None:
        after = list(self._parts())
        same = {(part, id(value)) for part, value in before}
        same &= {(part, id(value)) for part, value in after}
        for part, value in (*before, *after):
            if (part, id(value)) not in same:
                record.write(part, value)
        if [part for part, _ in before] != [part for part, _ in after]:
            record.change(how)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.bare, name)
        if callable(found) and not isinstance(found, type):
            return partial(self._do, name)
        self._look()
        return found

    # ---- what all of them have -----------------------------------------------------------------

    def __len__(self) -> int:
        self._look()
        return len(self.bare)

    def __repr__(self) -> str:
        read_within(self)
        return repr(self.bare)

    def __eq__(self, other: object) -> Any:
        read_within(self)
        read_within(other)
        return self.bare.__eq__(bared(other))

    __hash__ = None  # type: ignore[assignment]  # as containers have none

    def __copy__(self) -> Any:
        return made(copy(self._read_parts()))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        read_within(self)
        return made(deepcopy(self.bare, memo))

    def __reduce_ex__(self, protocol: Any) -> Any:
        read_within(self)
        return self.bare.__reduce_ex__(protocol)


show_as(Face.__repr__, lambda face: face.bare)


# ---- on the way in and out -------------------------------------------------------------------------


def bared(value: Any) -> Any:
    """A value as it goes in: without its face, or with none within a tuple."""
    if isinstance(value, Face):
        return value.bare
    if type(value) is tuple and any(isinstance(item, (Face, tuple)) for item in value):
        return tuple(map(bared, value))
    return value


def _bared_values(values: dict[str, Any]) -> dict[str, Any]:
    return {name: bared(value) for name, value in values.items()}


def faced(value: Any) -> Any:
    """A value as it comes out: with a face, if it has one."""
    kind = type(value)
    if kind is tuple:
        items = tuple(map(faced, value))
        return value if all(map(_is, items, value)) else items
    if kind not in FACES:
        return value
    run = running()
    if run is None:
        return value
    record = records_of(run).get(id(value)) or enrol(value)
    assert record is not None
    if record.face is None:
        record.face = FACES[kind](value)
    return record.face


def _is(first: object, second: object) -> bool:
    return first is second


def made(value: Any) -> Any:
    """What an operation has made: tracked, like what it was made of."""
    enrol(value)
    return faced(value)


def enrol(value: Any, kind: str | None = None) -> Record | None:
    """Give what comes in a label, and all that is within it; None if it cannot be tracked."""
    run = running()
    if run is None:
        return None
    if type(value) not in FACES:
        for item in value if type(value) is tuple else ():
            enrol(item, kind)
        if type(value) is not tuple:
            for take_in in OBJECTS:
                take_in(value, kind)
        return None
    records = records_of(run)
    record = records.get(id(value))
    if record is None:
        record = records[id(value)] = Record(run, value, kind or type(value).__name__)
        enrol_within(value, record.kind)
    return record


def enrol_within(container: Any, kind: str) -> None:
    """Everything in a container comes in, and loses its face there."""
    FACES[type(container)].take_in(container, kind)  # type: ignore[attr-defined]  # each has one


def read_within(value: Any, seen: dict[int, Any] | None = None) -> None:
    """All of a tracked container is read, and all of those within it."""
    run = running()
    if run is None:
        return
    seen = {} if seen is None else seen
    bare = bared(value)
    items: Iterable[Any] = bare if type(bare) is tuple else ()
    tracked = type(bare) in FACES and (bare is not value or id(bare) in records_of(run))
    if tracked and id(bare) not in seen:
        seen[id(bare)] = bare
        faced(bare)._read_parts()
        items = [item for _, item in faced(bare)._parts()]
    for item in items:
        read_within(item, seen)


def in_words(name: str, args: Iterable[Any]) -> str:
    """An operation as the log has it."""
    run = running()
    bare = map(bared, args)
    texts = (clean(a if run is None else shown(run, a)) for a in bare)
    return f"{name.strip('_')}({', '.join(texts)})"


def walked(face: Face, iterator: Iterator[Any]) -> Iterator[Any]:
    """What an iterator over the container comes to: it looks at the container in every step anew."""
    last = -1
    while True:
        record = face._record()
        if record is not None and record.run.step != last:
            record.look()
            last = record.run.step
        try:
            item = next(iterator)
        except StopIteration:
            return
        yield item
