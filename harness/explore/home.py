"""Where the modules beside a scenario are found: as if its file had been started as a plain script.

The directory stands first on `sys.path` while a scenario is loaded and while it runs, so that an
`import` in the body of a function finds what one at the top of the file does. Outside of that, and for
the scenarios of other directories, it does not: a `settings.py` here is not the `settings.py` there.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

#: Names of the modules that were first imported while a directory was at home.
_names: dict[Path, set[str]] = {}
#: Those of them that are set aside, because another directory was at home since.
_aside: dict[Path, dict[str, ModuleType]] = {}


def module_name(path: Path) -> tuple[str, Path, bool]:
    """The dotted name of a file, the directory it is imported from, whether it is in a package."""
    parts = [] if path.stem == "__init__" else [path.stem]
    directory = path.parent
    while (directory / "__init__.py").is_file():
        parts.insert(0, directory.name)
        directory = directory.parent
    return ".".join(parts), directory, directory != path.parent


@contextmanager
def at_home(file: str | Path) -> Iterator[None]:
    """Imports find what lies beside `file`, or beside its package; and nobody else's modules.

    A file that there is not, such as an interactive session, has no home.
    """
    path = Path(file).resolve()
    if not path.is_file():
        yield
        return
    root = module_name(path)[1]
    _set_others_aside(root)
    before = set(sys.modules)
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        with suppress(ValueError):  # the code under test may have taken it away
            sys.path.remove(str(root))
        new = {name for name in sys.modules.keys() - before if _is_of(sys.modules[name], root)}
        _names.setdefault(root, set()).update(new)
        _put_back()


def _set_others_aside(root: Path) -> None:
    for other, names in _names.items():
        for name in names if other != root else ():
            module = sys.modules.get(name)
            if module is not None and _is_of(module, other):
                _aside.setdefault(other, {})[name] = sys.modules.pop(name)
    sys.modules.update(_aside.pop(root, {}))


def _put_back() -> None:
    """Modules are where those look for them who loaded them, unless the name is taken now."""
    for modules in _aside.values():
        for name in [name for name in modules if name not in sys.modules]:
            sys.modules[name] = modules.pop(name)


def _is_of(module: ModuleType, root: Path) -> bool:
    """Whether a module stands below a directory, and is neither installed nor the harness."""
    if module.__name__.partition(".")[0] == "harness":
        return False
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(
        place and Path(place).is_relative_to(root) and "site-packages" not in Path(place).parts
        for place in places
    )
