"""Which two steps' order decided a failure.

After Choi and Zeller, "Isolating Failure-Inducing Thread Schedules" (ISSTA 2002): the difference
between a failing and a passing schedule is made as small as it gets. Here it is one pair of steps: the
failing run, with the earlier step moved to just after the later one and nothing else changed, passes.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

import attrs

from harness.explore.shrink import Guided

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.explore.subject import Finding, Subject
    from harness.kernel import Choice, Engine, Kernel

#: Pairs tried before giving up.
_RUNS_MAX = 400


@attrs.frozen
class Deed:
    """A step in words.

    Attributes:
      step: its index in the run.
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
    """The explored steps of a recorded run: index in the whole run, label, and where in the source."""

    indexes: tuple[int, ...]
    labels: tuple[str, ...]
    deeds: tuple[Deed, ...]


def decide(
    subject: Subject,
    kernel: Kernel,
    data: Sequence[Choice],
    fails: Callable[[Finding], bool],
) -> Decision | None:
    """The deciding pair of the recorded, failing run in the kernel; None if no single one decides."""
    run = _explored(kernel.engine)
    for tried, (i, j) in enumerate(_pairs(run)):
        if tried >= _RUNS_MAX:
            return None
        labels = [*run.labels[:i], *run.labels[i + 1 : j + 1], run.labels[i], *run.labels[j + 1 :]]
        passes = not fails(subject.run(kernel, Guided(labels, data)))
        # A label that was not on offer is passed over: then this was not the pair's doing.
        if passes and _labels(kernel.engine)[: j + 1] == labels[: j + 1]:
            return Decision(run.deeds[i], run.deeds[j])
    return None


def _labels(engine: Engine) -> list[str]:
    """Who took the explored steps of the run in the engine, in order."""
    picked = (item for item in engine.log if type(item) is int)
    return [
        engine.labels[runnable]
        for runnable, width in zip(picked, engine.branching, strict=False)
        if width
    ]


def _explored(engine: Engine) -> _Run:
    picked = [item for item in engine.log if type(item) is int]
    before: dict[int, str] = {}
    indexes, labels, deeds = [], [], []
    for index, (runnable, width, after) in enumerate(
        zip(picked, engine.branching, engine.places, strict=False)
    ):
        place = before.get(runnable) or after
        before[runnable] = after
        if width:
            indexes.append(index)
            labels.append(engine.labels[runnable])
            deeds.append(_deed(index, engine.labels[runnable], place))
    return _Run(tuple(indexes), tuple(labels), tuple(deeds))


def _deed(index: int, who: str, place: str) -> Deed:
    file, _, line = place.rpartition(":")
    code = linecache.getline(file, int(line)).strip() if line.isdigit() else ""
    return Deed(index, who, place.rpartition("/")[2], code)


def _pairs(run: _Run) -> Iterator[tuple[int, int]]:
    """Pairs of steps of different tasks, close ones first, those of one process before others."""
    size = len(run.labels)
    pairs = [
        (j - i, _process(run.labels[i]) != _process(run.labels[j]), i, j)
        for i in range(size)
        for j in range(i + 1, size)
        if run.labels[i] != run.labels[j] and run.labels[i] not in run.labels[i + 1 : j]
    ]
    for _, _, i, j in sorted(pairs, key=lambda p: (p[1], p[0], p[2])):
        yield i, j


def _process(label: str) -> str:
    return label.partition("/")[0]
