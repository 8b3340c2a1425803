"""What a baseline says of a run, and a run of a baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import msgspec

from harness.cli.baseline import Baseline, Entry, Search, entry_of, search_of

if TYPE_CHECKING:
    from harness.cli.job import Job
    from harness.cli.outcome import Run
    from harness.cli.stored import Regression
    from harness.explore import Violation


def known_of(job: Job, baseline: Baseline) -> tuple[str, ...]:
    """The fingerprints of what a search may find and is known."""
    search = _search(job)
    return tuple(entry.fingerprint for entry in baseline.entries if entry.search == search)


def unseen(
    baseline: Baseline, runs: Sequence[Run], regressions: Sequence[Regression]
) -> list[Entry]:
    """What is known of the searches that were made, and was not seen: no proof that it is gone."""
    found = [violation for run in runs for violation in run.result.violations]
    found += [one.violation for one in regressions if one.violation is not None]
    seen = {entry_of(violation).key for violation in found}
    made = [_search(run.job) for run in runs]
    return [one for one in baseline.entries if one.search in made and one.key not in seen]


def entries_after(
    baseline: Baseline, runs: Sequence[Run], regressions: Sequence[Regression], *, whole: bool
) -> list[Entry]:
    """What a new baseline holds: what fails now, and of searches that were not made what it held.

    Args:
      baseline: the one before; notes are taken over.
      runs, regressions: what was found.
      whole: whether everything was done that was to be; if not, nothing is taken out.
    """
    made = [_search(run.job) for run in runs] if whole else []
    kept = [entry for entry in baseline.entries if entry.search not in made]
    notes = {entry.key: entry.note for entry in baseline.entries}
    found = [entry_of(violation) for violation in _failures(runs, regressions)]
    return [*kept, *(msgspec.structs.replace(e, note=notes.get(e.key, "")) for e in found)]


def _failures(runs: Sequence[Run], regressions: Sequence[Regression]) -> Iterator[Violation]:
    for run in runs:
        if run.job.expected != "violated":
            yield from run.result.violations
    for one in regressions:
        if one.violation is not None and not one.found.expected:
            yield one.violation


def with_all_known(
    runs: Sequence[Run], regressions: Sequence[Regression]
) -> tuple[list[Run], list[Regression]]:
    """The same, with whatever failed being known from now on."""
    known = [
        attrs.evolve(run, known=tuple(one.fingerprint for one in run.result.violations))
        for run in runs
    ]
    return known, [attrs.evolve(one, known=True) for one in regressions]


def _search(job: Job) -> Search:
    from harness.explore.evidence import scenario_name

    return search_of(scenario_name(job.scenario), job.fixes)
