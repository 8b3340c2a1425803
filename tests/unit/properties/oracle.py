"""The definitions of `harness.properties.episodes`, read off a list of events as naively as can be.

Nothing is remembered between questions: each is answered by looking through the whole list again.
"""

from __future__ import annotations

from harness.properties.tracker import NO_REFERENCE
from tests.unit.properties.events import (
    INITIAL,
    Candidate,
    Effect,
    Event,
    Gate,
    Read,
    Wrote,
    process_of,
    valid,
)

Summary = tuple[str, int, object, frozenset[tuple[int, bool]], tuple[int, ...], str, bool]


def summaries(happened: list[Event], *, allow_missing: bool) -> list[Summary]:
    """Every episode as (kind, first step, value, looks, uses, outcome, vacuous)."""
    return _Oracle(happened, allow_missing=allow_missing).summaries()


class _Oracle:
    def __init__(self, happened: list[Event], *, allow_missing: bool) -> None:
        self.happened = happened
        self.allow_missing = allow_missing

    def summaries(self) -> list[Summary]:
        steps = range(len(self.happened))
        stored = [self._stored(i) for i in steps if self._episode_of_write(i) == i]
        return stored + [self._caught(i) for i in steps if self._is_caught_candidate(i)]

    def _good_before(self, step: int) -> int:
        good = INITIAL
        for event in self.happened[:step]:
            if isinstance(event, Wrote) and event.value is not None and valid(good, event.value):
                good = event.value
        return good

    def _corrupt(self, value: object, step: int) -> bool:
        if value is None:
            return not self.allow_missing
        assert isinstance(value, int)
        return not valid(self._good_before(step), value)

    def _writes_before(self, step: int) -> list[int]:
        return [i for i, e in enumerate(self.happened[:step]) if isinstance(e, Wrote)]

    def _episode_of_write(self, step: int) -> int | None:
        """The step in which the episode of this write began; None when it is valid or no write."""
        event = self.happened[step]
        if not isinstance(event, Wrote) or not self._corrupt(event.value, step):
            return None
        earlier = self._writes_before(step)
        before = self._episode_of_write(earlier[-1]) if earlier else None
        return step if before is None else before

    def _episode_open_at(self, step: int) -> int | None:
        earlier = self._writes_before(step)
        return self._episode_of_write(earlier[-1]) if earlier else None

    def _episode_of_version(self, version: int, step: int) -> int | None:
        for i in reversed(self._writes_before(step)):
            write = self.happened[i]
            assert isinstance(write, Wrote)
            if write.version == version:
                return self._episode_of_write(i)
        return None

    def _seen_by(self, step: int) -> int | None:
        """The stored episode that the gate at `step` saw."""
        event = self.happened[step]
        if isinstance(event, Gate):
            if event.version is None:
                return self._episode_open_at(step)
            return self._episode_of_version(event.version, step)
        if isinstance(event, Candidate) and not event.blocked:
            for i in range(step + 1, len(self.happened)):
                write = self.happened[i]
                if isinstance(write, Wrote) and write.task == event.task:
                    return self._episode_of_write(i) if write.value == event.value else None
        return None

    def _used_by(self, step: int) -> int | None:
        """The episode that the effect at `step` rested on."""
        effect = self.happened[step]
        if not isinstance(effect, Effect):
            return None
        reads = [(i, e) for i, e in enumerate(self.happened[:step]) if isinstance(e, Read)]
        own = [(i, e) for i, e in reads if e.task == effect.task]
        peers = [(i, e) for i, e in reads if process_of(e.task) == process_of(effect.task)]
        for known in (own, peers):
            if known:
                when, read = known[-1]
                return self._episode_of_version(read.version, when)
        return self._episode_open_at(step) if effect.named else None

    def _vacuous(self, step: int) -> bool:
        event = self.happened[step]
        assert isinstance(event, Gate | Candidate)
        if event.blocked:
            return False
        if isinstance(event, Gate) and event.reference_version is not None:
            source = self._episode_of_version(event.reference_version, step)
            if source is not None and source == self._seen_by(step):
                return True
        if event.reference is NO_REFERENCE:
            return False
        return event.reference is None or self._corrupt(event.reference, step)

    def _is_caught_candidate(self, step: int) -> bool:
        event = self.happened[step]
        return isinstance(event, Candidate) and event.blocked and self._corrupt(event.value, step)

    def _caught(self, step: int) -> Summary:
        event = self.happened[step]
        assert isinstance(event, Candidate)
        return "candidate", step, event.value, frozenset({(step, False)}), (), "caught", False

    def _stored(self, first: int) -> Summary:
        steps = range(len(self.happened))
        looks = [i for i in steps if self._seen_by(i) == first]
        uses = tuple(i for i in steps if self._used_by(i) == first)
        blocked = [i for i in looks if self.happened[i].blocked]  # type: ignore[union-attr]
        vacuous = False
        if blocked:
            outcome = "late" if uses else "caught"
        elif looks:
            outcome = "passed"
            vacuous = all(self._vacuous(i) for i in looks)
        else:
            outcome = "escaped" if uses else "unused"
        write = self.happened[first]
        assert isinstance(write, Wrote)
        seen = frozenset((i, self._vacuous(i)) for i in looks)
        return "stored", first, write.value, seen, uses, outcome, vacuous
