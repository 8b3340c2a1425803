"""Choosers that follow a list of choices made before: strictly, or as far as it goes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from harness.errors import ReplayDiverged
from harness.kernel import Engine, default_pick
from harness.traces import DEFAULT_REDACTOR, shown_pick

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ChoiceLike(Protocol):
    """A choice by label: the kernel's, or one read from a trace."""

    @property
    def kind(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def pick(self) -> str: ...
    @property
    def options(self) -> int: ...
    @property
    def step(self) -> int: ...


def _position(pick: str, kind: str, what: str, labels: Sequence[str]) -> int | None:
    """Where on offer a pick is; one that holds a secret is in a trace as what is kept of it."""
    if pick in labels:
        return list(labels).index(pick)
    if "[redact" not in pick:
        return None
    shown = [shown_pick(kind, what, label, DEFAULT_REDACTOR) for label in labels]
    return shown.index(pick) if shown.count(pick) == 1 else None


def _among(kind: str, what: str, labels: Sequence[str]) -> str:
    shown = (shown_pick(kind, what, label, DEFAULT_REDACTOR) for label in labels)
    return f"a choice among {', '.join(shown)}"


class Strict:
    """Every label must be on offer and every number of options must match.

    A run that diverges at a data choice is stopped: raised there, the error would be raised in code
    under test, which may swallow it. `check_end` raises it.
    """

    def __init__(self, choices: Iterable[ChoiceLike]) -> None:
        self._choices = list(choices)
        self._next = 0
        self._diverged: ReplayDiverged | None = None

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._next = 0
        self._diverged = None

    def _take(self, kind: str, what: str, labels: Sequence[str]) -> int:
        choice = self._choices[self._next] if self._next < len(self._choices) else None
        if choice is None:
            raise ReplayDiverged(self._engine.step, "no further choice", _among(kind, what, labels))
        self._next += 1
        if choice.kind != kind or choice.what not in (what, DEFAULT_REDACTOR.label(what)):
            what = DEFAULT_REDACTOR.label(what)
            expected = f"a {choice.kind} choice {choice.what!r} of {choice.pick}"
            found = f"a {kind} choice {what!r}; {_among(kind, what, labels)}"
            raise ReplayDiverged(self._engine.step, expected, found)
        index = _position(choice.pick, kind, what, labels)
        if index is None or choice.options != len(labels):
            expected = f"{choice.pick} among {choice.options} options"
            raise ReplayDiverged(self._engine.step, expected, _among(kind, what, labels))
        return index

    def pick(self, options: list[int], current: int) -> int:
        labels = [self._engine.labels[index] for index in options]
        return options[self._take("schedule", "", labels)]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        if self._diverged is None:
            try:
                return self._take("data", label, options)
            except ReplayDiverged as error:
                self._diverged = error
                self._engine.stop()
        return 0

    def check_end(self) -> None:
        """All choices were used. Raises `ReplayDiverged` if not."""
        if self._diverged is not None:
            raise self._diverged
        if self._next < len(self._choices):
            left = self._choices[self._next]
            raise ReplayDiverged(
                self._engine.step, f"a choice of {left.pick}", "the end of the run"
            )


class Lenient:
    """A label that is not on offer falls back to the default; so any list is a valid run."""

    def __init__(self, choices: Iterable[ChoiceLike]) -> None:
        self._choices = list(choices)

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._schedule = deque(c.pick for c in self._choices if c.kind == "schedule")
        self._data: dict[str, deque[str]] = {}
        for choice in self._choices:
            if choice.kind == "data":
                self._data.setdefault(choice.what, deque()).append(choice.pick)

    def pick(self, options: list[int], current: int) -> int:
        if self._schedule:
            labels = [self._engine.labels[index] for index in options]
            index = _position(self._schedule.popleft(), "schedule", "", labels)
            if index is not None:
                return options[index]
        return default_pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        queue = self._data.get(label)
        if queue:
            return _position(queue.popleft(), "data", label, options) or 0
        return 0
