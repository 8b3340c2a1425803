"""From paths on a command line, or a name in a trace, to scenarios.

Importing is running: only what somebody named on the command line is imported, or what a trace names
below the project's directory.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import (
    EndsProcess,
    HarnessError,
    ScenarioImportFailed,
    ScenarioNotFound,
)
from harness.explore.home import at_home, module_name
from harness.explore.importing import nobody_exits
from harness.explore.scenario import Scenario
from harness.traces import default_roots, resolve_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType


#: Directories that hold no scenarios of one's own; pytest passes them by, too.
_NOT_OWN = ("build", "dist", "node_modules", "site-packages")

_HARNESS = Path(__file__).resolve().parents[1]


def discover(
    paths: Sequence[str], *, broken: Callable[[HarnessError], None] | None = None
) -> list[Scenario]:
    """The scenarios in files, directories and `file.py::name` references, in order of definition.

    Without a path: the `scenarios` directory, if there is one, else the current directory.

    Args:
      paths: where to look.
      broken: told what a file of a directory raised when imported; the others are looked at all the
        same. A file that was named itself is not passed by.

    Raises:
      ScenarioNotFound: a path or a name that is not there.
      ScenarioImportFailed: a file that raises when imported, with the line that raised.
    """
    if not paths:
        paths = ["scenarios"] if Path("scenarios").is_dir() else ["."]
    found: dict[tuple[str, str], Scenario] = {}
    for text in paths:
        file, _, name = text.partition("::")
        if not file:
            raise ScenarioNotFound(repr(text), "it names no file")
        for made in _in_path(Path(file), name or None, broken or _raise):
            found.setdefault((made.path, made.name), made)
    return list(found.values())


def _raise(error: HarnessError) -> None:
    raise error


def _in_path(
    path: Path, name: str | None, broken: Callable[[HarnessError], None]
) -> Iterator[Scenario]:
    if path.is_dir():
        for file in filter(_mentions_scenario, _python_files(path)):
            try:
                found = scenarios_in(load_module(file))
            except HarnessError as error:
                broken(error)
            else:
                yield from found
        return
    if not path.is_file():
        raise ScenarioNotFound(str(path), "there is no such file or directory")
    if path.suffix != ".py":
        raise ScenarioNotFound(str(path), "it is not a Python file")
    made = scenarios_in(load_module(path))
    if name is None:
        if not made:
            raise ScenarioNotFound(str(path), "it declares no @harness.scenario")
        yield from made
        return
    chosen = [s for s in made if s.name == name]
    if not chosen:
        known = ", ".join(s.name for s in made) or "none"
        raise ScenarioNotFound(f"{path}::{name}", f"the file declares: {known}")
    yield from chosen


def _python_files(directory: Path) -> list[Path]:
    """The files below a directory that somebody may have written, in order."""
    found: list[Path] = []
    for place, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if _is_own(Path(place, name))]
        found += [Path(place, name) for name in files if name.endswith(".py")]
    return sorted(file for file in found if not file.name.startswith("."))


def _is_own(directory: Path) -> bool:
    """Neither hidden, nor installed or built by a tool, nor the harness itself."""
    if directory.name.startswith((".", "__pycache__")) or directory.name in _NOT_OWN:
        return False
    return not (directory / "pyvenv.cfg").exists() and directory.resolve() != _HARNESS


def _mentions_scenario(file: Path) -> bool:
    """Whether importing the file could give a scenario; a directory may hold much else."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "harness" in text and "scenario" in text


def scenarios_in(module: ModuleType) -> list[Scenario]:
    """The scenarios that a module defines itself, in order."""
    own = str(getattr(module, "__file__", ""))
    made = [v for v in vars(module).values() if isinstance(v, Scenario)]
    return [s for s in made if Path(s.path).resolve() == Path(own).resolve()]


def load_module(path: Path) -> ModuleType:
    """Import a file by its path; as part of its package if it lies in one.

    A file outside a package whose name another module already has gets a name of its own.

    Raises:
      ScenarioImportFailed: naming the file, the line and what was raised.
    """
    path = path.resolve()
    with at_home(path):
        return _loaded(path)


def _loaded(path: Path) -> ModuleType:
    name, _, packaged = module_name(path)
    if _is_taken(name, path) and not packaged:
        name = f"{name}_{blake2b(str(path).encode(), digest_size=4).hexdigest()}"
    known = sys.modules.get(name)
    if known is not None and not _is_taken(name, path):
        return known
    try:
        with nobody_exits():
            return _import_packaged(name, path) if packaged else _import_alone(name, path)
    except EndsProcess as error:
        raise ScenarioImportFailed(str(path), _line(error, path), error) from error
    except HarnessError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a file may raise anything, SystemExit too
        raise ScenarioImportFailed(str(path), _line(error, path), error) from error


def _is_taken(name: str, path: Path) -> bool:
    """Whether another file has been imported as `name`."""
    known = sys.modules.get(name)
    return known is not None and Path(str(getattr(known, "__file__", ""))).resolve() != path


def _import_packaged(name: str, path: Path) -> ModuleType:
    module = importlib.import_module(name)
    if _is_taken(name, path):  # its package was imported from another directory before
        raise ImportError(f"{name} is already imported from {module.__file__}")
    return module


def _import_alone(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _line(error: BaseException, path: Path) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    line = None
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == str(path):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def import_scenario(reference: str, *, announce: Callable[[str], None] | None = None) -> Scenario:
    """The scenario that a trace names, looked up below the configured roots only.

    Raises:
      TraceUntrusted: the reference leads outside the roots, or to nothing.
      ScenarioImportFailed, ScenarioNotFound
    """
    source = resolve_scenario(reference, default_roots())
    if announce is not None:
        announce(source.announcement)
    if source.module is not None:
        module = importlib.import_module(source.module)
    else:
        module = load_module(source.path)
    for made in scenarios_in(module):
        if made.name == source.name:
            return made
    return _explored_test(reference, getattr(module, source.name, None))


def _explored_test(reference: str, found: Any) -> Scenario:
    """A test under `@harness.testing.explored` as a scenario, if it is one that needs no fixtures."""
    if not hasattr(found, "harness_explored"):
        raise ScenarioNotFound(reference, "the name there is not a scenario")
    if not hasattr(found, "as_scenario"):
        advice = f"pytest makes its arguments: pytest {reference} --harness-replay FILE"
        raise ScenarioNotFound(reference, advice)
    made: Scenario = found.as_scenario()
    return made
