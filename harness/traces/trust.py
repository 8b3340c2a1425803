"""Which scenario a trace may have imported: those below configured roots, and no other.

Importing is running. A trace only names a scenario; the name is looked up here as text, in
directories that whoever runs the harness has chosen, and what is found is looked at, not run:
the file must be where it seems to be and must define such a scenario. Only then may it be
imported, after `announcement` has been shown.
"""

from __future__ import annotations

import ast
import re
import stat
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import attrs

from harness.errors import TraceUntrusted
from harness.visible import one_line

SOURCE_BYTES_MAX = 4 << 20
REFERENCE_MAX = 1_000  # characters
#: Nothing that a run writes: where it is written must not be another project afterwards.
_ROOT_MARKS = ("pyproject.toml", ".git")
_installed = {"harness.scenarios": Path(__file__).parents[1] / "scenarios"}


@attrs.frozen
class Roots:
    """Where scenarios may be imported from.

    Attributes:
      directories: for "path/to/file.py::name", tried in order.
      packages: for "package.module:name", by package; each with its directory.
    """

    directories: tuple[Path, ...]
    packages: Mapping[str, Path] = attrs.field(factory=lambda: dict(_installed))


@attrs.frozen
class ScenarioSource:
    """A scenario that may be imported.

    Attributes:
      path: the file, with all symbolic links resolved.
      module: its name, if it belongs to an installed package.
      name: of the scenario in it.
    """

    path: Path
    module: str | None
    name: str

    @property
    def announcement(self) -> str:
        """The line to show before importing."""
        what = f"{self.module} ({self.path})" if self.module else str(self.path)
        return f"will import {one_line(what)} for scenario {self.name}"


def project_root(start: Path) -> Path:
    """The nearest directory from `start` upwards that looks like a project, else `start`."""
    start = start.resolve()
    for directory in (start, *start.parents):
        if any((directory / mark).exists() for mark in _ROOT_MARKS):
            return directory
    return start


def default_roots() -> Roots:
    """The project of the current directory, and the scenarios that come with the harness."""
    return Roots((project_root(Path.cwd()),))


def resolve_scenario(reference: str, roots: Roots) -> ScenarioSource:
    """The one file that `reference` may mean; nothing is imported.

    Raises:
      TraceUntrusted: it leads outside the roots, is not there, or defines no such scenario.
    """
    if len(reference) > REFERENCE_MAX:
        raise TraceUntrusted(reference, f"more than {REFERENCE_MAX} characters")
    file, separator, name = reference.rpartition("::")
    module = None
    if not separator:
        module, separator, name = reference.rpartition(":")
    if not separator or not name.isidentifier():
        raise TraceUntrusted(reference, "not of the form path/to/file.py::name")
    if module is None:
        path = _below_directories(reference, file, roots.directories)
    else:
        path = _below_packages(reference, module, roots.packages)
    _check_defines(reference, path, name)
    return ScenarioSource(path, module, name)


def scenario_reference(path: Path, name: str, roots: Roots) -> str:
    """What a trace calls the scenario `name` of the file `path`: the same on every machine.

    Raises:
      TraceUntrusted: the file is below none of the roots, so that no replay would find it.
    """
    real = path.resolve()
    for package, directory in roots.packages.items():
        if real.is_relative_to(directory.resolve()):
            parts = real.relative_to(directory.resolve()).with_suffix("").parts
            parts = parts[:-1] if parts[-1] == "__init__" else parts
            return f"{'.'.join((package, *parts))}:{name}"
    for directory in roots.directories:
        if real.is_relative_to(directory.resolve()):
            return f"{real.relative_to(directory.resolve()).as_posix()}::{name}"
    listed = ", ".join(str(directory) for directory in roots.directories)
    raise TraceUntrusted(path, f"it is not below {listed}")


# ------------------------------------------------------------------------------------ text to file


def _below_directories(reference: str, file: str, directories: tuple[Path, ...]) -> Path:
    reason = _why_not_plain(file)
    if reason:
        raise TraceUntrusted(reference, reason)
    for directory in directories:
        found = _real_file(reference, directory, directory / file)
        if found:
            return found
    listed = ", ".join(str(directory) for directory in directories)
    raise TraceUntrusted(reference, f"no such file below {listed}")


def _why_not_plain(file: str) -> str | None:
    """What keeps `file` from being a plain relative path on any operating system."""
    parts = file.split("/")
    if file.startswith(("/", "~")) or re.match(r"[A-Za-z]:", file):
        return "an absolute path (a trace names paths below the project)"
    if "\\" in file or not file.isprintable():
        return "a path with a backslash or a character that cannot be seen"
    if ".." in parts:
        return "a path that leads upwards"
    if any(part.startswith(".") or not part for part in parts):
        return "a path with a hidden or empty part"
    if PurePosixPath(file).suffix != ".py":
        return "not of the form path/to/file.py::name"
    return None


def _below_packages(reference: str, module: str, packages: Mapping[str, Path]) -> Path:
    for package, directory in packages.items():
        if module != package and not module.startswith(f"{package}."):
            continue
        parts = module.removeprefix(package).split(".")[1:]
        if not all(part.isidentifier() for part in parts):
            break
        target = directory.joinpath(*parts)
        for path in (target.with_suffix(".py"), target / "__init__.py"):
            found = _real_file(reference, directory, path)
            if found:
                return found
        raise TraceUntrusted(reference, "no such module")
    listed = ", ".join(packages) or "none"
    raise TraceUntrusted(reference, f"not a module that may be imported (allowed: {listed})")


def _real_file(reference: str, root: Path, path: Path) -> Path | None:
    """`path` with its links resolved; None if there is nothing."""
    try:
        real = path.resolve(strict=True)
        status = real.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RuntimeError, ValueError) as error:  # permission, a loop of links, a NUL
        raise TraceUntrusted(reference, getattr(error, "strerror", None) or error) from None
    if not real.is_relative_to(root.resolve()):
        raise TraceUntrusted(reference, f"it is a link that leads out of {root}")
    if not stat.S_ISREG(status.st_mode):
        raise TraceUntrusted(reference, "not a regular file")
    if status.st_size > SOURCE_BYTES_MAX:
        raise TraceUntrusted(reference, f"bigger than {SOURCE_BYTES_MAX >> 20} MB")
    return real


# ------------------------------------------------------------------------- what the file would run


def _check_defines(reference: str, path: Path, name: str) -> None:
    """The file defines something called `name` that may be a scenario."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the user's own text, which is not run here
            tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise TraceUntrusted(
            reference, f"{path.name} is not Python (line {error.lineno})"
        ) from None
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise TraceUntrusted(reference, f"{path.name} cannot be read ({error})") from None
    if not any(_may_define(node, name) for node in _module_level(tree)):
        raise TraceUntrusted(reference, f"{path.name} defines no scenario {name}")


def _module_level(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that importing runs: all but what stands in functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        ):
            yield from _module_level(child)


def _may_define(node: ast.AST, name: str) -> bool:
    match node:
        case ast.AsyncFunctionDef():
            return node.name == name
        case ast.FunctionDef():  # bare, it is somebody's script: no async function comes of it
            return node.name == name and bool(node.decorator_list)
        case ast.Name(id=target, ctx=ast.Store()):
            return target == name
        case ast.alias():
            return (node.asname or node.name) in (name, "*")
        case _:
            return False
