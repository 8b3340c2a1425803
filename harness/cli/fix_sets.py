"""Which sets of fixes a scenario is run under."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.engine import Scenario
from harness.cli.settings import Settings


def fix_sets(scenario: Scenario, settings: Settings) -> list[tuple[str, ...]]:
    """One set for each run, each once, in the order of the scorecard's rows.

    Without any flag: one run with no fix. `--scorecard`: no fix, each fix alone, and the sets that
    the scenario declares. `--fix-set`: a run with exactly that set. `--fix` is in every run.
    """
    sets: list[Sequence[str]] = []
    if settings.scorecard:
        sets += [(), *([name] for name in scenario.fixes), *scenario.fix_sets]
    sets += settings.fix_set
    everywhere = settings.fix
    return list(dict.fromkeys(join(everywhere, one) for one in sets or [()]))


def join(*parts: Sequence[str]) -> tuple[str, ...]:
    """The names in `parts`, each once and sorted: one set has one spelling."""
    return tuple(sorted({name for part in parts for name in part}))
