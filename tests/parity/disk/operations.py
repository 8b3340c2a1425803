"""Sequences of operations on a file system, and the one body that carries them out on any."""

from __future__ import annotations

from typing import Any, Protocol

import attrs
from hypothesis import strategies as st

SLOTS = (0, 1, 2)
"""Open files are kept in so many places."""

ROOT = "/"
PATHS = ("a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "e", "e/a", "a/x", "d/a/x", "nowhere/a")
MODES = ("r", "r+", "w", "w+", "a", "a+", "x", "x+", "rb", "wb+")

Outcome = tuple[Any, ...]


class FileSystem(Protocol):
    """What the body needs: the verbs of a simulated disk."""

    async def open(self, path: str, mode: str) -> Any:
        """A file with the methods of `harness.world.disk.File`."""


@attrs.frozen
class Operation:
    """One operation.

    Attributes:
      verb: a method of a disk, or of a file if there is a `slot`.
      arguments: what it is called with.
      slot: where the file is kept that it is about, or, for "open", will be.
    """

    verb: str
    arguments: tuple[Any, ...] = ()
    slot: int | None = None


async def play(system: FileSystem, operations: list[Operation]) -> list[Outcome]:
    """What each operation comes to: a value, or the class, number and paths of an error."""
    files: dict[int, Any] = {}
    outcomes: list[Outcome] = []
    for operation in operations:
        try:
            outcomes.append(("value", await _done(system, files, operation)))
        except OSError as error:
            paths = (error.filename, error.filename2)
            outcomes.append((type(error).__name__, error.errno, *paths))
        except ValueError as error:
            outcomes.append((type(error).__name__,))
    for file in files.values():
        file.close()
    return outcomes


async def _done(system: FileSystem, files: dict[int, Any], operation: Operation) -> object:
    if operation.verb == "open":
        assert operation.slot is not None
        file = await system.open(*operation.arguments)
        if operation.slot in files:
            files[operation.slot].close()
        files[operation.slot] = file
        return "open"
    if operation.slot is None:
        return await getattr(system, operation.verb)(*operation.arguments)
    if operation.slot not in files:
        return "no file"
    found = getattr(files[operation.slot], operation.verb)(*operation.arguments)
    return found if operation.verb in ("seek", "tell", "close") else await found


# ---- drawn ---------------------------------------------------------------------------------------

_paths = st.sampled_from(PATHS)
_any_path = st.sampled_from((*PATHS, ROOT))
_slots = st.sampled_from(SLOTS)
_data = st.sampled_from((b"", b"x", b"abc", b"0123456789"))
_offsets = st.sampled_from((0, 0, 1, 3, 7, 12, -1))
_sizes = st.sampled_from((0, 1, 4, 50, -1))


def _of_disk(verb: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return st.builds(Operation, st.just(verb), st.tuples(*arguments))


def _of_file(verb: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return st.builds(Operation, st.just(verb), st.tuples(*arguments), _slots)


_opens = _of_file("open", _any_path, st.sampled_from(MODES))
_makes = _of_file("open", _paths, st.sampled_from(("w+", "a+", "x+")))

operations = st.lists(
    st.one_of(
        _opens,
        _makes,
        _of_file("read", st.sampled_from((-1, 0, 2, 50))),
        _of_file("pread", _sizes, _offsets),
        _of_file("write", _data),
        _of_file("pwrite", _data, _offsets),
        _of_file("truncate"),
        _of_file("truncate", _sizes),
        _of_file("size"),
        _of_file("seek", _offsets),
        _of_file("tell"),
        _of_file("fsync"),
        _of_file("close"),
        _of_disk("rename", _paths, _paths),
        _of_disk("rename", _paths, _paths),
        _of_disk("link", _paths, _paths),
        _of_disk("unlink", _any_path),
        _of_disk("mkdir", _any_path),
        _of_disk("mkdir", st.sampled_from(("d", "d/e", "e"))),
        _of_disk("rmdir", _paths),
        _of_disk("listdir", _any_path),
        _of_disk("exists", _any_path),
        _of_disk("fsync_directory", _any_path),
        _of_disk("read_bytes", _any_path),
        _of_disk("write_bytes", _paths, _data),
    ),
    min_size=1,
    max_size=25,
)
