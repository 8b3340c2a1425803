"""What a run came to, as the reports take it: without secrets, and places as the project names them."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from harness.cli.again import again
from harness.cli.judgement import is_short, mismatch
from harness.cli.merged import named
from harness.cli.selection import shorten
from harness.cli.settings import Settings
from harness.cli.stored import Regression
from harness.cli.verdict import verdict_words
from harness.reports import interleaving
from harness.reports.audit import as_text as audit_as_text
from harness.reports.checks import Check, Deed, Failing, Place, Report, State
from harness.reports.places import Files
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.cli.outcome import Outcome, Run
    from harness.explore import Scenario, Violation
    from harness.traces import Trace


def report_of(outcome: Outcome, settings: Settings, *, folder: Path, root: Path) -> Report:
    """The whole run; `folder` is where commands are typed, `root` what places are said from."""
    maker = _Maker(settings=settings, folder=folder, files=Files(root))
    stored = [maker.of_stored(one) for one in outcome.regressions]
    return Report(
        checks=(*stored, *map(maker.of_run, outcome.runs)),
        outcome=outcome.code.meaning,
        seed=settings.seed,
        error=DEFAULT_REDACTOR.text(outcome.error),
        version=metadata.version("restart-harness"),
    )


def root_of(folder: Path, environ: Mapping[str, str]) -> Path:
    """What reports name files from: GitHub's workspace, the repository, or the folder itself."""
    workspace = environ.get("GITHUB_WORKSPACE")
    if workspace and folder.resolve().is_relative_to(Path(workspace).resolve()):
        return Path(workspace)
    return next((p for p in (folder, *folder.parents) if (p / ".git").exists()), folder)


@attrs.frozen(kw_only=True)
class _Maker:
    settings: Settings
    folder: Path
    files: Files

    def of_run(self, run: Run) -> Check:
        """A search."""
        made = run.job.scenario
        state = self._state(run)
        return Check(
            file=self._file(made),
            name=made.name,
            line=_line(made),
            fixes=run.job.fixes,
            state=state,
            verdict=verdict_words(run),
            said="" if state == "passed" else self._said(run),
            schedules=run.result.schedules,
            wall_s=run.result.wall_s,
            failing=tuple(self._of_run(run)),
        )

    def _state(self, run: Run) -> State:
        if run.failed:
            return "failed"
        if run.result.interrupted:
            return "interrupted"
        return "inconclusive" if is_short(run.result, self.settings.require) else "passed"

    def _said(self, run: Run) -> str:
        """Why it did not pass, where no violation of its own says so."""
        result = run.result
        words = []
        if run.surprising and run.job.expected is not None:
            words.append(f"expected to be {run.job.expected}, and is {result.verdict}")
        if result.audit is not None and mismatch(result) is not None:
            words += audit_as_text(result.audit)
        words += [f"never reached: {name}" for name in result.unreached]
        words += [f"a fault that never struck: {kind}" for kind in result.never_struck]
        words += [f"undecided in {n} schedules: {what}" for what, n in result.undecided.items()]
        if not words and is_short(result, self.settings.require):
            words.append(f"less evidence than a pass needs ({self.settings.require or 'any'})")
        return DEFAULT_REDACTOR.text("; ".join(words))

    def _of_run(self, run: Run) -> Iterator[Failing]:
        new = list(run.news.violations) if run.surprising else []
        for violation in run.result.violations:
            known = violation.fingerprint in run.known
            if known or any(violation is one for one in new):
                search = again(run, violation, self.settings, self.folder)
                yield self._failing(violation, run.job.scenario, known=known, search=search)

    def of_stored(self, regression: Regression) -> Check:
        """A stored failure."""
        found = regression.found
        made, trace = found.stored.scenario, found.stored.trace
        state: State = "failed" if regression.failed else "passed"
        failing: tuple[Failing, ...] = ()
        if made is not None and found.violation is not None and not found.expected:
            failing = (self._failing(found.violation, made, known=regression.known),)
        return Check(
            file=trace.scenario.rpartition("::")[0] if made is None else self._file(made),
            name=trace.scenario_name,
            line=1 if made is None else _line(made),
            fixes=trace.fixes,
            stored=shorten(found.stored.file, self.folder),
            state="interrupted" if found.interrupted else state,
            verdict=f"{regression.said}{': ' if found.why else ''}{found.why}",
            schedules=found.runs,
            failing=failing,
        )

    def _file(self, made: Scenario) -> str:
        return self.files.below(made.path) or Path(made.path).name

    def _failing(
        self, violation: Violation, made: Scenario, *, known: bool, search: str = ""
    ) -> Failing:
        file, trace = self._file(made), violation.trace
        lines = interleaving.interleaving(trace)
        replay = search
        if violation.trace_file is not None:
            replay = shlex.join(["harness", "replay", shorten(violation.trace_file, self.folder)])
        return Failing(
            property=named(violation),
            message=DEFAULT_REDACTOR.text(violation.message),
            fingerprint=violation.fingerprint,
            places=tuple(self._places(violation, file)),
            deeds=tuple(self._deeds(lines, trace, file)),
            shown=tuple(interleaving.as_text(lines)),
            replay=replay,
            known=known,
        )

    def _places(self, violation: Violation, file: str) -> Iterator[Place]:
        """The lines that decided it; else the last one of the project's that was run."""
        decided = violation.decided_by
        deeds = [] if decided is None else [decided.first.place, decided.second.place]
        found = [place for text in deeds if (place := self.files.place(text, beside=file))]
        if found:
            yield from found
            return
        for step in reversed(violation.trace.steps):
            place = self.files.place(step.place, beside=file)
            if place is not None:
                yield place
                return

    def _deeds(self, lines: Sequence[interleaving.Line], trace: Trace, file: str) -> Iterator[Deed]:
        steps = {step.index: step for step in trace.steps}
        for order, line in enumerate(lines, 1):
            step = steps.get(line.step - 1) if trace.events else steps.get(line.step)
            text = "" if step is None or step.label != line.who else step.place
            yield Deed(
                order=order,
                who=line.who,
                text=line.text,
                remark=line.remark,
                place=self.files.place(text, beside=file),
            )


def _line(made: Scenario) -> int:
    """Where a scenario begins."""
    code = getattr(inspect.unwrap(made.body), "__code__", None)
    return 1 if code is None else int(code.co_firstlineno)
