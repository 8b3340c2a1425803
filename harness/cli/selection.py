"""From `PATH[::NAME]...` and `-k EXPR` to the scenarios that they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

from harness.cli.engine import Engine, Scenario
from harness.cli.settings import Settings
from harness.errors import NothingSelected, PathMissing, ScenarioUnknown

DEFAULT_FOLDER = "scenarios"


@attrs.frozen
class Target:
    """One argument of `run`: a file or folder, and the one scenario in it if it names one."""

    path: Path
    name: str | None = None


def read_target(written: str, folder: Path) -> Target:
    """Read `PATH` or `PATH::NAME`; a relative path starts from `folder`.

    Raises:
      PathMissing: there is no such file or folder.
    """
    path, separator, name = written.partition("::")
    if not (path and (folder / path).exists()):
        raise PathMissing(written)
    return Target(folder / path, name if separator else None)


def select(
    targets: Sequence[Target], settings: Settings, *, engine: Engine, folder: Path
) -> list[Scenario]:
    """The scenarios that are meant, each once, in the order they were asked for.

    Without targets these are the scenarios of the setting `paths`; without that, those of the
    folder `scenarios` if there is one.

    Raises:
      PathMissing: the setting `paths` names something that is not there.
      ScenarioUnknown: a file has no scenario of the name that was asked for.
      NothingSelected: nothing is left to run.
    """
    chosen = targets or [read_target(str(path), folder) for path in settings.paths]
    if not chosen and (folder / DEFAULT_FOLDER).is_dir():
        chosen = [Target(folder / DEFAULT_FOLDER)]
    found = once(scenario for target in chosen for scenario in in_target(target, engine))
    if settings.select is not None:
        found = [s for s in found if settings.select.matches(label(s, folder))]
    if not found:
        written = None if settings.select is None else settings.select.written
        raise NothingSelected([shorten(target.path, folder) for target in chosen], written)
    return found


def in_target(target: Target, engine: Engine) -> Iterable[Scenario]:
    """The scenarios of a target, in the engine's order."""
    scenarios = engine.discover([target.path])
    if target.name is None:
        return scenarios
    named = [scenario for scenario in scenarios if scenario.name == target.name]
    if not named:
        raise ScenarioUnknown(target.name, target.path, [s.name for s in scenarios])
    return named


def once(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Without repetitions; a scenario is known by its file and name."""
    return list({(s.path.resolve(), s.name): s for s in scenarios}.values())


def label(scenario: Scenario, folder: Path) -> str:
    """How a scenario is asked for from `folder`: `PATH::NAME`."""
    return f"{shorten(scenario.path, folder)}::{scenario.name}"


def shorten(path: Path, folder: Path) -> str:
    """A path as one would type it in `folder`."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
