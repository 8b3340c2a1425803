"""Searches that are wrong on purpose: what the referee must notice.

Each claims to be exhaustive, as a reduction with a mistake in it would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.explore.strategies import DepthFirst
from harness.kernel import Engine

if TYPE_CHECKING:
    from collections.abc import Sequence


class Lazy(DepthFirst):
    """At every third choice there is nothing but the default."""

    def pick(self, options: list[int], current: int) -> int:
        """One of fewer options."""
        if self._depth % 3 == 2:
            options = [current if current in options else options[0]]
        return super().pick(options, current)


class Persistent(DepthFirst):
    """Nobody is left who can go on: no preemption."""

    def pick(self, options: list[int], current: int) -> int:
        """One of fewer options."""
        return super().pick([current] if current in options else options, current)


class Decided(DepthFirst):
    """Data are always what they are by default."""

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        """The default."""
        return 0


class Trusting(DepthFirst):
    """Faults strike only when there is nothing else to do, and time passes only then."""

    def pick(self, options: list[int], current: int) -> int:
        """One of fewer options."""
        tasks = [option for option in options if option and option not in self._engine.actions]
        return super().pick(tasks or options, current)


class Blind(DepthFirst):
    """Takes tasks whose next access is of different cells for independent, in whatever order.

    That they are, but for a property that looks at both.
    """

    def begin(self, engine: Engine) -> None:
        """A run begins."""
        super().begin(engine)
        self._last: str | None = None

    def pick(self, options: list[int], current: int) -> int:
        """One of fewer options."""
        things = {o: getattr(self._engine.offered.get(o), "thing", None) for o in options}
        known = [thing for thing in things.values() if thing is not None]
        if len(known) == len(options) == len(set(known)):
            options = options[:1]
        return super().pick(options, current)
