"""The bookkeeping of one piece of critical state, driven by events. See `episodes` for the rules.

Every event is one call, in the order in which things happened. Nothing here knows about Trio, a
kernel or a database: versions are any hashable labels, processes and tasks are text. Reads and
valid writes are the hot path and cost a few dictionary operations.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

from harness.properties.episodes import Episode, Look, Use, Write, episode_of
from harness.properties.validity import Predicate, Refused, Validity, raise_it

Version = Hashable


class Nothing:
    """The type of `NO_REFERENCE`."""

    def __repr__(self) -> str:
        return "NO_REFERENCE"


#: What a gate compares with when it compares with nothing (a range check), unlike a reference that
#: is missing (None), which proves nothing.
NO_REFERENCE: Final = Nothing()


class _Stored:
    """A stored episode while the run goes on."""

    __slots__ = ("looks", "repaired_s", "uses", "write")

    def __init__(self, write: Write) -> None:
        self.write = write
        self.looks: list[Look] = []
        self.uses: list[Use] = []
        self.repaired_s: float | None = None


class Tracker:
    """One critical key through one run.

    Args:
      key: what people call it, as it appears in messages.
      valid: `valid(old, new)` over present values; True when `new` may follow `old`.
      initial: the value now; trusted. None while there is none.
      allow_missing: whether the value may disappear without being corrupt.
      refused: told of every error before it is raised.

    Raises (from any event that judges a value): PredicateRaised, PredicateNotBoolean.
    """

    __slots__ = (
        "_candidates",
        "_closed",
        "_episode_of",
        "_good",
        "_open",
        "_passed",
        "_read_by_process",
        "_read_by_task",
        "key",
        "valid",
    )

    def __init__(
        self,
        key: str,
        *,
        valid: Predicate,
        initial: object = None,
        allow_missing: bool = False,
        refused: Refused = raise_it,
    ) -> None:
        self.key = key
        self.valid = Validity(key, valid, allow_missing=allow_missing, refused=refused)
        self._good = initial
        self._open: _Stored | None = None
        self._closed: list[_Stored] = []
        self._candidates: list[tuple[Write, Look]] = []
        # Holds corrupt versions only.
        self._episode_of: dict[Version, _Stored] = {}
        # What each reader read last: the episode of that version, None for a good one.
        self._read_by_task: dict[str, _Stored | None] = {}
        self._read_by_process: dict[str | None, _Stored | None] = {}
        # Candidates that a task's gates let through since that task's last write.
        self._passed: dict[str, list[tuple[object, Look]]] = {}

    @property
    def good(self) -> Any:
        """The last valid present value; None while there has been none."""
        return self._good

    def wrote(
        self, version: Version, value: object, *, writer: str, step: int, time_s: float
    ) -> bool:
        """`value` is now stored as `version`. Returns whether it is valid.

        A version may come back (a restored snapshot); its latest write counts.
        """
        looks = self._passed.pop(writer, None) if self._passed else None
        if self.valid(self._good, value):
            self._wrote_valid(version, value, time_s)
            return True
        if self._open is None:
            write = Write(value=value, good=self._good, writer=writer, step=step, time_s=time_s)
            self._open = _Stored(write)
        self._episode_of[version] = self._open
        if looks is not None:
            self._open.looks.extend(look for candidate, look in looks if _same(candidate, value))
        return False

    def _wrote_valid(self, version: Version, value: object, time_s: float) -> None:
        if value is not None:
            self._good = value
        if self._episode_of:
            self._episode_of.pop(version, None)
        if self._open is not None:
            self._open.repaired_s = time_s
            self._closed.append(self._open)
            self._open = None

    def read(self, version: Version, *, task: str, process: str | None) -> None:
        """`task` read `version`; a version that was never written here is good.

        The tasks outside every process (`process` None) share what they read, as a process does.
        """
        episode = self._episode_of.get(version) if self._episode_of else None
        self._read_by_task[task] = self._read_by_process[process] = episode

    def gate(
        self,
        name: str,
        *,
        blocked: bool,
        by: str,
        step: int,
        time_s: float,
        reference: object = NO_REFERENCE,
        version: Version | None = None,
        reference_version: Version | None = None,
    ) -> None:
        """A gate judged what is stored, or the `version` it had read.

        `reference` is what it compared with (None: a reference that was missing), and
        `reference_version` the version that the reference came from, where that is known.
        """
        episode = self._open if version is None else self._episode_of.get(version)
        if episode is None:
            return
        vacuous = not blocked and self._proves_nothing(reference)
        if not blocked and reference_version is not None:
            vacuous = vacuous or self._episode_of.get(reference_version) is episode
        episode.looks.append(
            Look(gate=name, blocked=blocked, vacuous=vacuous, by=by, step=step, time_s=time_s)
        )

    def candidate(
        self,
        name: str,
        value: object,
        *,
        blocked: bool,
        by: str,
        step: int,
        time_s: float,
        reference: object = NO_REFERENCE,
    ) -> None:
        """A gate judged `value` before `by` writes it."""
        vacuous = not blocked and self._proves_nothing(reference)
        look = Look(gate=name, blocked=blocked, vacuous=vacuous, by=by, step=step, time_s=time_s)
        if not blocked:
            self._passed.setdefault(by, []).append((value, look))
        elif not self.valid(self._good, value):
            write = Write(value=value, good=self._good, writer=by, step=step, time_s=time_s)
            self._candidates.append((write, look))

    def _proves_nothing(self, reference: object) -> bool:
        if reference is NO_REFERENCE:
            return False
        return reference is None or not self.valid(self._good, reference)

    def irreversible(
        self,
        name: str,
        *,
        cost: int,
        task: str,
        process: str | None,
        step: int,
        time_s: float,
        named: bool = False,
    ) -> bool:
        """`task` did something that cannot be undone. Returns whether that used corruption.

        `named`: the effect says that it rests on this key. Then it rests on what is stored even
        when neither the task nor its process was seen to read the key.
        """
        if task in self._read_by_task:
            episode = self._read_by_task[task]
        elif process in self._read_by_process:
            episode = self._read_by_process[process]
        else:
            episode = self._open if named else None
        if episode is None:
            return False
        episode.uses.append(
            Use(effect=name, cost=cost, process=process, task=task, step=step, time_s=time_s)
        )
        return True

    def knows_reader(self, *, task: str, process: str | None) -> bool:
        """Whether the task, or else its process, was seen to read the key."""
        return task in self._read_by_task or process in self._read_by_process

    def finish(self) -> tuple[Episode, ...]:
        """The episodes of the run: the stored ones in order, then the candidates in order."""
        stored = self._closed if self._open is None else [*self._closed, self._open]
        if not stored and not self._candidates:
            return ()
        return tuple(
            episode_of(self.key, e.write, looks=e.looks, uses=e.uses, repaired_s=e.repaired_s)
            for e in stored
        ) + tuple(
            episode_of(self.key, write, looks=(look,), kind="candidate")
            for write, look in self._candidates
        )


def _same(candidate: object, written: object) -> bool:
    return candidate is written or bool(candidate == written)
