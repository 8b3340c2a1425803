"""Where settings are written: the command line, the environment, pyproject.toml, a profile."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from harness.cli.settings import PROFILES, Settings, Source, read, resolve
from harness.errors import ProfileUnknown, ProjectFileInvalid

PREFIX = "HARNESS_"


def settings_from(
    given: Mapping[str, object],
    *,
    environ: Mapping[str, str],
    folder: Path,
    defaults: Mapping[str, object] | None = None,
) -> Settings:
    """The settings for a command given these flags, in this environment and folder.

    `defaults` are those of the command, where they are not everybody's.

    Raises:
      SettingUnknown, SettingInvalid: see `resolve`.
      ProfileUnknown: the profile that was asked for is neither built in nor in pyproject.toml.
      ProjectFileInvalid: pyproject.toml is no TOML, or `tool.harness` is no table.
    """
    project = read_project(folder)
    near = [from_command_line(given, folder), from_environment(environ, folder)]
    own = Source(values=defaults or {}, spelling="{}", base=folder)
    return resolve([*near, *with_profile(project, near, folder), own])


def from_command_line(given: Mapping[str, object], folder: Path) -> Source:
    """The flags, by the setting's name."""
    return Source(values=given, spelling="--{}", base=folder)


def from_environment(environ: Mapping[str, str], folder: Path) -> Source:
    """`HARNESS_TIME_BUDGET` is the setting `time-budget`. One that is empty is not set."""
    values = {
        key.removeprefix(PREFIX).lower().replace("_", "-"): value
        for key, value in environ.items()
        if key.startswith(PREFIX) and value
    }
    return Source(values=values, spelling=f"{PREFIX}{{}}", base=folder, closed=False)


@attrs.frozen(kw_only=True)
class Project:
    """What a pyproject.toml says: its settings, and those of its profiles by name."""

    source: Source
    profiles: Mapping[str, Source]


def read_project(folder: Path) -> Project:
    """The nearest pyproject.toml, from `folder` upwards; one without `tool.harness` says nothing."""
    for base in (folder, *folder.parents):
        file = base / "pyproject.toml"
        if file.is_file():
            return _read_file(file)
    return Project(source=Source(values={}, spelling="{}", base=folder), profiles={})


def with_profile(project: Project, near: Sequence[Source], folder: Path) -> list[Source]:
    """What a project says: in its profile, for all, and what a profile brings that is built in.

    Args:
      project: what its file holds.
      near: the sources that decide before it, also which profile it is.
      folder: that relative paths of the profile start from, if it is built in.

    Raises:
      SettingInvalid: the profile is no name.
      ProfileUnknown: there is none of that name.
    """
    asked = [source for source in [*near, project.source] if "profile" in source.values]
    profile = str(read("profile", asked)) if asked else "dev"
    if profile not in {*PROFILES, *project.profiles}:
        raise ProfileUnknown(profile, sorted({*PROFILES, *project.profiles}))
    mine = [project.profiles[profile]] if profile in project.profiles else []
    built_in = Source(values=PROFILES.get(profile, {}), spelling="{}", base=folder)
    return [*mine, project.source, built_in]


def _read_file(file: Path) -> Project:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProjectFileInvalid(file, str(error)) from None
    table = _table(_table(document, "tool", file), "harness", file)
    profiles = _table(table, "profiles", file)
    return Project(
        source=_source({n: v for n, v in table.items() if n != "profiles"}, "tool.harness", file),
        profiles={
            name: _source(_table(profiles, name, file), f"tool.harness.profiles.{name}", file)
            for name in profiles
        },
    )


def _table(parent: Mapping[str, object], name: str, file: Path) -> Mapping[str, object]:
    table = parent.get(name, {})
    if not isinstance(table, dict):
        raise ProjectFileInvalid(file, f"{name} must be a table")
    return table


def _source(values: Mapping[str, object], where: str, file: Path) -> Source:
    # Braces in a profile's name are not ours to format.
    spelling = f"{where}.".replace("{", "{{").replace("}", "}}") + "{}"
    return Source(values=values, spelling=f"pyproject.toml: {spelling}", base=file.parent)
