"""What is known, in one run, of each thing that is tracked: its label, and whose it is.

A thing is a plain dict, list, set or deque, or an object of somebody's class; nothing is added to it.
The record of it stands in the run, under the thing's identity, and ends with the run. So one
thing has one label, however many ways lead to it, and outside of runs nothing is tracked at all.

Things are labelled when they come in (made, put into something that is tracked), by the task that
brings them: a label given to what somebody happens to find first would depend on the order of steps.
"""

from __future__ import annotations

from typing import Any

from harness.errors import IsolationBroken
from harness.kernel import Engine, clean, private
from harness.kernel.aside import ASIDE
from harness.kernel.threads import current_thread_engine

#: The maker, in a label, of what was made outside of the run, or by nobody's task. All things of one
#: kind then count as one: coarse, but the same in every order.
ELSEWHERE = "elsewhere"
#: After a label: its keys, names, members, or the order of its items.
SHAPE = " (shape)"

_CONTEXT = private.GLOBAL_RUN_CONTEXT


class _Absent:
    """Stands for no value."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()


class _Which:
    """Stands in the log for something that is tracked itself: only which one it is."""

    def __init__(self, label: str) -> None:
        self._label = label

    def __repr__(self) -> str:
        return f"<{self._label}>"


def running() -> Engine | None:
    """The run whose code is calling, if it is to be told what that does."""
    run = current_thread_engine() or getattr(_CONTEXT, "runner", None)
    watched = isinstance(run, Engine) and not run.closing and not ASIDE.depth
    return run if watched else None


class Record:
    """One thing in one run. Its parts are keys, names or indexes; its shape is which of them it has.

    Attributes:
      run, thing: what it is about. It keeps the thing alive, and so its identity taken.
      kind: what such things are called.
      label: which one it is.
      face: what code under test sees instead of the thing, once it has been made.
    """

    __slots__ = ("_owner", "face", "kind", "label", "run", "thing")

    def __init__(self, run: Engine, thing: object, kind: str) -> None:
        self.run = run
        self.thing = thing
        self.kind = kind
        self.face: Any = None
        made_by_task = run.process is not None and not _asked_by_property(run)
        self.label = run.new_object(kind) if made_by_task else f"{ELSEWHERE}:{kind}"
        self._owner = run.process if made_by_task else None

    @classmethod
    def like(cls, other: Record, thing: object) -> Record:
        """The record of another thing that is the same memory, under the same label."""
        record = cls.__new__(cls)
        record.run, record.thing, record.kind = other.run, thing, other.kind
        record.label, record._owner, record.face = other.label, other._owner, None
        return record

    def claim(self) -> None:
        """The running process uses it. What nobody made belongs to who uses it first.

        Raises:
          IsolationBroken: it belongs to another process.
        """
        run = self.run
        if run.process is self._owner or run.process is None or _asked_by_property(run):
            return
        if self._owner is None:
            self._owner = run.process
            return
        who, thing = run.labels[run.current], f"{self.label}, which is tracked memory,"
        run.broken = IsolationBroken(who, run.process.label, self._owner.label, thing=thing)
        raise run.broken

    def read(self, part: str, value: object) -> None:
        """The step, or the property that is being asked, saw this in a part."""
        label = self.label + part
        peeks = self.run.extensions.get("peeks")
        if peeks is not None:
            peeks.append(label)
            return
        seen = shown(self.run, value)
        self.run.read(label, seen)
        if self.run.recording:
            self.run.note(f"read {label} -> {clean(seen)}")

    def write(self, part: str, value: object) -> None:
        """The step put this into a part."""
        label = self.label + part
        put = shown(self.run, value)
        self.run.write(label, put)
        if self.run.recording:
            self.run.note(f"write {label} = {clean(put)}")

    def look(self) -> None:
        """What the step sees depends on which parts there are, or on their order."""
        label = self.label + SHAPE
        peeks = self.run.extensions.get("peeks")
        if peeks is None:
            self.run.look(label)
        else:
            self.run.looked(label)
            peeks.append(label)

    def change(self, how: str) -> None:
        """The step changed which parts there are, or their order."""
        self.run.change(self.label + SHAPE, how)


def _asked_by_property(run: Engine) -> bool:
    return run.extensions.get("peeks") is not None


def records_of(run: Engine) -> dict[int, Record]:
    """Every record of a run, by the identity of its thing."""
    found: dict[int, Record] | None = run.extensions.get("tracked")
    if found is None:
        found = run.extensions["tracked"] = {}
    return found


def shown(run: Engine, value: Any) -> Any:
    """A value as the log has it."""
    record = records_of(run).get(id(value))
    return value if record is None else _Which(record.label)
