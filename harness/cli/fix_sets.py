"""Which sets of fixes a scenario is run under."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.cli.settings import Settings

if TYPE_CHECKING:
    from harness.explore import Scenario


def fix_sets(scenario: Scenario, settings: Settings) -> list[tuple[str, ...]]:
    """One set for each run, each once, in the order of the scorecard's rows.

    Without any flag: one run with no fix. `--scorecard`: no fix, each fix alone, and the sets that
    the scenario declares. `--fix-set`: a run with exactly that set. `--fix` is in every run.

    Raises:
      UnknownFix: the scenario does not declare one of the names.
    """
    sets: list[Sequence[str]] = []
    if settings.scorecard:
        sets += scenario.scorecard_sets()
    sets += settings.fix_set
    joined = [scenario.checked_fixes([*settings.fix, *one]) for one in sets or [()]]
    return list(dict.fromkeys(joined))
