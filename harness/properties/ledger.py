"""All the critical state of one run: a tracker a key, effects that rest on several, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from harness.errors import AlreadyCritical, BadCost, NotCritical
from harness.properties.episodes import Episode
from harness.properties.texts import brief
from harness.properties.tracker import Tracker
from harness.properties.validity import Refused, raise_it
from harness.properties.violations import CriticalViolation, violation_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.validity import Predicate


@attrs.frozen(kw_only=True)
class CriticalReport:
    """What became of the critical state in one run.

    `cost` adds up the effects that rested on corrupt values, each once however many corrupt
    values it rested on.
    """

    episodes: tuple[Episode, ...]
    cost: int

    @property
    def violations(self) -> tuple[CriticalViolation, ...]:
        """One for each episode that was used, in the order in which they began."""
        found = (violation_of(episode) for episode in self.episodes)
        return tuple(violation for violation in found if violation is not None)


#: The report of every run in which nothing was corrupted.
CLEAN: Final = CriticalReport(episodes=(), cost=0)


class Ledger:
    """The trackers of one run by key, and the cost of what rested on corrupt values."""

    __slots__ = ("_cost", "_refused", "_trackers")

    def __init__(self, *, refused: Refused = raise_it) -> None:
        self._refused = refused
        self._trackers: dict[str, Tracker] = {}
        self._cost = 0

    def track(
        self,
        key: str,
        *,
        valid: Predicate,
        initial: object = None,
        allow_missing: bool = False,
    ) -> Tracker:
        """Declare `key` critical from now on. Arguments as for `Tracker`.

        Raises:
          AlreadyCritical: there is such a key.
          PredicateNotBoolean: `valid` is not a function.
        """
        if key in self._trackers:
            raise self._refused(AlreadyCritical(key))
        tracker = Tracker(
            key,
            valid=valid,
            initial=initial,
            allow_missing=allow_missing,
            refused=self._refused,
        )
        self._trackers[key] = tracker
        return tracker

    def irreversible(
        self,
        name: str,
        *,
        task: str,
        process: str | None,
        step: int,
        time_s: float,
        cost: int = 1,
        keys: Sequence[str] | None = None,
    ) -> bool:
        """`task` did something that cannot be undone. Returns whether it used corruption.

        `cost` is a whole number >= 0 in a unit of your own; 1 just counts effects. `keys` are the
        critical keys that the effect says it rests on; None is every key that the task (or else
        its process) was seen to read.

        Raises:
          BadCost, NotCritical
        """
        if type(cost) is not int or cost < 0:
            raise self._refused(BadCost(name, brief(cost)))
        trackers = list(self._trackers.values() if keys is None else map(self._named, keys))
        used = [
            tracker.irreversible(
                name,
                cost=cost,
                task=task,
                process=process,
                step=step,
                time_s=time_s,
                named=keys is not None,
            )
            for tracker in trackers
        ]
        if not any(used):
            return False
        self._cost += cost
        return True

    def _named(self, key: str) -> Tracker:
        if key not in self._trackers:
            raise self._refused(NotCritical(key, tuple(self._trackers)))
        return self._trackers[key]

    def finish(self) -> CriticalReport:
        """The report of the run, episodes by the step in which they began."""
        episodes = [e for tracker in self._trackers.values() for e in tracker.finish()]
        if not episodes:
            return CLEAN
        # A stable sort: within one step, in the order in which the keys were declared.
        episodes.sort(key=lambda episode: episode.write.step)
        return CriticalReport(episodes=tuple(episodes), cost=self._cost)
