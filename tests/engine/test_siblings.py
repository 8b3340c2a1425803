"""What lies beside a scenario is imported as in a plain script: at the top, or while it runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli import main
from harness.explore import explore
from harness.explore.discover import discover

LATE = '''import harness

@harness.scenario
async def late(world: harness.World) -> None:
    """Imports what it needs when it needs it."""
    store = world.database("store")

    async def service() -> None:
        import sibling
        from suite import part

        await store.put("who", sibling.WHO + part.WHO)

    world.start(service)
    await world.settle()
    assert store.peek("who") == {expected!r}, store.peek("who")
'''


@pytest.fixture(autouse=True)
def _modules_as_before(tmp_path: Path) -> Iterator[None]:
    """What a test imports from its directory is gone after it, and its path too."""
    path = list(sys.path)
    yield
    assert sys.path == path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def write(folder: Path, who: str, *, expected: str | None = None) -> Path:
    """A scenario, a module beside it, and a package without and one with an `__init__`."""
    (folder / "suite").mkdir(parents=True)
    (folder / "suite" / "part.py").write_text(f"WHO = '/{who}'\n")
    (folder / "sibling.py").write_text(f"WHO = {who!r}\n")
    file = folder / "late.py"
    file.write_text(LATE.format(expected=expected or f"{who}/{who}"))
    return file


def test_an_import_in_a_service_finds_the_module_beside_the_scenario(tmp_path: Path) -> None:
    """As one at the top of the file does."""
    (made,) = discover([str(write(tmp_path, "here"))])

    assert explore(made, schedules=3).violations == ()


def test_modules_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    """Whichever scenario ran first, and however often they take turns."""
    files = [str(write(tmp_path / side, side)) for side in ("left", "right")]
    for made in (*discover(files), *reversed(discover(files))):
        assert explore(made, schedules=3).violations == ()


def test_a_module_beside_another_scenario_is_not_found(tmp_path: Path) -> None:
    """In a plain script it would not be either."""
    (made,) = discover([str(write(tmp_path / "left", "left"))])
    explore(made, schedules=1)
    alone = write(tmp_path / "right", "right")
    (tmp_path / "right" / "sibling.py").unlink()
    (other,) = discover([str(alone)])
    found = explore(other, schedules=1).violations

    assert "No module named 'sibling'" in " ".join(violation.message for violation in found)


def test_a_replay_finds_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `harness run` found, `harness replay` shows again."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "here", expected="there")

    assert main(["run", "late.py", "--schedules", "3"]) == 1
    (trace,) = (tmp_path / ".harness").glob("*.trace.json")
    assert main(["replay", str(trace)]) == 1
    assert "here/here" in capsys.readouterr().out


FRESH = '''import harness

@harness.scenario
async def fresh(world: harness.World) -> None:
    """A process in modules of its own, which nobody imported before."""
    store = world.database("store")
    world.start("own:main", store, fresh_modules=("own",))
    await world.settle()
    assert store.peek("who") == {who!r}
'''


def test_a_fresh_module_is_that_of_its_own_directory(tmp_path: Path) -> None:
    """Its code is not taken from another module of the name."""
    for who in ("left", "right"):
        folder = tmp_path / who
        folder.mkdir()
        (folder / "own.py").write_text(
            f"async def main(store):\n    await store.put('who', {who!r})\n"
        )
        (folder / "fresh.py").write_text(FRESH.format(who=who))
        (made,) = discover([str(folder / "fresh.py")])

        assert explore(made, schedules=2).violations == ()


TEST = """
from harness.testing import assert_safe
from late import late

def test_late() -> None:
    assert_safe(late, schedules=2)
"""


@pytest.mark.parametrize("mode", ["importlib", "prepend"])
def test_a_test_finds_it_too(tmp_path: Path, mode: str) -> None:
    """Under either way in which pytest imports test files."""
    write(tmp_path, "here")
    test = TEST if mode == "prepend" else TEST.replace("from late import late\n", "")
    if mode == "importlib":
        test = (tmp_path / "late.py").read_text() + test
    (tmp_path / "test_late.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, f"--import-mode={mode}", str(tmp_path)], cwd=tmp_path.parent, check=False,
        text=True, stdout=subprocess.PIPE,
    )  # fmt: skip

    assert "1 passed" in done.stdout, done.stdout
