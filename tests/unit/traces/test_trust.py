"""What a trace may name, what it is called, and what is said before it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from harness.errors import TraceUntrusted
from harness.traces import Roots, default_roots, project_root, resolve_scenario, scenario_reference

SOURCE = "async def scale_up(world): ...\n"


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    """Two directories and one package."""
    for directory in ("one/sub", "two", "package/inner"):
        (tmp_path / directory).mkdir(parents=True)
    for file in ("one/a.py", "one/sub/b.py", "two/a.py", "two/c.py", "package/__init__.py"):
        (tmp_path / file).write_text(SOURCE)
    for file in ("package/restart.py", "package/inner/__init__.py", "package/inner/deep.py"):
        (tmp_path / file).write_text(SOURCE)
    return Roots((tmp_path / "one", tmp_path / "two"), {"suite": tmp_path / "package"})


@pytest.mark.parametrize(
    ("reference", "file", "module"),
    [
        ("a.py::scale_up", "one/a.py", None),
        ("sub/b.py::scale_up", "one/sub/b.py", None),
        ("c.py::scale_up", "two/c.py", None),
        ("suite:scale_up", "package/__init__.py", "suite"),
        ("suite.restart:scale_up", "package/restart.py", "suite.restart"),
        ("suite.inner:scale_up", "package/inner/__init__.py", "suite.inner"),
        ("suite.inner.deep:scale_up", "package/inner/deep.py", "suite.inner.deep"),
    ],
)
def test_a_reference_and_its_file_belong_together(
    tmp_path: Path, roots: Roots, reference: str, file: str, module: str | None
) -> None:
    """There and back: what a trace says is what a replay finds."""
    source = resolve_scenario(reference, roots)
    assert (source.path, source.module, source.name) == (tmp_path / file, module, "scale_up")
    assert scenario_reference(source.path, "scale_up", roots) == reference


def test_a_link_that_stays_within_the_root_is_followed(tmp_path: Path, roots: Roots) -> None:
    """What will be imported is the file itself, and that is what is announced."""
    (tmp_path / "one" / "link.py").symlink_to("sub/b.py")
    source = resolve_scenario("link.py::scale_up", roots)
    assert source.path == tmp_path / "one" / "sub" / "b.py"
    assert str(source.path) in source.announcement


def test_a_file_below_no_root_has_no_reference(tmp_path: Path, roots: Roots) -> None:
    """No replay would find it."""
    with pytest.raises(TraceUntrusted, match="it is not below"):
        scenario_reference(tmp_path / "three.py", "scale_up", roots)


def test_the_announcement_is_one_line_that_names_file_and_scenario(
    tmp_path: Path, roots: Roots
) -> None:
    """Whatever the directories of this machine are called."""
    odd = tmp_path / "odd\x1b[2J\n"
    odd.mkdir()
    (odd / "a.py").write_text(SOURCE)
    line = resolve_scenario("a.py::scale_up", Roots((odd,))).announcement
    assert line == f"will import {tmp_path}/odd\\x1b[2J\\n/a.py for scenario scale_up"
    line = resolve_scenario("suite.restart:scale_up", roots).announcement
    assert line.startswith("will import suite.restart (")


@pytest.mark.parametrize(
    "source",
    [
        "async def x(world): ...",
        "@harness.scenario\nasync def x(world): ...",
        "@made_elsewhere\ndef x(world): ...",
        "x = harness.scenario(lambda world: None)",
        "x: object = make()",
        "(y, [x, *z]) = make()",
        "from elsewhere import x",
        "from elsewhere import y as x",
        "from elsewhere import *",
        "if FAST:\n    async def x(world): ...",
        "try:\n    from fast import x\nexcept ImportError:\n    x = None",
        "with a():\n    for x in y: pass",
        "# -*- coding: latin-1 -*-\n# \xe9\nasync def x(world): ...",
        "pattern = '\\d'\nasync def x(world): ...",
    ],
)
def test_whatever_may_define_the_scenario_is_admitted(tmp_path: Path, source: str) -> None:
    """The look at the text errs on the side of importing: the user is told either way."""
    (tmp_path / "a.py").write_bytes(source.encode("latin-1"))
    assert resolve_scenario("a.py::x", Roots((tmp_path,))).name == "x"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def x(): drop_all_tables()",
        "class x: ...",
        "async def y():\n    x = 1",
        "class Y:\n    async def x(self): ...",
        "x.y = 1",
        "print(x)",
        "import y.x",
        "'async def x(world): ...'",
    ],
)
def test_a_file_that_defines_no_such_scenario_is_not_run(tmp_path: Path, source: str) -> None:
    """Importing a script is running it, and a stranger may name any."""
    (tmp_path / "a.py").write_text(source)
    with pytest.raises(TraceUntrusted, match=r"a\.py defines no scenario x"):
        resolve_scenario("a.py::x", Roots((tmp_path,)))


@pytest.mark.parametrize("source", [b"x = \0", b"(" * 5_000, b"# coding: none\nx = 1", b"\xff"])
def test_a_file_that_is_no_python_is_refused_in_one_line(tmp_path: Path, source: bytes) -> None:
    """Not with a traceback from a parser."""
    (tmp_path / "a.py").write_bytes(source)
    with pytest.raises(TraceUntrusted, match=r"a\.py (is not Python|cannot be read)"):
        resolve_scenario("a.py::x", Roots((tmp_path,)))


@pytest.mark.parametrize("size", [4 << 20, 5 << 20])
def test_a_huge_file_is_not_even_parsed(tmp_path: Path, size: int) -> None:
    """Up to 4 MB are read."""
    (tmp_path / "a.py").write_bytes(SOURCE.encode().ljust(size))
    if size > 4 << 20:
        with pytest.raises(TraceUntrusted, match="bigger than 4 MB"):
            resolve_scenario("a.py::scale_up", Roots((tmp_path,)))
    else:
        assert resolve_scenario("a.py::scale_up", Roots((tmp_path,)))


parts = st.sampled_from(["..", ".", "", "sub", "a.py", "~", "C:", "\\", "/", "outside.py", "\x00"])


@given(st.lists(parts, max_size=5), st.sampled_from(["/", "\\", "::", ":"]))
def test_no_reference_leads_out_of_the_roots(pieces: list[str], joint: str) -> None:
    """Whatever it is pieced together from: below the root, or refused."""
    root = Path(__file__).parent
    roots = Roots((root,), {"suite": root})
    try:
        source = resolve_scenario(f"{joint.join(pieces)}::x", roots)
    except TraceUntrusted:
        return
    assert source.path.is_relative_to(root)


def test_the_project_root_is_the_nearest_directory_that_looks_like_one(tmp_path: Path) -> None:
    """Upwards from where the command was run; without any mark, that place itself."""
    inner = tmp_path / "project" / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "pyproject.toml").touch()
    assert project_root(inner) == tmp_path / "project"
    (inner / ".git").mkdir()
    assert project_root(inner) == inner


def test_what_a_run_writes_makes_no_project(tmp_path: Path) -> None:
    """Else its own traces would name files that are not below the project any more."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "service" / ".harness").mkdir(parents=True)
    assert project_root(tmp_path / "service") == tmp_path


def test_by_default_the_project_and_our_own_scenarios_are_roots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    roots = default_roots()
    assert roots.directories == (tmp_path,)
    assert list(roots.packages) == ["harness.scenarios"]
