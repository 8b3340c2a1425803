"""What a statement touched, in labels by which "do these two conflict?" can be decided.

Three modes: *read*, *write*, and *touch*, a write of a part: touches commute with each other, with
nothing else. Two steps conflict when they use one label in modes that do not commute. Labels are
the same in every interleaving:

| label | read by | written by | touched by |
|---|---|---|---|
| `markets.BTC`: the committed row | whatever rests on it | its commit | its lock let go |
| `markets.BTC (lock)`: who holds it | | whoever takes it or lets it go | |
| `markets.*`: all committed rows | scan without `where`; the first statement of a REPEATABLE READ or SERIALIZABLE transaction, which fixes its snapshot | | every commit |
| `markets.* where f`: the rows for which `f` holds | scan `where=f` | | commits of such rows |
| `markets (waits)` | | whoever has to wait: who dies in a deadlock depends on it | |
| `markets (serializable)` | a statement without a transaction, where that is SERIALIZABLE and no such transaction is open | each step of a SERIALIZABLE transaction | |

A statement without a transaction is its own commit. It leaves the lock alone: whoever takes the
lock reads the row as well, which is conflict enough.

A scan with `where` conflicts with a commit exactly if `f` holds for the row before or after it.
The scan may come first: then the commit, which knows both values, touches `markets.* where f`. Or
the commit came first: then the scan, which knows what was committed so far in this run, reads that
row. To keep the two cases in step, a row that was of interest to `f` once stays so for the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.kernel import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    Where = Callable[[Any, Any], bool]


_ATOMS = (int, float, str, bytes, bool, type(None))


class Recorder(Protocol):
    """Where footprints go: the run."""

    def read(self, label: str, value: object = None) -> None:
        """The current step read `label`."""

    def write(self, label: str, value: object = None) -> None:
        """The current step wrote `label`."""

    def touch(self, label: str) -> None:
        """The current step wrote a part of `label`."""

    def depends(self, label: str) -> None:
        """The current step rests on `label`, though it does not look at it."""

    def affects(self, label: str, *, part: bool = False) -> None:
        """The current step is as good as a write (of a part) of `label`, though it does not do it."""

    def kept(self, name: str) -> dict[str, Any]:
        """What is known in all runs of a search."""

    def learned(self) -> None:
        """What is `kept` has grown."""


class Footprint:
    """Observes one engine and records the footprint of the current step.

    Args:
        recorder: the run.
        name: the database's name, before every label.
        suffix: what tells the labels of one node from those of another, after every label.
    """

    __slots__ = (
        "_asked",
        "_changes",
        "_held",
        "_known",
        "_labels",
        "_name",
        "_predicates",
        "_recorder",
        "_suffix",
        "table_label",
    )

    def __init__(self, recorder: Recorder, name: str, suffix: str = "") -> None:
        self._recorder = recorder
        self._name = name
        self._suffix = suffix
        self._labels: dict[Any, str] = {}
        self.table_label = f"{name}.*{suffix}"
        # The predicates of scans so far, by label. Closures of one function share its label. A search
        # keeps them: whether a commit matters to a scan must not depend on which of them came first.
        kept = recorder.kept(f"scans of {name}{suffix}")
        self._predicates: dict[str, list[Where]] = kept.setdefault("predicates", {})
        self._known: list[object] = kept.setdefault("known", [])
        # Those of this run, with what they mean: the log shows nothing of others.
        self._asked: dict[str, list[tuple[object, Where]]] = {}
        # Commits so far that `_held` does not have yet, and the values that each key held.
        self._changes: list[tuple[Any, Any, Any]] = []
        self._held: dict[Any, list[Any]] = {}

    def row_label(self, key: Any) -> str:
        """The label of a row."""
        label = self._labels.get(key)
        if label is None:
            text = key if isinstance(key, str) else clean(key)
            label = self._labels[key] = f"{self._name}.{text}{self._suffix}"
        return label

    def saw(self, key: Any, value: Any) -> None:
        """The result rests on a committed row."""
        self._recorder.read(self.row_label(key), value)

    def saw_all(self, where: Where | None) -> None:
        """The result rests on every row, or on those for which `where` holds."""
        if where is None:
            self._recorder.read(self.table_label)
            return
        label = f"{self.table_label} where {getattr(where, '__qualname__', type(where).__name__)}"
        meaning = _meaning(where)
        if meaning is None:  # it looks at things of this run: no other run can ask it
            self._recorder.read(self.table_label)
            return
        if meaning not in self._known:
            self._known.append(meaning)
            self._predicates.setdefault(label, []).append(where)
            self._recorder.learned()
        own = self._asked.setdefault(label, [])
        if all(meaning != other for other, _ in own):
            own.append((meaning, where))
        self._recorder.read(label)
        for key, values in self._values_held().items():
            if _holds_for_any(where, key, values):
                self._recorder.read(self.row_label(key))

    def contended(self, key: Any) -> None:
        """The statement took a row or tried to."""
        label = self.row_label(key)
        self._recorder.read(label)
        self._recorder.write(f"{label} (lock)")

    def changed(self, key: Any, old: Any, new: Any) -> None:
        """A commit replaced a row."""
        self._changes.append((key, old, new))
        # Without an open transaction a statement takes no lock; it matters to who has it all the same.
        self._recorder.affects(f"{self.row_label(key)} (lock)")
        self._recorder.write(self.row_label(key), new)
        self._recorder.touch(self.table_label)
        if self._predicates:
            values = self._values_held()[key]
            for label, own in self._asked.items():
                if any(_holds_for_any(where, key, values) for _, where in own):
                    self._recorder.touch(label)
            for label, predicates in self._predicates.items():
                if len(predicates) == len(self._asked.get(label, ())):
                    continue  # all of them have been asked in this run
                if any(_holds_for_any(where, key, values) for where in predicates):
                    self._recorder.affects(label, part=True)

    def released(self, key: Any) -> None:
        """Somebody let a row go."""
        label = self.row_label(key)
        self._recorder.touch(label)
        self._recorder.write(f"{label} (lock)")

    def waited(self) -> None:
        """The statement has to wait."""
        self._recorder.write(f"{self._name} (waits){self._suffix}")

    def unserialized(self) -> None:
        """It would, but no serializable transaction is open."""
        self._recorder.depends(f"{self._name} (serializable){self._suffix}")

    def serialized(self) -> None:
        """The outcome rests on the order of serializable steps."""
        self._recorder.write(f"{self._name} (serializable){self._suffix}")

    def _values_held(self) -> dict[Any, list[Any]]:
        for key, old, new in self._changes:
            held = self._held.setdefault(key, [])
            held += [value for value in (old, new) if value is not None and value not in held]
        self._changes.clear()
        return self._held


def _meaning(where: Where) -> object:
    """Equal for two functions made from one text with the same plain values around them, else None."""
    code = getattr(where, "__code__", None)
    if code is None:
        return None
    cells = [cell.cell_contents for cell in getattr(where, "__closure__", None) or ()]
    defaults = getattr(where, "__defaults__", None) or ()
    if not all(isinstance(value, _ATOMS) for value in (*cells, *defaults)):
        return None
    return code, cells, defaults


def _holds_for_any(where: Where, key: Any, values: list[Any]) -> bool:
    for value in values:
        try:
            if where(key, value):
                return True
        except Exception:  # noqa: BLE001 - it may never have met this value: not ours to judge
            return True
    return False
