"""A set that says who touches it: a read or a write of each member, apart from which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSet
from typing import Any

from harness.model.tracked.faces import (
    FACES,
    Face,
    bared,
    enrol,
    in_words,
    made,
    read_within,
    walked,
)
from harness.model.tracked.parts import key_part


def _asks(name: str) -> Callable[..., Any]:
    """A method of sets that changes nothing."""

    def method(self: SetFace, *others: Any) -> Any:
        given = _given(others)
        return made(getattr(self._read_parts(), name)(*given))

    return method


def _alters(name: str) -> Callable[..., Any]:
    """A method of sets that may change any of its members."""

    def method(self: SetFace, *others: Any) -> Any:
        return self._do(name, *_given(others))

    return method


def _given(others: tuple[Any, ...]) -> list[Any]:
    """What a set takes as other sets, read; iterators are used up here, whoever they ask."""
    given = [list(other) if isinstance(other, Iterator) else other for other in others]
    for other in given:
        read_within(other)
    return list(map(bared, given))


class SetFace(Face, MutableSet[Any]):
    """Stands before a set."""

    __slots__ = ()

    @staticmethod
    def take_in(bare: set[Any], _kind: str) -> None:
        """What is in a set comes in: objects of somebody's class may be tracked, too."""
        for member in sorted(bare, key=key_part):
            enrol(member)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        return iter([(key_part(member), member) for member in sorted(self.bare, key=key_part)])

    # ---- one member ----------------------------------------------------------------------------

    def __contains__(self, member: object) -> bool:
        found = bared(member) in self.bare
        record = self._record()
        if record is not None:
            record.read(key_part(bared(member)), found)
        return found

    def add(self, value: Any) -> None:
        self._put(value, here=True)

    def discard(self, value: Any) -> None:
        self._put(value, here=False)

    def remove(self, value: Any) -> None:
        if not self._put(value, here=False):
            raise KeyError(value)

    def _put(self, member: Any, *, here: bool) -> bool:
        """A member is to be there, or not; whether that was a change. If not, it has been read."""
        member = bared(member)
        record = self._record()
        differs = (member in self.bare) is not here
        if differs:
            (self.bare.add if here else self.bare.discard)(member)
        if record is not None:
            part = key_part(member)
            if differs:
                enrol(member)
                record.write(part, here)
                record.change(f"{'with' if here else 'without'} {part}")
            else:
                record.read(part, here)
        return differs

    def pop(self) -> Any:
        record = self._record()
        if record is not None:
            record.look()
        member = self.bare.pop()
        if record is not None:
            record.write(key_part(member), False)
            record.change(f"without {key_part(member)}")
        return member

    # ---- all of them ---------------------------------------------------------------------------

    def update(self, *others: Any) -> None:
        self._add_all("update", others)

    def _add_all(self, name: str, others: tuple[Any, ...]) -> None:
        """Members that are new are written, the others have been read.

        The set does it itself, and at once: the order of its members depends on that.
        """
        record = self._record()
        given = _given(others)
        members = dict.fromkeys(member for other in given for member in other)
        new = {member: None for member in members if member not in self.bare}
        getattr(self.bare, name)(*given)
        if record is None:
            return
        for member in members:
            if member not in new:
                record.read(key_part(member), True)
        for member in new:
            record.write(key_part(member), True)
            enrol(member)
        if new:
            record.change(in_words(name, others))

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]  # as a set's own
        if not isinstance(other, (set, frozenset)):
            return NotImplemented
        self._add_all("__ior__", (other,))
        return self

    def __iter__(self) -> Iterator[Any]:
        return walked(self, iter(self.bare))

    def copy(self) -> Any:
        return made(self._read_parts().copy())

    clear = _alters("clear")
    intersection_update, __iand__ = _alters("intersection_update"), _alters("__iand__")
    difference_update, __isub__ = _alters("difference_update"), _alters("__isub__")
    symmetric_difference_update = _alters("symmetric_difference_update")
    __ixor__ = _alters("__ixor__")
    union, __or__, __ror__ = _asks("union"), _asks("__or__"), _asks("__ror__")
    intersection, __and__, __rand__ = _asks("intersection"), _asks("__and__"), _asks("__rand__")
    difference, __sub__, __rsub__ = _asks("difference"), _asks("__sub__"), _asks("__rsub__")
    symmetric_difference = _asks("symmetric_difference")
    __xor__, __rxor__ = _asks("__xor__"), _asks("__rxor__")
    isdisjoint, issubset, issuperset = map(_asks, ("isdisjoint", "issubset", "issuperset"))
    __lt__, __le__, __gt__, __ge__ = map(_asks, ("__lt__", "__le__", "__gt__", "__ge__"))


FACES[set] = SetFace
