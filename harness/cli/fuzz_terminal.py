"""What a person sees of fuzzing: each failure with its plan and its interleaving, and the counts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import attrs

from harness.cli.again import fixes
from harness.cli.exit_codes import ExitCode
from harness.cli.live import Live
from harness.cli.merged import USED, merged, named, told
from harness.cli.selection import label, shorten
from harness.cli.settings import Settings
from harness.cli.stored import Regression, in_a_line
from harness.cli.suite import Job
from harness.plans import plan_toml
from harness.reports import interleaving
from harness.traces import DEFAULT_REDACTOR
from harness.visible import visible

if TYPE_CHECKING:
    from harness.cli.fuzz import Fuzzed
    from harness.cli.merged import Shown
    from harness.explore import Violation
    from harness.fuzz import FuzzFailure, FuzzResult
    from harness.fuzz.hunt import Hunt


@attrs.define(kw_only=True)
class FuzzReporter:
    """Writes to `out`: lines as they become known, and a progress bar where that is a terminal."""

    out: TextIO
    settings: Settings
    folder: Path
    _live: Live = attrs.field(init=False)
    _shown: Hunt | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._live = Live(self.out)

    def starting(self, fuzzed: Sequence[Fuzzed]) -> None:
        """What is left out, in a line."""
        skipped = list(dict.fromkeys(one.job.scenario.name for one in fuzzed if one.hunt is None))
        if skipped:
            self._line(
                f"nothing to draw (no plans=, workload= or faults= declared): {', '.join(skipped)}"
            )

    def replayed(self, regression: Regression) -> None:
        """What became of a stored failure, in a line, and how to see it."""
        file = self._short(regression.found.stored.file)
        self._line(in_a_line(regression, file))
        violation = regression.violation
        if regression.failed and violation is not None and violation.trace_file:
            self._line(f"  replay it  {self._replay(violation.trace_file)}")

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
        for text in interleaving.as_text(interleaving.interleaving(first.lead.trace)):
            self._line(text)
        self._violated(first, failure)
        self._commands(job, hunt, failure, first.lead)
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

    def _violated(self, first: Shown, failure: FuzzFailure) -> None:
        several = len(first.violations) > 1
        for number, text in enumerate(told(first)):
            self._line(f"{'' if number else 'violates':15}{text}" if several else f"  {text}")
        others = [one for one in failure.result.violations if one not in first.violations]
        names = dict.fromkeys(named(one) for one in others)
        if names:
            self._line(f"in other schedules of it: {', '.join(names)}")
        if first.lead.decided_by is not None:
            self._line(f"decided by     {first.lead.decided_by.first}")
            self._line(f"  before       {first.lead.decided_by.second}")
        self._line(f"holds under    {', '.join(failure.result.assumptions)}")

    def _commands(self, job: Job, hunt: Hunt, failure: FuzzFailure, lead: Violation) -> None:
        if lead.trace_file is not None:
            self._line(f"replay it      {self._replay(lead.trace_file)}")
        if failure.plan_file is not None:
            words = ["harness", "run", label(job.scenario, self.folder)]
            words += [word for name in job.fixes for word in ("--fix", name)]
            words += ["--plan", self._short(failure.plan_file)]
            self._line(f"what mends it  {shlex.join(words)}")
        self._line(f"find it again  {self._again(job, hunt, failure)}")

    def _again(self, job: Job, hunt: Hunt, failure: FuzzFailure) -> str:
        settings, asked = self.settings, hunt.asked
        words = ["harness", "fuzz", label(job.scenario, self.folder)]
        words += [word for name in job.fixes for word in ("--fix", name)]
        given = DEFAULT_REDACTOR.tree("", dict(job.params))
        words += [word for name, value in given.items() for word in ("-p", f"{name}={value}")]
        if settings.fault is not None:
            budgets = [f"{kind}={budget}" for kind, budget in settings.fault.items()] or ["none"]
            words += [word for budget in budgets for word in ("--fault", budget)]
        words += ["--strategy", asked.strategy, "--schedules", str(asked.schedules_each)]
        words += ["--seed", str(asked.seed)]
        if settings.steps_max is not None:
            words += ["--max-steps", str(settings.steps_max)]
        words += ["--inputs", str(failure.found_at)]
        if failure.found_at == min(one.found_at for one in hunt.failures):
            words += ["-x"]
        return shlex.join(words)

    def stop(self) -> None:
        """Nothing goes on: the progress goes."""
        self._live.stop()
        self._shown = None

    def summary(self, fuzzed: Sequence[Fuzzed], code: ExitCode) -> None:
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
            if found.cut:
                self._line(f"  {found.cut} schedules were cut: they show nothing")
        failed = sum(bool(found.failures) for _, found in results)
        meaning = code.name.lower().replace("_", " ")
        self._line(f"{len(results)} fuzzed, {failed} failed: {meaning} (seed {self.settings.seed})")

    def _short(self, path: Path) -> str:
        return shorten(path, self.folder)

    def _replay(self, file: Path) -> str:
        return shlex.join(["harness", "replay", self._short(file)])

    def _line(self, text: str) -> None:
        self.out.write(f"{visible(text).rstrip()}\n")
        self.out.flush()


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
