"""One shared variable, each access of which is a step or part of one."""

from __future__ import annotations

from typing import Generic, TypeVar

from harness.kernel import Access, WorldPoint, clean, current_run, pass_point

T = TypeVar("T")


class Cell(Generic[T]):
    """A shared variable whose accesses the search sees.

    `await read()` and `await write(v)` are a schedule point followed by exactly one access; `get()`
    and `set(v)` access it within the current step; `compare_exchange` and `add` are one step each.

    Raises:
      NoRun: when made or used outside a run.
    """

    __slots__ = ("_label", "_reading", "_run", "_updating", "_value", "_writing")

    def __init__(self, value: T, *, name: str = "cell") -> None:
        self._run = current_run()
        self._label = self._run.new_object(name)
        self._value = value
        label = self._label
        self._reading = WorldPoint(f"read {label}", thing=label, access=Access.READ)
        self._writing = WorldPoint(f"write {label}", thing=label, access=Access.WRITE)
        self._updating = WorldPoint(f"write {label}", thing=label)

    def __repr__(self) -> str:
        return f"<Cell {self._label} = {self._value!r}>"

    def get(self) -> T:
        """Its value, read within the current step."""
        value = self._value
        self._run.read(self._label, value)
        if self._run.recording:
            self._run.note(f"read {self._label} -> {clean(value)}")
        return value

    def set(self, value: T) -> None:
        """Write it within the current step."""
        if self._run.closing:
            return
        self._value = value
        self._run.write(self._label, value)
        if self._run.recording:
            self._run.note(f"write {self._label} = {clean(value)}")

    async def read(self) -> T:
        """A schedule point, then one read."""
        await pass_point(self._reading)
        return self.get()

    async def write(self, value: T) -> None:
        """A schedule point, then one write."""
        await pass_point(self._writing)
        self.set(value)

    async def compare_exchange(self, old: T, new: T) -> bool:
        """One step: write `new` if the value equals `old`. A failed exchange is only a read."""
        await pass_point(self._updating)
        if self._value != old:
            self._run.read(self._label, self._value)
            return False
        self.set(new)
        return True

    async def add(self: Cell[int], amount: int) -> int:
        """One step: add to it; returns the new value."""
        await pass_point(self._updating)
        self.set(self._value + amount)
        return self._value

    def peek(self) -> T:
        """Its value, for a property; no step."""
        self._run.peeked(self._label)
        return self._value
