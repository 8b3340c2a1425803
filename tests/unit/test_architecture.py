"""Rules between the rooms that import-linter cannot state, read from the syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HARNESS = sorted((ROOT / "harness").rglob("*.py"))
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.py"))
PUBLIC = {"harness", "harness.histories", "harness.model", "harness.testing"}
ABOVE_THE_FACADE = {"cli", "pytest_plugin", "testing"}


def imports(tree: ast.AST) -> Iterator[str]:
    """Absolute dotted names that a module imports: both `a` and `a.b` for `from a import b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_parts_of_trio(source: str) -> list[str]:
    """Every `trio._x`, imported or reached through attributes; `trio.lowlevel._x` as well."""
    tree = ast.parse(source)
    dotted = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names = [name.split(".") for name in [*imports(tree), *dotted]]
    return sorted({".".join(n) for n in names if n[0] == "trio" and any(p[:1] == "_" for p in n)})


def relative(path: Path) -> str:
    """How a test names the file it reads."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*HARNESS, *SCENARIOS], ids=relative)
def test_only_the_kernel_names_private_parts_of_trio(path: Path) -> None:
    """A new Trio is one room's affair: what moved in there is mended in `harness/kernel`."""
    if path.is_relative_to(ROOT / "harness" / "kernel"):
        return

    assert private_parts_of_trio(path.read_text()) == []


def test_private_parts_are_seen_however_they_are_reached() -> None:
    """The rule above is not blind: each way to reach in is one of these."""
    ways = "import trio._core\nfrom trio import _run\nfrom trio._core import Run\nx = trio._core._r"

    assert private_parts_of_trio(ways) == [
        "trio._core",
        "trio._core.Run",
        "trio._core._r",
        "trio._run",
    ]


@pytest.mark.parametrize("path", SCENARIOS, ids=relative)
def test_scenarios_import_only_public_names_and_each_other_relatively(path: Path) -> None:
    """What a scenario of ours needs, a user's scenario can have; and it runs from a wheel."""
    names = set(imports(ast.parse(path.read_text())))
    engine = {n for n in names if n.split(".")[0] == "harness"}
    direct = {n for n in engine if not any(n.startswith(f"{p}.") for p in PUBLIC)}

    assert direct <= PUBLIC
    assert not any(f"{n}.".startswith("scenarios.") for n in names)


@pytest.mark.parametrize("path", HARNESS, ids=relative)
def test_rooms_do_not_import_the_facade(path: Path) -> None:
    """`harness/__init__.py` imports the rooms, never the other way: no cycle through the top."""
    if path.relative_to(ROOT / "harness").parts[0].removesuffix(".py") in ABOVE_THE_FACADE:
        return

    assert "harness" not in set(imports(ast.parse(path.read_text())))
