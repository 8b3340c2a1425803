"""Where traces lie: written whole or not at all, and never over something else."""

from __future__ import annotations

import contextlib
import os
import re
from itertools import count
from pathlib import Path

from harness.errors import TraceUnreadable, TraceUnwritable
from harness.traces.format import Trace, Unfit, encode
from harness.traces.load import read_bytes
from harness.traces.redact import DEFAULT_REDACTOR, Redactor
from harness.traces.redacted import redact_trace

SUFFIX = ".trace.json"
_DIGITS = (4, 8, 16, 64)
_NAMES_MAX = 1_000


def save_trace(
    trace: Trace, directory: str | os.PathLike[str], *, redactor: Redactor = DEFAULT_REDACTOR
) -> Path:
    """Write `trace`, redacted, as `<scenario>-<digest>.trace.json` below `directory`.

    The directory is made if need be. The digest is cut to 4 digits; it gets more where another
    trace already has the name. A trace that is already there is not written again.

    Raises:
      TraceUnwritable: the directory refuses it, or a value in it is none that JSON has.
    """
    try:
        data = encode(redact_trace(trace, redactor))
    except Unfit as error:
        raise TraceUnwritable(f"of {trace.scenario_name}", error) from None
    try:
        Path(directory).mkdir(parents=True, exist_ok=True)
        names = _names(trace, Path(directory))
        for path in names:
            if _place(data, path):
                return path
    except (OSError, ValueError) as error:  # ValueError: a NUL within the path
        raise TraceUnwritable(directory, getattr(error, "strerror", None) or error) from None
    raise TraceUnwritable(names[-1], "another trace has this name: move it away")


def make_own_directory(path: str | os.PathLike[str]) -> Path:
    """`.harness/` or the like: a directory that git ignores, wherever it lies.

    Raises:
      TraceUnwritable: it cannot be made.
    """
    directory = Path(path)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _ignored_by_git(directory)
    except OSError as error:
        raise TraceUnwritable(directory, error.strerror or error) from None
    return directory


def _ignored_by_git(directory: Path) -> None:
    mark = directory / ".gitignore"
    with contextlib.suppress(FileExistsError), mark.open("xb", buffering=0) as file:
        try:
            file.write(b"*\n")
        except OSError:  # an empty one would stay, and ignore nothing
            mark.unlink(missing_ok=True)
            raise


def find_traces(
    directory: str | os.PathLike[str], *, of: str | None = None, only_files: bool = True
) -> list[Path]:
    """The trace files directly in `directory`, by name; none if there is no such directory.

    With `of`, only those that `save_trace` may have made of the scenario of that name. With `only_files`
    False, also what has such a name and is no file, for a reader that complains of it.
    """
    pattern = f"*{SUFFIX}" if of is None else f"{_stem(of)}-*{SUFFIX}"
    found = Path(directory).glob(pattern)
    return sorted(path for path in found if path.is_file() or not only_files)


def _stem(scenario_name: str) -> str:
    """What the name of a trace's file begins with."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", scenario_name).strip("-")[:80] or "trace"


def _names(trace: Trace, directory: Path) -> list[Path]:
    scenario = _stem(trace.scenario_name)
    digest = re.sub(r"[^0-9a-z]+", "", trace.digest) or "0000"
    stems = dict.fromkeys(f"{scenario}-{digest[:digits]}" for digits in _DIGITS)
    # The same run may be recorded anew in other words: by another version, or with other notes.
    stems.update(dict.fromkeys(f"{scenario}-{digest}-{number}" for number in range(2, _NAMES_MAX)))
    return [directory / f"{stem}{SUFFIX}" for stem in stems]


def _place(data: bytes, path: Path) -> bool:
    """Whether `path` now holds `data`; False if it holds something else."""
    draft = _draft(data, path)
    try:
        return _publish(draft, path) or _holds(path, data)
    finally:
        draft.unlink(missing_ok=True)


def _holds(path: Path, data: bytes) -> bool:
    with contextlib.suppress(TraceUnreadable):
        return read_bytes(path) == data
    return False


def _draft(data: bytes, path: Path) -> Path:
    """A new file beside `path` with `data` on the disk."""
    for number in count():
        draft = path.with_name(f".{path.name}.{os.getpid()}-{number}.tmp")
        try:
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            continue  # left behind by a process of the same number
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return draft
    raise AssertionError


def _publish(draft: Path, path: Path) -> bool:
    """Give `draft` its name in one step; False if somebody else took the name meanwhile."""
    try:
        os.link(draft, path)  # unlike a rename it never replaces
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            return False
        draft.rename(path)
    return True
