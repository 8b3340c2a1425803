"""Which files are looked at for scenarios: importing is running, so not just any."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from harness.pytest_plugin.declared import PATTERNS

_DECLARATION = re.compile(r"^@(\w+\.)?scenario\b", re.MULTILINE)


def may_hold_scenarios(file: Path, parent: pytest.Collector) -> bool:
    """Whether a file was named, lies in such a folder or is called so; and declares a scenario.

    A test module that declares some for its tests is left to those, unless its very name is asked for.
    """
    is_test = any(fnmatch(file.name, one) for one in parent.config.getini("python_files"))
    named = parent.session.isinitpath(file) and not is_test
    return (named or _is_meant(file, parent.config, is_test=is_test)) and _declares(file)


def _is_meant(file: Path, config: pytest.Config, *, is_test: bool) -> bool:
    return any(_is_at(file, place, base, is_test=is_test) for place, base in _places(config))


def _places(config: pytest.Config) -> list[tuple[str, Path]]:
    written = config.getini("harness_scenarios") or PATTERNS.split()
    asked = config.getoption("harness_scenarios") or []
    return [
        *((place, config.rootpath) for place in written),
        *((place, config.invocation_params.dir) for place in asked),
    ]


def _is_at(file: Path, place: str, base: Path, *, is_test: bool) -> bool:
    """A folder, or a pattern of names; one with a slash is of paths below the base."""
    folder = base / place
    if folder.is_dir():
        return file.is_relative_to(folder) and not is_test
    if "/" in place:
        return file.is_relative_to(base) and fnmatch(file.relative_to(base).as_posix(), place)
    return fnmatch(file.name, place)


def _declares(file: Path) -> bool:
    """Whether its text speaks of the harness and of scenarios."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "harness" in text and _DECLARATION.search(text) is not None
