"""Which files are looked at for scenarios: importing is running, so not just any."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from harness.pytest_plugin.declared import PATTERNS


def may_hold_scenarios(file: Path, parent: pytest.Collector) -> bool:
    """Whether a file was named, lies in such a folder or is called so; and declares a scenario."""
    named = parent.session.isinitpath(file) or any(
        _is_at(file, place, base) for place, base in _places(parent.config)
    )
    return named and _declares(file)


def _places(config: pytest.Config) -> list[tuple[str, Path]]:
    written = config.getini("harness_scenarios") or PATTERNS.split()
    asked = config.getoption("harness_scenarios") or []
    return [
        *((place, config.rootpath) for place in written),
        *((place, config.invocation_params.dir) for place in asked),
    ]


def _is_at(file: Path, place: str, base: Path) -> bool:
    """A folder, or a pattern of names; one with a slash is of paths below the base."""
    folder = base / place
    if folder.is_dir():
        return file.is_relative_to(folder)
    if "/" in place:
        return file.is_relative_to(base) and fnmatch(file.relative_to(base).as_posix(), place)
    return fnmatch(file.name, place)


def _declares(file: Path) -> bool:
    """Whether its text speaks of the harness and of scenarios."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "harness" in text and "scenario(" in text.replace("@harness.scenario\n", "scenario(")
