"""The parts of a search, added up in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import msgspec

from harness.explore.conclude import Ending
from harness.explore.found import Found
from harness.explore.resume import scorecard_of
from harness.explore.workers.items import Kind
from harness.properties import Scorecard

if TYPE_CHECKING:
    from harness.explore.estimate import Remaining
    from harness.explore.workers.items import Part


@attrs.define
class Merged:
    """What counts so far.

    Attributes:
      found: counts. Its kinds of failure are in `kinds`, numbered as one search would number them.
      strategy: its name.
      reduction: where the exhaustive search stands, if there is one.
      stuck: whether a schedule never came to its end: then there is to be no other.
    """

    found: Found
    strategy: str
    kinds: dict[str, Kind] = attrs.field(factory=dict)
    scorecard: Scorecard = attrs.field(factory=Scorecard)
    reduction: Ending | None = None
    bound_reached: bool = False
    stuck: bool = False
    interrupted: bool = False
    _trouble: str = ""
    _only_free: dict[str, None] = attrs.field(factory=dict)
    _tracked: dict[str, None] = attrs.field(factory=dict)

    def add(self, part: Part, lost: str) -> int:
        """One more part; how many of its classes are new.

        Args:
          part: what became of a piece.
          lost: how the worker died whom the next schedule of that piece killed, if it did.
        """
        self._add_kinds(part)
        found = self.found
        found.schedules += part.schedules
        found.sampled += part.sampled
        found.steps += part.steps
        found.cut += part.cut
        found.cut_where = found.cut_where or part.cut_where
        undecided = part.undecided | ({lost: 1 + part.undecided.get(lost, 0)} if lost else {})
        for what, schedules in undecided.items():
            found.undecided[what] = found.undecided.get(what, 0) + schedules
        for name, reached in part.reached.items():
            found.reached[name] = found.reached.get(name, False) or reached
        found.uses.add_counts(part.faults)
        self.scorecard = self.scorecard.merge(scorecard_of(part.scorecard))
        self._add_ending(part)
        return found.classes.merge(part.classes)

    def _add_kinds(self, part: Part) -> None:
        before = self.found.schedules
        for kind in part.kinds:
            known = self.kinds.get(kind.fingerprint)
            if known is None:
                news = msgspec.structs.replace(kind, first_seen=before + kind.first_seen)
            else:
                news = msgspec.structs.replace(known, seen=known.seen + kind.seen)
            self.kinds[kind.fingerprint] = news
            self.stuck = self.stuck or kind.stuck

    def _add_ending(self, part: Part) -> None:
        ending = part.ending
        self.bound_reached = self.bound_reached or ending.bound_reached
        self.interrupted = self.interrupted or part.interrupted
        self._trouble = self._trouble or ending.trouble
        self._only_free.update(dict.fromkeys(ending.only_free))
        self._tracked.update(dict.fromkeys(ending.tracked))

    def ending(self, *, exhausted: bool, remaining: Remaining | None) -> Ending:
        """Where the search as a whole stands."""
        stands = self.reduction or Ending(strategy=self.strategy)
        return msgspec.structs.replace(
            stands,
            exhausted=exhausted,
            bound_reached=self.bound_reached,
            remaining=None if exhausted else remaining,
            trouble=self._trouble,
            only_free=tuple(self._only_free),
            tracked=tuple(sorted(self._tracked)),
        )
