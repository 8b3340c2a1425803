"""Determinism is checked, not assumed: some schedules are run twice, at other memory addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import Nondeterminism, ReplayDiverged
from harness.explore.follow import Lenient, Strict
from harness.explore.leaks import SUSPECTS, as_culprits, past_the_seal, watched_run
from harness.explore.parting import first_difference
from harness.explore.subject import Finding, Subject, schedule_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Choice, Engine, Kernel
    from harness.kernel.seal import Leak

#: How many of the first schedules are repeated, besides every one whose number is a power of two.
_FIRST = 4


def is_sampled(number: int) -> bool:
    """Whether the schedule with this number (from 1) is among those that are looked at twice."""
    return number <= _FIRST or not number & (number - 1)


class Recheck:
    """Repeats a sample of schedules and compares everything they did.

    The repetitions are watched for calls that reach past the seal. One in the user's own code is
    reported even when both runs are equal: a clock is the same for a whole tick.
    """

    def __init__(self, subject: Subject, kernel: Kernel) -> None:
        self._subject = subject
        self._kernel = kernel
        self.repeated = 0

    def after(self, number: int, engine: Engine, finding: Finding) -> None:
        """The schedule with this number (from 1) has just been run; repeat it if it is in the sample.

        Raises:
          Nondeterminism: naming the first step that differed, and what differed; or the call that
            asked the real world.
        """
        if is_sampled(number) and not engine.interrupted:
            self.repeat(number, engine, finding)

    def repeat(self, number: int, engine: Engine, finding: Finding) -> None:
        """Run it again, whatever its number; of a step that was stopped, only that it was is compared.

        Raises:
          Nondeterminism: as `after`.
        """
        self.repeated += 1
        before = list(engine.log)
        labels = list(engine.labels)
        schedule = schedule_of(engine)
        was_stuck = engine.stuck is not None
        shift = _occupy(number)
        chooser = Strict(schedule)
        again: Engine | None = None
        leaks: list[Leak] = []
        parted = ""
        try:
            again, leaks = watched_run(self._subject, self._kernel, chooser)
            if again.interrupted:
                return
            chooser.check_end()
        except ReplayDiverged as error:
            parted = f"parted at step {error.step}: first {error.expected}, then {error.found}"
        assert shift
        if again is not None and not parted:
            judged = self._subject.judge(again)
            if judged.digest != finding.digest and not (was_stuck and again.stuck):
                parted = first_difference(before, labels, again)
            else:
                parted = _came_apart(finding, judged)
        if parted:
            what = f"schedule {number}, run twice with the same choices, {parted}"
            raise self.explained(Nondeterminism(what), schedule)
        if leaks:
            what = f"schedule {number} asked the real world"
            raise Nondeterminism(what, as_culprits(leaks))

    def explained(self, error: Nondeterminism, schedule: Sequence[Choice]) -> Nondeterminism:
        """`error`, with the calls that may have caused it: looked for in one more run."""
        _, leaks = watched_run(self._subject, self._kernel, Lenient(schedule), suspects=SUSPECTS)
        culprits = as_culprits(leaks) or past_the_seal(self._subject.own_modules())
        return Nondeterminism(error.what, culprits)


def _came_apart(first: Finding, second: Finding) -> str:
    """How two runs that did the same came to different ends; empty if they did not."""
    was, is_ = (sorted({(f.property, f.where) for f in each.failures}) for each in (first, second))
    if was == is_:
        return ""
    before, after = (", ".join(name for name, _ in each) or "no failure" for each in (was, is_))
    return f"came to another end: first {before}, then {after}"


def _occupy(number: int) -> list[object]:
    """Take some memory, so that the objects of the next run lie at other addresses."""
    kept: list[object] = []
    for size in range(1, 40):
        kept.extend(bytearray(16 * size) for _ in range((number * 7 + size * 13) % 11))
        kept.extend(object() for _ in range((number * 5 + size) % 7))
    kept.append(object())
    return kept
