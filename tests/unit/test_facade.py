"""The package `harness` itself: its names are there, and cost nothing until one is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import harness


def modules_after(code: str) -> list[str]:
    """What is imported in a fresh interpreter once `code` has been run."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, text=True, stdout=subprocess.PIPE
    )
    modules: list[str] = json.loads(done.stdout.splitlines()[-1])
    return modules


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_no_room(arguments: list[str]) -> None:
    """Nor Trio, nor what draws progress: `harness --help` answers at once."""
    modules = modules_after(f"from harness.cli import main\nmain({arguments!r})")
    rooms = ("explore", "kernel", "world", "traces", "properties", "model", "reports")

    assert "trio" not in modules
    assert "rich.progress" not in modules
    assert [name for name in modules if name in [f"harness.{room}" for room in rooms]] == []


def test_every_public_name_is_there() -> None:
    """Asked for or listed, and so are the rooms; what is not public is no attribute."""
    assert all(getattr(harness, name) is not None for name in harness.__all__)
    assert set(harness.__all__) <= set(dir(harness))
    assert harness.model.Cell is harness.Cell
    with pytest.raises(AttributeError, match="no attribute 'explode'"):
        harness.explode  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("first", ["", "import harness.explore.loop\n", "import harness.testing\n"])
def test_explore_is_the_function_whatever_was_imported_first(first: str) -> None:
    """A room of that name is imported too, and import binds it."""
    modules_after(f"{first}import harness\nassert callable(harness.explore), harness.explore")
