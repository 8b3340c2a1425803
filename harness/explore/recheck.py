"""Determinism is checked, not assumed: some schedules are run twice, at other memory addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import Nondeterminism, ReplayDiverged
from harness.explore.follow import Strict
from harness.explore.subject import Finding, Subject, schedule_of

if TYPE_CHECKING:
    from harness.kernel import Engine, Kernel

#: How many of the first schedules are repeated, besides every one whose number is a power of two.
_FIRST = 4


def is_sampled(number: int) -> bool:
    """Whether the schedule with this number (from 1) is among those that are looked at twice."""
    return number <= _FIRST or not number & (number - 1)


class Recheck:
    """Repeats a sample of schedules and compares everything they did."""

    def __init__(self, subject: Subject, kernel: Kernel) -> None:
        self._subject = subject
        self._kernel = kernel
        self.repeated = 0

    def after(self, number: int, engine: Engine, finding: Finding) -> None:
        """The schedule with this number (from 1) has just been run; repeat it if it is in the sample.

        Raises:
          Nondeterminism: naming the first step that differed, and what differed.
        """
        if not is_sampled(number) or engine.interrupted:
            return
        self.repeated += 1
        before = list(engine.log)
        labels = list(engine.labels)
        shift = _occupy(number)
        chooser = Strict(schedule_of(engine))
        try:
            again = self._kernel.run(self._subject.body, chooser)
            chooser.check_end()
        except ReplayDiverged as error:
            raise Nondeterminism(
                f"schedule {number}, run twice with the same choices, parted at step {error.step}: "
                f"first {error.expected}, then {error.found}"
            ) from None
        assert shift
        if again.digest() != finding.digest:
            raise Nondeterminism(
                f"schedule {number}, run twice with the same choices, {_part(before, labels, again)}"
            )


def _occupy(number: int) -> list[object]:
    """Take some memory, so that the objects of the next run lie at other addresses."""
    kept: list[object] = []
    for size in range(1, 40):
        kept.extend(bytearray(16 * size) for _ in range((number * 7 + size * 13) % 11))
        kept.extend(object() for _ in range((number * 5 + size) % 7))
    kept.append(object())
    return kept


def _part(before: list[object], labels: list[str], again: Engine) -> str:
    """Where two logs part, in words."""
    step = -1
    who = "the start"
    for first, second in zip(before, again.log, strict=False):
        if first != second:
            return (
                f"parted at step {max(step, 0)} ({who}): first {_item(first)}, then {_item(second)}"
            )
        if type(first) is int:
            step += 1
            who = labels[first]
    return f"parted at step {step} ({who}): one run did more than the other"


def _item(item: object) -> str:
    if isinstance(item, tuple):
        verb = ("read", "wrote", "chose", "wrote part of")[item[1]]
        return f"{verb} {item[0]} = {item[2]}"
    if isinstance(item, float):
        return f"time {item:g}"
    return str(item) if isinstance(item, str) else f"task {item}"
