"""From paths and `-k EXPR` to the scenarios that they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.engine import Engine
from harness.cli.settings import Settings
from harness.errors import NothingSelected

if TYPE_CHECKING:
    from harness.explore import Scenario


def select(
    paths: Sequence[str], settings: Settings, *, engine: Engine, folder: Path
) -> list[Scenario]:
    """The scenarios that are meant, in the order they were asked for.

    Without `paths` these are the scenarios of the setting of that name; without that too, what the
    engine finds by itself.

    Raises:
      NothingSelected: nothing is left to run.
    """
    places = list(paths) or [str(path) for path in settings.paths]
    found = list(engine.discover(places))
    if settings.select is not None:
        found = [made for made in found if settings.select.matches(label(made, folder))]
    if not found:
        written = None if settings.select is None else settings.select.written
        raise NothingSelected(places, written)
    return found


def label(scenario: Scenario, folder: Path) -> str:
    """How a scenario is asked for from `folder`: `PATH::NAME`."""
    return f"{shorten(Path(scenario.path), folder)}::{scenario.name}"


def shorten(path: Path, folder: Path) -> str:
    """A path as one would type it in `folder`."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
