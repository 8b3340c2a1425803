"""`harness fuzz`: replay what is stored, then draw what scenarios are given, and search each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from harness.cli.blame import placed
from harness.cli.complain import Complaints
from harness.cli.engine import Engine
from harness.cli.exit_codes import ExitCode
from harness.cli.fuzz_json import write_found
from harness.cli.fuzz_terminal import FuzzReporter
from harness.cli.job import Job, jobs
from harness.cli.places import check_file, check_folder
from harness.cli.selection import select
from harness.cli.settings import Settings
from harness.cli.sources import settings_from
from harness.cli.stored import Regression, Replays, stored_like
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.cli.app import Context
    from harness.fuzz import FuzzFailure
    from harness.fuzz.hunt import Hunt

#: What is not everybody's default.
DEFAULTS = {"strategy": "random", "schedules": 20}
#: Without any limit given, all scenarios together are fuzzed for so long.
TIME_BUDGET_S = 60.0


def fuzz(paths: Sequence[str], given: Mapping[str, object], context: Context) -> ExitCode:
    """Fuzz scenarios; exits with 1 for any failure: whatever a scenario expects, this was drawn."""
    settings = settings_from(
        given, environ=context.environ, folder=context.folder, defaults=DEFAULTS
    )
    scenarios, broken = select(paths, settings, engine=context.engine, folder=context.folder)
    todo = jobs(scenarios, settings)
    if settings.artifacts is not None:
        check_folder(settings.artifacts)
    if settings.json is not None:
        check_file(settings.json)
    session = Session(
        settings=settings,
        engine=context.engine,
        reporter=FuzzReporter(out=context.out, settings=settings, folder=context.folder),
    )
    session.complaints.note(*map(placed, broken))
    return session.made(todo)


@attrs.frozen(kw_only=True)
class Fuzzed:
    """A job and how it is fuzzed; `hunt` is None: there is nothing to draw."""

    job: Job
    hunt: Hunt | None


@attrs.define(kw_only=True)
class Session:
    """What was replayed and fuzzed, and what could not be read or written."""

    settings: Settings
    engine: Engine
    reporter: FuzzReporter
    fuzzed: list[Fuzzed] = attrs.field(factory=list)
    regressions: list[Regression] = attrs.field(factory=list)
    complaints: Complaints = attrs.field(factory=Complaints)
    interrupted: bool = False

    def made(self, todo: Sequence[Job]) -> ExitCode:
        """Replay, fuzz, and say what it came to.

        Raises:
          HarnessError: a scenario cannot be run. What was found before is shown and written first.
        """
        self.fuzzed = [Fuzzed(job=job, hunt=self._hunt(job)) for job in todo]
        self.reporter.starting(self.fuzzed)
        try:
            if self._replay_stored(todo):
                self._draw()
        except HarnessError as error:
            self.close(ExitCode(error.exit_code))
            raise
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            self.reporter.stop()
        return self.close()

    def _hunt(self, job: Job) -> Hunt | None:
        settings = self.settings
        assert settings.schedules is not None
        return self.engine.hunt(
            job.scenario,
            inputs_max=settings.inputs,
            fixes=job.fixes,
            params=job.params,
            faults=settings.fault,
            strategy=settings.strategy,
            schedules_each=settings.schedules,
            seed=settings.seed,
            steps_max=settings.steps_max,
            shrink=settings.shrink,
        )

    # ---- what is stored ------------------------------------------------------------------------

    def _replay_stored(self, todo: Sequence[Job]) -> bool:
        """Play stored failures back. Whether to go on."""
        stored, broken = stored_like(todo, self.settings, self.engine)
        self.complaints.note(*map(str, broken))
        replays = Replays(self.settings, self.engine, self.complaints)
        for one in stored:
            regression = Regression(found=replays.play(one))
            self.regressions.append(regression)
            if regression.found.interrupted:
                self.interrupted = True
                return False
            self.reporter.replayed(regression)
            # One of the database is drawn again, which may be what was asked for.
            if self.settings.stop_at_first and regression.failed and one.committed:
                return False
        return True

    # ---- what is drawn -------------------------------------------------------------------------

    def _draw(self) -> None:
        hunts = [one.hunt for one in self.fuzzed if one.hunt is not None]
        for hunt in hunts:
            hunt.told = self.reporter.progress
        budget_s = self.settings.time_budget_s
        if budget_s is None and self.settings.inputs is None:
            budget_s = TIME_BUDGET_S
        first = self.settings.stop_at_first
        for hunt, before in self.engine.take_turns(hunts, budget_s, first=first):
            job = next(one.job for one in self.fuzzed if one.hunt is hunt)
            for number, failure in enumerate(hunt.failures[before:], before):
                hunt.failures[number] = self._kept(failure)
                self.reporter.found(job, hunt, hunt.failures[number])
            self.interrupted = hunt.ended == "interrupted"
            if self.interrupted or (hunt.failures and first):
                break

    def _kept(self, failure: FuzzFailure) -> FuzzFailure:
        with self.complaints:
            return self.engine.keep_found(failure, self.settings.artifacts)
        return failure

    # ---- what it comes to ----------------------------------------------------------------------

    def close(self, broken: ExitCode | None = None) -> ExitCode:
        """Write the results, and show what all came to; `broken`: a scenario cannot be run."""
        code = broken or self._judged()
        if self.settings.json is not None:
            with self.complaints:
                write_found(self.settings.json, self)
        if (self.complaints or self.engine.forgotten) and code is ExitCode.EXPECTED:
            code = ExitCode.USAGE
        self.reporter.summary(self.fuzzed, self.regressions, code)
        self.complaints.say()
        return code

    def _judged(self) -> ExitCode:
        results = [one.hunt.result() for one in self.fuzzed if one.hunt is not None]
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if any(found.failures for found in results) or any(one.failed for one in self.regressions):
            return ExitCode.VIOLATION
        if not results and not self.regressions:
            return ExitCode.NOTHING_SELECTED
        hollow = [found.is_hollow for found in results]
        return ExitCode.INCONCLUSIVE if any(hollow) else ExitCode.EXPECTED
