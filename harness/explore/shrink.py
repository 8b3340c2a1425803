"""Makes a failing schedule small: no fault, and as few choices other than the default, as possible.

A reader can follow an interleaving that switches tasks three times, not one that does so fifty times.
Candidates are lists of task labels, one for each step; whatever the list, following it as far as it
goes gives a valid run (see `Guided`), so that shrinking never has to repair anything. Two moves: let
a stretch of a task run directly after its previous stretch or directly before its next one (fewer
context switches; Jalbert and Sen, "A Trace Simplification Technique for Effective Debugging of
Concurrent Programs", FSE 2010), and leave stretches out, so that the default takes their place (after
Zeller and Hildebrandt's ddmin, TSE 2002). What still deviates from the default more than once may be
where such moves end and not the smallest: so every run with a single deviation is tried, too, as most
failures need no more (Musuvathi and Qadeer, "Iterative Context Bounding", PLDI 2007).
"""

from __future__ import annotations

import time
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from harness.explore.follow import Strict
from harness.explore.subject import Finding, Subject, schedule_of
from harness.kernel import Choice, Chooser, Engine, Kernel, default_pick
from harness.world.faults import is_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Runs with a single deviation that are tried, at most.
SINGLES_MAX = 300

#: Shrinking stops after so many runs or wall-clock seconds, whichever comes first.
RUNS_MAX = 2_000
TIME_MAX_S = 10.0


@attrs.frozen(kw_only=True)
class Shrunk:
    """A smaller schedule that fails in the same way.

    Attributes:
      schedule: its choices.
      deviations_before, deviations: choices other than the default, before and after.
      runs: executions spent.
    """

    schedule: tuple[Choice, ...]
    deviations_before: int
    deviations: int
    runs: int


class Guided:
    """Follows a list of labels, one for each step, dropping those that are not on offer.

    Data choices are followed by what they decide; one that is not listed takes the default.
    """

    def __init__(self, steps: Sequence[str], data: Sequence[Choice]) -> None:
        self._steps = steps
        self._data_choices = data

    def begin(self, engine: Engine) -> None:
        self._engine = engine
        self._position = 0
        self._seen = 0
        self._data: dict[str, deque[str]] = {}
        for choice in self._data_choices:
            self._data.setdefault(choice.what, deque()).append(choice.pick)

    def _catch_up(self) -> None:
        """Steps that were forced since the last choice use up their entries."""
        engine, steps = self._engine, self._steps
        log = engine.log
        for index in range(self._seen, len(log)):
            item = log[index]
            if type(item) is int and self._position < len(steps):
                self._position += steps[self._position] == engine.labels[item]
        self._seen = len(log)

    def pick(self, options: list[int], current: int) -> int:
        self._catch_up()
        labels = {self._engine.labels[index]: index for index in options}
        for position in range(self._position, len(self._steps)):
            index = labels.get(self._steps[position])
            if index is not None:
                self._position = position
                return index
        return default_pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        queue = self._data.get(label)
        if queue:
            pick = queue.popleft()
            if pick in options:
                return list(options).index(pick)
        return 0


class Single:
    """Takes every default but one: at choice number `at`, the `other`-th of the other options.

    Attributes:
      widths: how many options there were at each choice of the run.
    """

    def __init__(self, at: int, other: int) -> None:
        self._at = at
        self._other = other
        self.widths: list[int] = []

    def begin(self, engine: Engine) -> None:
        self.widths = []

    def pick(self, options: list[int], current: int) -> int:
        default = default_pick(options, current)
        self.widths.append(len(options))
        if len(self.widths) - 1 != self._at:
            return default
        return [option for option in options if option != default][self._other]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self.pick(list(range(len(options))), 0)


@attrs.frozen
class _Candidate:
    """A run that fails: its steps by label, its data choices, and how hard it is to read."""

    steps: tuple[str, ...]
    data: tuple[Choice, ...]
    schedule: tuple[Choice, ...]
    cost: tuple[int, int, int, int]

    @property
    def deviations(self) -> int:
        """Choices other than the default."""
        return self.cost[0] + self.cost[1]


def shrink_schedule(
    subject: Subject,
    kernel: Kernel,
    schedule: Sequence[Choice],
    fails: Callable[[Finding], bool],
) -> Shrunk:
    """The smallest schedule found that still fails; the given one if none is smaller."""
    return _Shrinker(subject, kernel, fails).shrink(schedule)


class _Shrinker:
    def __init__(self, subject: Subject, kernel: Kernel, fails: Callable[[Finding], bool]) -> None:
        self._subject = subject
        self._kernel = kernel
        self._fails = fails
        self._runs = 0
        self._deadline = time.monotonic() + TIME_MAX_S
        self._tried: dict[tuple[object, ...], None] = {}

    def shrink(self, schedule: Sequence[Choice]) -> Shrunk:
        self._subject.run(self._kernel, Strict(schedule), recording=True)
        first = self._candidate()
        best = self._descended(first)
        if best.deviations > 1:
            best = self._descended(min(best, self._single() or best, key=lambda found: found.cost))
        return Shrunk(
            schedule=best.schedule,
            deviations_before=first.deviations,
            deviations=best.deviations,
            runs=self._runs,
        )

    def _descended(self, best: _Candidate) -> _Candidate:
        """Where moves that make it smaller end."""
        improved = True
        while improved and not self._spent():
            improved = False
            for steps, data in _moves(best):
                found = self._try(steps, data)
                if found is not None and found.cost < best.cost:
                    best = found
                    improved = True
                    break
                if self._spent():
                    break
        return best

    def _single(self) -> _Candidate | None:
        """A run that deviates from the default once, and fails; None if none is found."""
        defaults = Single(-1, 0)
        found = self._run(defaults)
        if found is not None:
            return found
        widths = enumerate(list(defaults.widths))
        singles = [Single(at, other) for at, width in widths for other in range(width - 1)]
        for single in singles[:SINGLES_MAX]:
            found = None if self._spent() else self._run(single)
            if found is not None:
                return found
        return None

    def _spent(self) -> bool:
        return self._runs >= RUNS_MAX or time.monotonic() > self._deadline

    def _try(self, steps: Sequence[str], data: Sequence[Choice]) -> _Candidate | None:
        key = (tuple(steps), tuple(data))
        if key in self._tried:
            return None
        self._tried[key] = None
        return self._run(Guided(steps, data))

    def _run(self, chooser: Chooser) -> _Candidate | None:
        """Make a run, which is a candidate if it fails."""
        self._runs += 1
        finding = self._subject.run(self._kernel, chooser, recording=True)
        return self._candidate() if self._fails(finding) else None

    def _candidate(self) -> _Candidate:
        """What the run in the kernel was, as a candidate."""
        engine = self._kernel.engine
        explored = [
            engine.labels[index]
            for index, width in zip(
                (item for item in engine.log if type(item) is int), engine.branching, strict=False
            )
            if width
        ]
        switches = sum(a != b for a, b in pairwise(explored))
        deviating = [choice for choice in engine.choices if not choice.default]
        # A fault costs more than any number of preemptions: what fails without is not the fault's doing.
        faults = sum(is_fault(choice.what or choice.pick) for choice in deviating)
        return _Candidate(
            steps=tuple(explored),
            data=tuple(c for c in engine.choices if c.kind == "data" and not c.default),
            schedule=tuple(schedule_of(engine)),
            cost=(faults, len(deviating) - faults, switches, len(explored)),
        )


def _stretches(steps: Sequence[str]) -> list[tuple[str, int]]:
    """Steps as (label, how many in a row)."""
    stretches: list[tuple[str, int]] = []
    for label in steps:
        if stretches and stretches[-1][0] == label:
            stretches[-1] = (label, stretches[-1][1] + 1)
        else:
            stretches.append((label, 1))
    return stretches


def _flat(stretches: Sequence[tuple[str, int]]) -> list[str]:
    return [label for label, count in stretches for _ in range(count)]


def _moves(best: _Candidate) -> Iterator[tuple[list[str], Sequence[Choice]]]:
    """Candidates, the boldest first."""
    for index in range(len(best.data)):
        yield list(best.steps), best.data[:index] + best.data[index + 1 :]
    stretches = _stretches(best.steps)
    size = len(stretches)
    chunk = size
    while chunk >= 1:
        for start in range(0, size, chunk):
            yield _flat(stretches[:start] + stretches[start + chunk :]), best.data
        chunk //= 2
    for index, (label, _) in enumerate(stretches):
        later = next((j for j in range(index + 1, size) if stretches[j][0] == label), None)
        if later is None:
            continue
        hoisted = [*stretches[: index + 1], stretches[later], *stretches[index + 1 : later]]
        yield _flat(hoisted + stretches[later + 1 :]), best.data
        delayed = stretches[:index] + stretches[index + 1 : later]
        yield _flat(delayed + stretches[index : index + 1] + stretches[later:]), best.data
