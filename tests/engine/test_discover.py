"""From paths to scenarios: what is imported, under which name, and what is said when it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from harness.errors import BadBudget, HarnessError, ScenarioImportFailed, ScenarioNotFound
from harness.explore.discover import _python_files, discover

ONE = '''import harness

@harness.scenario
async def {name}(world: harness.World) -> None:
    """{doc}"""
'''


@pytest.fixture(autouse=True)
def _modules_as_before(tmp_path: Path) -> Iterator[None]:
    """What a test imports from its directory is gone after it."""
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def write(path: Path, text: str) -> str:
    """Write a file, its directories too; returns its path as one would type it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def one(name: str, doc: str = "") -> str:
    """The text of a file with one scenario."""
    return ONE.format(name=name, doc=doc)


def test_scenarios_come_in_the_order_of_their_files_and_lines(tmp_path: Path) -> None:
    """So that a suite runs the same way everywhere; hidden directories are no part of it."""
    write(tmp_path / "b.py", one("second") + one("third"))
    write(tmp_path / "a" / "c.py", one("first"))
    write(tmp_path / ".hidden" / "d.py", one("never"))

    assert [made.name for made in discover([str(tmp_path)])] == ["first", "second", "third"]


@pytest.mark.parametrize("place", ["venv", "build", "node_modules", "lib/site-packages", ".x"])
def test_what_is_installed_or_built_is_passed_by(tmp_path: Path, place: str) -> None:
    """A project with an environment in it is nothing unusual; named, such a directory is searched."""
    write(tmp_path / "mine.py", one("mine"))
    write(tmp_path / place / "theirs.py", one("theirs"))
    write(tmp_path / "venv" / "pyvenv.cfg", "")

    assert [made.name for made in discover([str(tmp_path)])] == ["mine"]
    assert [made.name for made in discover([str(tmp_path / place)])] == ["theirs"]


def test_the_harness_itself_is_passed_by() -> None:
    """In a checkout, too."""
    root = Path(harness.__file__).parents[1]

    assert root / "harness" / "cli" / "app.py" not in _python_files(root)
    assert root / "scenarios" / "paradex_funding_reset.py" in _python_files(root)


def test_each_scenario_is_found_once(tmp_path: Path) -> None:
    """However often it is asked for; one that a file imports belongs to the other file."""
    file = write(tmp_path / "one_of_two.py", one("mine"))
    write(tmp_path / "two_of_two.py", "from one_of_two import mine  # a scenario of harness\n")
    found = discover([str(tmp_path), file, f"{file}::mine"])

    assert [(made.name, made.path) for made in found] == [("mine", file)]


def test_files_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """Two `restart.py` in two directories are two files."""
    files = [write(tmp_path / d / "restart.py", one("same", doc=d)) for d in ("old", "new")]

    assert [made.doc for made in discover(files)] == ["old", "new"]
    assert [made.doc for made in discover(files[1:])] == ["new"]


def test_a_file_may_have_the_name_of_a_module_that_is_in_use(tmp_path: Path) -> None:
    """`json.py` is nobody's favourite name, but it is a file like any other."""
    file = write(tmp_path / "json.py", one("mine"))
    module = sys.modules["json"]

    assert [made.name for made in discover([file])] == ["mine"]
    assert sys.modules["json"] is module


def test_a_file_in_a_package_may_import_relatively(tmp_path: Path) -> None:
    """As the scenarios in this project do."""
    write(tmp_path / "suite_a" / "__init__.py", "")
    write(tmp_path / "suite_a" / "shared.py", "NAME = 'shared'\n")
    file = write(tmp_path / "suite_a" / "b.py", "from .shared import NAME\n" + one("mine"))

    (found,) = discover([file])
    assert found.body.__module__ == "suite_a.b"


def test_packages_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """Each has its own modules, whichever was imported first."""
    files = [
        write(tmp_path / side / "suite_b" / "c.py", one("mine", doc=side))
        for side in ("left", "right")
    ]
    for side in ("left", "right"):
        write(tmp_path / side / "suite_b" / "__init__.py", "")

    assert [made.doc for made in discover(files)] == ["left", "right"]
    assert [made.doc for made in discover(files[::-1])] == ["right", "left"]


def test_a_package_cannot_have_the_name_of_one_in_use(tmp_path: Path) -> None:
    """Refused, never mistaken for the other: here for these tests themselves."""
    write(tmp_path / "tests" / "__init__.py", "")
    file = write(tmp_path / "tests" / "engine" / "__init__.py", one("mine"))

    with pytest.raises(ScenarioImportFailed, match="already imported from"):
        discover([file])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import harness\n1 / 0", r":2: ZeroDivisionError: division by zero"),
        ("import harness\ndef f(:", r":2: SyntaxError"),
        ("raise SystemExit(0)", r":1: SystemExit: 0"),
        ("import no_such_module_at_all", r":1: ModuleNotFoundError"),
        ("\x00", r"SyntaxError"),
    ],
)
def test_a_file_that_raises_is_one_line_and_leaves_nothing(
    tmp_path: Path, text: str, said: str
) -> None:
    """With the line that raised; the file can be mended and imported again."""
    file = write(tmp_path / "raises.py", text)
    path = list(sys.path)
    with pytest.raises(ScenarioImportFailed, match=said):
        discover([file])

    assert "raises" not in sys.modules
    assert sys.path == path


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """A path, a name in a file, a file without scenarios, a file of another kind."""
    file = write(tmp_path / "some.py", one("mine"))
    empty = write(tmp_path / "empty.py", "")
    text = write(tmp_path / "some.txt", "")
    for path, said in {
        str(tmp_path / "gone.py"): "no such file",
        f"{file}::other": "the file declares: mine",
        empty: "declares no @harness.scenario",
        text: "not a Python file",
    }.items():
        with pytest.raises(ScenarioNotFound, match=said):
            discover([path])


def test_a_file_of_a_folder_that_raises_does_not_stand_before_the_others(tmp_path: Path) -> None:
    """Whoever asks is told of each, also of one whose declaration is wrong; one that is named raises."""
    write(tmp_path / "a.py", one("first"))
    file = write(tmp_path / "b.py", one("never") + "1 / 0\n")
    write(
        tmp_path / "c.py", one("wrong").replace("harness.scenario", "harness.scenario(horizon=-1)")
    )
    write(tmp_path / "d.py", one("second"))
    broken: list[HarnessError] = []

    found = discover([str(tmp_path)], broken=broken.append)
    assert [made.name for made in found] == ["first", "second"]
    assert [type(error) for error in broken] == [ScenarioImportFailed, BadBudget]
    with pytest.raises(ScenarioImportFailed):
        discover([str(tmp_path)])
    with pytest.raises(ScenarioImportFailed):
        discover([file], broken=broken.append)
