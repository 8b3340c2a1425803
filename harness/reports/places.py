"""From the name of a file and a line, as traces have them, to where that is in the project."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.reports.checks import Place


class Files:
    """The project's files that are imported, by name.

    A trace names files without directories, so that it is the same everywhere. A name that two files
    have means the one beside the scenario, else neither.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._by_name: dict[str, dict[str, None]] = {}
        for module in list(sys.modules.values()):
            self._add(getattr(module, "__file__", None))

    def _add(self, file: object) -> None:
        if not isinstance(file, str) or "site-packages" in file:
            return
        below = self.below(file)
        if below is not None:
            self._by_name.setdefault(Path(file).name, {})[below] = None

    def below(self, file: str | Path) -> str | None:
        """A file as it is called from the root of the project; None if it lies elsewhere."""
        try:
            return Path(file).resolve().relative_to(self._root).as_posix()
        except (OSError, ValueError):
            return None

    def place(self, written: str, *, beside: str) -> Place | None:
        """The place that is written "file.py:12", of a scenario in the file `beside`."""
        name, _, line = written.rpartition(":")
        if not line.isdecimal() or not line.isascii():
            return None
        files = list(self._by_name.get(name, ()))
        near = [file for file in files if Path(file).parent == Path(beside).parent]
        if len(near) == 1 or len(files) == 1:
            return Place(file=(near or files)[0], line=max(1, int(line[:9])))
        return None
