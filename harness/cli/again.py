"""The command that makes a search again, or draws again, no longer than it takes to see a failure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.job import Job
from harness.cli.outcome import Run
from harness.cli.selection import label, shorten
from harness.cli.settings import Settings
from harness.plans import PARAMETER
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.explore import Violation
    from harness.fuzz import FuzzFailure
    from harness.fuzz.hunt import Hunt


def fixes(job: Job) -> str:
    """The fixes of a search, as they are written on the command line."""
    return "+".join(job.fixes) or "no fix"


def again(run: Run, violation: Violation, settings: Settings, folder: Path) -> str:
    """The same search up to the schedule that showed the violation; `-x` if that is the first one."""
    words = [*_search(run, settings, folder), "--schedules", str(violation.first_seen)]
    if violation.first_seen == min(found.first_seen for found in run.result.violations):
        words += ["-x"]
    return shlex.join(words)


def audited_again(run: Run, settings: Settings, folder: Path) -> str:
    """The same search, with the same audit after it."""
    assert run.result.audit is not None
    schedules = ["--schedules", str(run.result.schedules)]
    swaps = [] if settings.swaps is None else ["--swaps", str(settings.swaps)]
    return shlex.join([*_search(run, settings, folder), *schedules, "--audit", *swaps])


def onwards(run: Run, settings: Settings, folder: Path) -> str:
    """The same search, from where it stopped."""
    words = [*_search(run, settings, folder), "--resume"]
    if settings.artifacts is not None:
        words += ["--artifacts", shorten(settings.artifacts, folder)]
    return shlex.join(words)


def drawn_again(
    job: Job, hunt: Hunt, failure: FuzzFailure, settings: Settings, folder: Path
) -> str:
    """The same drawing up to the input that showed the failure; `-x` if that is the first one."""
    asked = hunt.asked
    words = ["harness", "fuzz", label(job.scenario, folder), *_fixes(job)]
    words += _params(job.params)
    words += [] if settings.fault is None else _faults(settings.fault)
    words += ["--strategy", asked.strategy, "--schedules", str(asked.schedules_each)]
    words += ["--seed", str(asked.seed), *_steps(settings), "--inputs", str(failure.found_at)]
    if failure.found_at == min(one.found_at for one in hunt.failures):
        words += ["-x"]
    return shlex.join(words)


def mended(job: Job, plan_file: Path, folder: Path) -> str:
    """Which fixes a plan needs that failed."""
    words = ["harness", "run", label(job.scenario, folder), *_fixes(job)]
    return shlex.join([*words, "--plan", shorten(plan_file, folder)])


def _search(run: Run, settings: Settings, folder: Path) -> list[str]:
    job = run.job
    words = ["harness", "run", label(job.scenario, folder), *_fixes(job)]
    words += _params({name: job.params[name] for name in job.params if name != PARAMETER})
    if settings.plan is not None:
        words += ["--plan", shorten(settings.plan, folder)]
    words += [] if run.faults == job.scenario.faults else _faults(run.faults)
    words += ["--strategy", run.result.strategy]
    for name, value in run.result.options.given().items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--seed", str(settings.seed)]
    if settings.workers is not None:  # however many: pieces are counted otherwise than one search
        words += ["-n", str(settings.workers)]
    return [*words, *_steps(settings)]


def _fixes(job: Job) -> list[str]:
    return [word for name in job.fixes for word in ("--fix", name)]


def _params(params: Mapping[str, object]) -> list[str]:
    given = DEFAULT_REDACTOR.tree("", dict(params))
    return [word for name, value in given.items() for word in ("-p", f"{name}={value}")]


def _faults(budgets: Mapping[str, int]) -> list[str]:
    words = [f"{kind}={budget}" for kind, budget in budgets.items()] or ["none"]
    return [word for text in words for word in ("--fault", text)]


def _steps(settings: Settings) -> list[str]:
    return [] if settings.steps_max is None else ["--max-steps", str(settings.steps_max)]
