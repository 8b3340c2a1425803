"""A predicate over the world whose footprint is what it read when it was last asked.

The footprint is dynamic: a predicate that looks at ETH only while BTC is zero is asked again after
a write to ETH only while BTC is zero. That is exact, because a predicate that reads the same
values answers the same: until something it read changes, its answer and its reads cannot.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from harness.errors import (
    HarnessError,
    PredicateNotBoolean,
    PredicateReadsNothing,
    PredicateTouchedWorld,
)
from harness.properties.texts import brief
from harness.properties.validity import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Engine

T = TypeVar("T")


def observe(run: Engine, look: Callable[[], T]) -> tuple[T, list[str]]:
    """What `look()` returns, and the labels of what it peeked at, in order."""
    before = run.extensions.get("peeks")
    peeks: list[str] = []
    run.extensions["peeks"] = peeks
    try:
        return look(), peeks
    finally:
        run.extensions["peeks"] = before


def refuse(run: Engine, error: HarnessError) -> HarnessError:
    """`error`, noted on the run too, because code under test may swallow what is raised in it."""
    run.broken = error
    return error


class Watched:
    """A property that is asked again when a step wrote something it read.

    Invariant: it stands exactly once in `run.watched[label]` for each label in `_footprint`.
    Subclasses say in `recheck` what the answer means.
    """

    def __init__(self, run: Engine, kind: str, name: str, predicate: Callable[[], bool]) -> None:
        self.run = run
        self.name = name
        self._owner = f"{kind} {name!r}"
        self._predicate = predicate
        self._peeks: list[str] = []
        self._footprint: list[str] = []
        if not callable(predicate):
            raise refuse(run, PredicateNotBoolean(self._owner, brief(predicate)))

    def recheck(self) -> None:
        """A step wrote something in the footprint."""
        raise NotImplementedError

    def holds(self) -> bool:
        """Ask the predicate, and take what it read for its footprint.

        Raises:
          PredicateRaised, PredicateNotBoolean, PredicateReadsNothing, PredicateTouchedWorld
        """
        run = self.run
        logged = len(run.log)
        answer, peeks = observe(
            run, lambda: ask(self._owner, self._predicate, refused=partial(refuse, run))
        )
        if len(run.log) != logged:
            raise refuse(run, PredicateTouchedWorld(self._owner))
        if not peeks:
            raise refuse(run, PredicateReadsNothing(self._owner))
        if peeks != self._peeks:
            self._peeks = peeks
            self._watch(list(dict.fromkeys(peeks)))
        return answer

    def forget(self) -> None:
        """Never ask again."""
        self._peeks = []
        self._watch([])

    def _watch(self, footprint: list[str]) -> None:
        watched = self.run.watched
        for label in self._footprint:
            watched[label].remove(self)
        for label in footprint:
            watched.setdefault(label, []).append(self)
        self._footprint = footprint
        self.run.looks_at(self._owner, footprint)
