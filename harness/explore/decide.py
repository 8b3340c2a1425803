"""Which two steps' order decided a failure.

After Choi and Zeller, "Isolating Failure-Inducing Thread Schedules" (ISSTA 2002): the difference
between a failing and a passing schedule is made as small as it gets. Here it is one pair of steps: the
failing run, with the earlier step moved to just after the later one and nothing else changed, passes.
Where the failure prevents the later step (a kill comes before a flush), the earlier one is put off until
the other task has taken it.
"""

from __future__ import annotations

import linecache
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from harness.explore.moved import Moved
from harness.explore.shrink import Guided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.explore.subject import Finding, Subject
    from harness.kernel import Choice, Engine, Kernel

#: Runs spent on swapping pairs of steps, and then on letting others go further first.
_RUNS_MAX = 400
_DELAYS_MAX = 200
#: By how many steps.
_FURTHER_MAX = 3


@attrs.frozen
class Deed:
    """A step in words.

    Attributes:
      step: its index in the run: the failing one or, for the later step of a pair, the passing one.
      who: the task.
      place: file and line, without directories.
      code: the source line there, stripped.
    """

    step: int
    who: str
    place: str
    code: str

    def __str__(self) -> str:
        code = f": {self.code}" if self.code else ""
        return f"{self.who} ({self.place}{code})" if self.place else self.who


@attrs.frozen
class Decision:
    """The failure needs `first` to come before `second`."""

    first: Deed
    second: Deed


@attrs.frozen
class _Run:
    """The explored steps of a recorded run: by label, what each was, and whether a plan is behind it."""

    labels: tuple[str, ...]
    deeds: tuple[Deed, ...]
    planned: tuple[bool, ...]


@attrs.frozen
class _Moved:
    """The steps of a failing run with the one at `first` moved behind somebody's step.

    Invariant: it stands at `behind + 1` now, right after that step.
    """

    labels: tuple[str, ...]
    first: int
    behind: int


def decide(
    subject: Subject,
    kernel: Kernel,
    data: Sequence[Choice],
    fails: Callable[[Finding], bool],
) -> Decision | None:
    """The deciding pair of the recorded, failing run in the kernel; None if no single one decides."""
    run = _explored(kernel.engine)
    others = tuple(dict.fromkeys(kernel.engine.labels[1:]))
    for moved in _moves(run, others):
        finding = subject.run(kernel, Guided(moved.labels, data))
        # A label that was not on offer is passed over: then this was not the pair's doing.
        done = moved.behind + 2
        if (
            fails(finding)
            or finding.cut
            or finding.undecided
            or _labels(kernel.engine)[:done] != moved.labels[:done]
        ):
            continue
        subject.run(kernel, Guided(moved.labels, data), recording=True)
        # The failing run may have prevented this step: what it does is seen where it passes.
        return Decision(run.deeds[moved.first], _explored(kernel.engine).deeds[moved.behind])
    return None


def _moves(run: _Run, others: Sequence[str]) -> Iterator[_Moved]:
    """What is tried, in order, each once."""
    tried: set[_Moved] = set()
    for moved in _by_turns(run, others):
        if moved not in tried:
            tried.add(moved)
            yield moved


def _by_turns(run: _Run, others: Sequence[str]) -> Iterator[_Moved]:
    """Where a plan is carried out, what is of its doing comes first; some of that comes again."""
    planned = {who for who, of_plan in zip(run.labels, run.planned, strict=True) if of_plan}
    if planned:
        swapped = (each for each in _swapped(run) if _is_planned(run, each))
        delayed = _delayed(run, [who for who in others if who in planned])
        yield from islice(swapped, _RUNS_MAX)
        yield from islice((each for each in delayed if run.planned[each.first]), _DELAYS_MAX)
    yield from islice(_swapped(run), _RUNS_MAX)
    yield from islice(_delayed(run, others), _DELAYS_MAX)


def _is_planned(run: _Run, moved: _Moved) -> bool:
    """Whether both steps of a swapped pair are of a plan's doing."""
    return run.planned[moved.first] and run.planned[moved.behind + 1]


def _labels(engine: Engine) -> tuple[str, ...]:
    """Who took the explored steps of the run in the engine, in order."""
    picked = (item for item in engine.log if type(item) is int)
    return tuple(
        engine.labels[runnable]
        for runnable, width in zip(picked, engine.branching, strict=False)
        if width
    )


def _explored(engine: Engine) -> _Run:
    picked = [item for item in engine.log if type(item) is int]
    before: dict[int, str] = {}
    labels, deeds, planned = [], [], []
    moved = Moved.of((step, who, text, tag) for step, _, who, text, tag in engine.notes)
    for index, (runnable, width, after) in enumerate(
        zip(picked, engine.branching, engine.places, strict=False)
    ):
        place = before.get(runnable) or after
        before[runnable] = after
        if width:
            labels.append(engine.labels[runnable])
            deeds.append(_deed(index, engine.labels[runnable], place))
            planned.append(moved.part(labels[-1], index).move is not None)
    return _Run(tuple(labels), tuple(deeds), tuple(planned))


def _deed(index: int, who: str, place: str) -> Deed:
    file, _, line = place.rpartition(":")
    code = linecache.getline(file, int(line)).strip() if line.isdigit() else ""
    return Deed(index, who, place.rpartition("/")[2], code)


def _swapped(run: _Run) -> Iterator[_Moved]:
    """A step moved behind another task's: close ones first, those of one process before others."""
    labels = run.labels
    pairs = [
        (_process(labels[i]) != _process(labels[j]), j - i, i, j)
        for i in range(len(labels))
        for j in range(i + 1, len(labels))
        if labels[i] != labels[j] and labels[i] not in labels[i + 1 : j]
    ]
    for _, _, i, j in sorted(pairs):
        yield _Moved((*labels[:i], *labels[i + 1 : j + 1], labels[i], *labels[j + 1 :]), i, j - 1)


def _delayed(run: _Run, others: Sequence[str]) -> Iterator[_Moved]:
    """A step put off until another task has gone further than it did: the last steps first."""
    for further in range(1, _FURTHER_MAX + 1):
        for i in reversed(range(len(run.labels))):
            for other in others:
                if other != run.labels[i]:
                    labels = (*run.labels[:i], *[other] * further, *run.labels[i:])
                    yield _Moved(labels, i, i + further - 1)


def _process(label: str) -> str:
    return label.partition("/")[0]
