"""Tracked objects are what they were; who touches which attribute is seen."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import attrs
import pytest

import harness
from harness.errors import CannotTrack
from harness.kernel import Defaults, Kernel, current_run


class Plain:
    """With a bit of everything."""

    limit = 3
    shared: ClassVar[list[int]] = []

    def __init__(self, x: int = 0) -> None:
        self.x = x
        self.items: list[int] = []

    @property
    def double(self) -> int:
        """Made of an attribute."""
        return 2 * self.x

    @double.setter
    def double(self, value: int) -> None:
        self.x = value // 2

    @cached_property
    def slow(self) -> int:
        """Made once."""
        return self.x + 100

    def bump(self) -> int:
        """A read and a write."""
        self.x += 1
        return self.x

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return f"no {name}"


class Slotted:
    """Without a `__dict__`."""

    __slots__ = ("x", "y")

    def __init__(self, x: int = 0) -> None:
        self.x = x


@dataclasses.dataclass
class Data:
    """As many write their state."""

    x: int = 0
    items: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Frozen:
    """What is within may change."""

    x: int = 0
    items: list[int] = dataclasses.field(default_factory=list)


@attrs.define
class Attrs:
    """With slots, too."""

    x: int = 0
    items: list[int] = attrs.field(factory=list)


@harness.tracked
class Decorated(Plain):
    """All of them are tracked."""

    def __init__(self, x: int = 0) -> None:
        super().__init__(x)
        self.more = {"a": 1}


class Derived(Decorated):
    """So are these."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)


@harness.tracked
class Bare:
    """With nothing of its own."""


#: Those that are equal by what is in them.
RECORDS: list[Any] = [Data, Frozen, Attrs]


def within(body: Callable[[], None]) -> list[tuple[str, str]]:
    """Do it within a step; what that read and wrote of things that are tracked, without the maker."""
    log: list[tuple[str, str]] = []

    async def main() -> None:
        try:
            body()
        finally:
            for item in current_run().log:
                if isinstance(item, tuple):
                    what = ("read", "write")[item[1]], item[0].partition(":")[2]
                    if log[-1:] != [what]:
                        log.append(what)

    with Kernel() as kernel:
        outcome = kernel.run(main, Defaults()).main_task_outcome
    assert outcome is not None
    outcome.unwrap()
    return log


@pytest.mark.parametrize("make", [Plain, Slotted, Data, Frozen, Attrs, Decorated, Derived])
def test_they_are_what_they_were(make: Any) -> None:
    """Of the same class, the same object, with the same copies."""

    def body() -> None:
        mine = make(1)
        state = harness.tracked(mine)

        assert state is mine
        assert type(state) is make
        assert state.x == 1
        twin = copy.copy(state)
        assert type(twin) is make
        assert twin.x == 1
        deep = copy.deepcopy(state)
        assert deep.x == 1
        if make is not Slotted:
            assert "items" in dir(state)
            assert twin.items is state.items
            assert deep.items is not state.items
            assert make is Attrs or "items" in vars(state)
            assert pickle.loads(pickle.dumps(state)).x == 1
        if make in RECORDS:
            assert state == make(1)
            assert repr(state) == repr(make(1))

    within(body)
    body()


def test_methods_properties_and_defaults_work_on_the_tracked_self() -> None:
    """What they touch is seen; that they were looked up is nothing."""

    def body() -> None:
        state: Any = harness.tracked(Plain())
        assert (state.bump(), state.double, state.limit, state.slow, state.slow) == (
            *(1, 2, 3),
            *(101, 101),
        )
        state.double = 8
        assert state.x == 4
        assert state.nothing == "no nothing"
        state.items.append(1)
        state.items[0] = 2
        state.late = 1
        del state.late
        assert state.items == [2]

    assert within(body) == [
        *(("read", "Plain.x"), ("write", "Plain.x"), ("read", "Plain.x")),
        ("read", "Plain.limit"),
        *(("read", "Plain.slow"), ("read", "Plain.x"), ("write", "Plain.slow")),
        *(("write", "Plain (shape)"), ("read", "Plain.slow")),
        *(("write", "Plain.x"), ("read", "Plain.x"), ("read", "Plain.nothing")),
        *(("read", "Plain.items"), ("write", "Plain.items (shape)")),
        *(("read", "Plain.items"), ("read", "Plain.items (shape)"), ("write", "Plain.items[0]")),
        *(("write", "Plain.late"), ("write", "Plain (shape)")),
        *(("write", "Plain.late"), ("write", "Plain (shape)")),
        *(("read", "Plain.items"), ("read", "Plain.items (shape)"), ("read", "Plain.items[0]")),
    ]


def test_all_that_a_decorated_class_makes_is_tracked_and_nothing_else() -> None:
    """From the first attribute on; objects of other classes are left alone."""

    def body() -> None:
        Plain(1).x += 1
        Decorated(1)
        Derived(2)
        Bare().x = 1  # type: ignore[attr-defined]

    assert [what for what in within(body) if "shape" not in what[1]] == [
        *(("write", f"Decorated.{name}") for name in ("x", "items", "more")),
        *(("write", f"Derived.{name}") for name in ("x", "items", "more")),
        ("write", "Bare.x"),
    ]
    with pytest.raises(TypeError, match="takes no arguments"):
        Bare(1)  # type: ignore[call-arg]


def test_an_object_put_into_something_tracked_is_tracked() -> None:
    """If its class is the user's own."""

    def body() -> None:
        memory = harness.tracked({"a": Data(1)}, name="memory")
        memory["a"].x += 1
        memory["a"].items.append(0)

    assert [what for what in within(body) if "shape" not in what[1]] == [
        *(("read", "memory['a']"), ("read", "memory['a'].x"), ("write", "memory['a'].x")),
        *(("read", "memory['a']"), ("read", "memory['a'].items")),
    ]


def test_what_cannot_be_followed_is_refused() -> None:
    """With a word on what to do instead."""

    class Number(int):
        pass

    for value in (1, "text", Number(1), (1, 2), print):
        with pytest.raises(CannotTrack, match=r"harness\.tracked cannot follow"):
            harness.tracked(value)

    def hides() -> None:
        harness.tracked(Plain()).bump = len  # type: ignore[assignment]

    with pytest.raises(CannotTrack, match="hides a method"):
        within(hides)


def test_dict_of_an_object_is_the_same_memory() -> None:
    """Whichever way an attribute is reached."""

    def body() -> None:
        state = harness.tracked(Data(1))
        vars(state)["x"] = 5
        assert state.x == 5
        assert list(vars(state)) == ["x", "items"]

    assert within(body)[:3] == [
        ("write", "Data.x"),
        ("read", "Data.x"),
        ("read", "Data (shape)"),
    ]
