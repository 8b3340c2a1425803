"""The command that makes a search again, no longer than it takes to see a failure."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.selection import label, shorten
from harness.cli.settings import Settings
from harness.cli.suite import Job, Run
from harness.plans import PARAMETER
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from harness.explore import Violation


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


def _search(run: Run, settings: Settings, folder: Path) -> list[str]:
    words = ["harness", "run", label(run.job.scenario, folder)]
    words += [word for name in run.job.fixes for word in ("--fix", name)]
    given = DEFAULT_REDACTOR.tree("", dict(run.job.params))
    given.pop(PARAMETER, None)
    words += [word for name, value in given.items() for word in ("-p", f"{name}={value}")]
    if settings.plan is not None:
        words += ["--plan", shorten(settings.plan, folder)]
    words += _faults(run)
    words += ["--strategy", run.result.strategy]
    for name, value in run.result.options.given().items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--seed", str(settings.seed)]
    if settings.workers is not None:  # however many: pieces are counted otherwise than one search
        words += ["-n", str(settings.workers)]
    if settings.steps_max is not None:
        words += ["--max-steps", str(settings.steps_max)]
    return words


def _faults(run: Run) -> list[str]:
    """The faults of a search, where they are not those that the scenario declares."""
    faults = run.faults
    if faults == run.job.scenario.faults:
        return []
    if not faults:
        return ["--fault", "none"]
    return [word for kind, budget in faults.items() for word in ("--fault", f"{kind}={budget}")]
