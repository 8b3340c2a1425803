"""From paths and `-k EXPR` to the scenarios that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.engine import Engine
from harness.cli.settings import Settings
from harness.errors import HarnessError, NothingSelected

if TYPE_CHECKING:
    from harness.explore import Scenario


def select(
    paths: Sequence[str], settings: Settings, *, engine: Engine, folder: Path
) -> tuple[list[Scenario], list[HarnessError]]:
    """The scenarios that are meant, in the order they were asked for; and what could not be looked at.

    Without `paths` these are the scenarios of the setting of that name; without that too, what the
    engine finds by itself.

    Raises:
      NothingSelected: nothing is left to run.
      ScenarioImportFailed: nothing is left, and of some file nobody can tell what is in it.
    """
    places = list(paths) or [str(path) for path in settings.paths]
    broken: list[HarnessError] = []
    found = list(engine.discover(places, broken=broken.append))
    if settings.select is not None:
        found = [made for made in found if settings.select.matches(label(made, folder))]
    if not found and broken:
        raise broken[0]
    if not found:
        written = None if settings.select is None else settings.select.written
        raise NothingSelected(places, written)
    return found, broken


def label(scenario: Scenario, folder: Path) -> str:
    """How a scenario is asked for from `folder`: `PATH::NAME`."""
    return f"{shorten(Path(scenario.path), folder)}::{scenario.name}"


def shorten(path: Path, folder: Path) -> str:
    """A path as one would type it in `folder`."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
