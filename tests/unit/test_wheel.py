"""The wheel, as a stranger gets it: nothing of the checkout is in reach."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

IMPORT_EVERYTHING = """
import importlib, pathlib, pkgutil, sys
import harness, harness.scenarios
home = pathlib.Path(harness.__file__).parent
assert str(home).startswith(sys.argv[1]), home
for module in pkgutil.walk_packages([str(home / "scenarios")], "harness.scenarios."):
    importlib.import_module(module.name)
assert "scenarios" not in sys.modules
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a wheel built from this checkout installs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_nobodys_own_scenarios_package_is_shadowed(unpacked: Path) -> None:
    """The wheel installs one package, `harness`, and the incidents live inside it."""
    tops = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}

    assert tops == {"harness"}
    assert (unpacked / "harness" / "scenarios" / "__init__.py").is_file()
    assert (unpacked / "harness" / "py.typed").is_file()


def test_every_scenario_imports_from_the_wheel(unpacked: Path, tmp_path: Path) -> None:
    """Scenarios import each other relatively, so they work under either name."""
    code = f"import sys; sys.path.insert(0, sys.argv[1])\n{IMPORT_EVERYTHING}"
    # Isolated mode, and from elsewhere: neither the current folder nor PYTHONPATH helps.
    run = [sys.executable, "-I", "-c", code, str(unpacked)]
    done = subprocess.run(run, cwd=tmp_path, check=False, capture_output=True, text=True)

    assert done.stderr == ""
    assert done.returncode == 0
