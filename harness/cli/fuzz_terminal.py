"""What a person sees of fuzzing: each failure with its plan and its interleaving, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from harness.cli.again import drawn_again, fixes, mended
from harness.cli.exit_codes import ExitCode
from harness.cli.job import Job
from harness.cli.lines import Lines, still_failing
from harness.cli.merged import USED, merged, named
from harness.cli.selection import label
from harness.plans import plan_toml
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.cli.fuzz import Fuzzed
    from harness.cli.merged import Shown
    from harness.cli.stored import Regression
    from harness.fuzz import FuzzFailure, FuzzResult
    from harness.fuzz.hunt import Hunt


@attrs.define(kw_only=True)
class FuzzReporter(Lines):
    """The lines of `harness fuzz`."""

    _shown: Hunt | None = attrs.field(default=None, init=False)

    def starting(self, fuzzed: Sequence[Fuzzed]) -> None:
        """What is left out, in a line."""
        skipped = list(dict.fromkeys(one.job.scenario.name for one in fuzzed if one.hunt is None))
        if skipped:
            self._line(
                f"nothing to draw (no plans=, workload= or faults= declared): {', '.join(skipped)}"
            )

    def progress(self, hunt: Hunt) -> None:
        """A hunt has come this far."""
        if hunt is not self._shown:
            self._live.stop()
            self._shown = hunt
            self._live.start(hunt.asked.scenario.name)
        doing = ", making a failure small" if hunt.making_small else ""
        self._live.say(
            f"{hunt.drawn} inputs, {hunt.schedules} schedules, "
            f"{_many(len(hunt.failures), 'failure')}{doing}",
            hunt.turn_s,
        )

    def found(self, job: Job, hunt: Hunt, failure: FuzzFailure) -> None:
        """A failure: what was drawn, the interleaving, and how to see it again."""
        self.stop()
        shown = merged(failure.result.violations)  # a value that was used is easiest to read
        first = next((one for one in shown if named(one.lead).endswith(USED)), shown[0])
        self._line("")
        self._line(f"{job.scenario.name}  {fixes(job)}  FAILS: {named(first.lead)}")
        self._input(failure)
        self._interleaving(first)
        self._violates(first)
        self._besides(first, failure)
        self._decided(first.lead)
        self._line(f"holds under    {', '.join(failure.result.assumptions)}")
        self._replay_it(first.lead)
        if failure.plan_file is not None:
            self._line(f"what mends it  {mended(job, failure.plan_file, self.folder)}")
        drawing = drawn_again(job, hunt, failure, self.settings, self.folder)
        self._line(f"find it again  {drawing}{' --no-regressions' if self._first else ''}")
        self._line("")

    def _input(self, failure: FuzzFailure) -> None:
        """The input as it was drawn, and the smallest, in words and as a file."""
        words = DEFAULT_REDACTOR.text(str(failure.input))
        self._line(f"with           {words}")
        if failure.found != failure.input:
            drawn = DEFAULT_REDACTOR.text(str(failure.found))
            self._line(f"drawn as       {drawn} (input {failure.found_at})")
        if self.settings.shrink:
            self._line(f"nothing less   {failure.minimality.in_words()}")
        if failure.input.plan is not None:
            for text in plan_toml(failure.input.plan).splitlines():
                self._line(f"  {text}")
            self._line("")

    def _besides(self, first: Shown, failure: FuzzFailure) -> None:
        """What other interleavings of the same input violate."""
        others = [one for one in failure.result.violations if one not in first.violations]
        names = dict.fromkeys(named(one) for one in others)
        if names:
            self._line(f"in other schedules of it: {', '.join(names)}")

    def stop(self) -> None:
        """Nothing goes on: the progress goes."""
        self._live.stop()
        self._shown = None

    def summary(
        self, fuzzed: Sequence[Fuzzed], regressions: Sequence[Regression], code: ExitCode
    ) -> None:
        """What each came to, and all."""
        self.stop()
        results = [(one.job, one.hunt.result()) for one in fuzzed if one.hunt is not None]
        names = [f"{label(job.scenario, self.folder)}  {fixes(job)}" for job, _ in results]
        width = max(map(len, names), default=0)
        for name, (_, found) in zip(names, results, strict=True):
            self._line(f"{name:{width}}  {_came_to(found)}")
            for unreached in found.unreached:
                self._line(f"  never reached: {unreached}")
            if found.faults:
                self._line(f"  faults: {'; '.join(use.in_words() for use in found.faults)}")
            for undecided, schedules in found.undecided.items():
                self._line(
                    f"  undecided in {schedules} of {found.schedules} schedules: {undecided}"
                )
            if found.cut:
                self._line(f"  {found.cut} schedules were cut: they show nothing")
        failed = sum(bool(found.failures) for _, found in results)
        self._line(
            f"{len(results)} fuzzed, {failed} failed{still_failing(regressions)}: {code.meaning} "
            f"(seed {self.settings.seed})"
        )


def _came_to(found: FuzzResult) -> str:
    of = "" if found.plans is None else f" (its plans: {found.plans:,})"
    words = [_many(len(found.failures), "failure") if found.failures else "nothing found"]
    words += [f"{_many(found.drawn, 'input')}{of}"]
    if found.explained:
        words += [f"{found.explained} of them hold a failure that was found"]
    words += [_many(found.schedules, "schedule")]
    words += ["all there are were drawn"] if found.ended == "all drawn" else []
    words += ["interrupted"] if found.interrupted else []
    return ", ".join(words)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
