"""Where results are written: refused before a long search, not after it; never half a file."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from harness.errors import PlaceUnwritable


def check_folder(path: Path) -> None:
    """Files can most likely be written below the folder `path`, which need not be there yet.

    Raises:
      PlaceUnwritable: they cannot.
    """
    there = path
    while not os.path.lexists(there):
        there = there.parent
    if not there.is_dir():
        raise PlaceUnwritable(path, f"{there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise PlaceUnwritable(path, f"{there} may not be written to")


def check_file(path: Path) -> None:
    """A file can most likely be written at `path`.

    Raises:
      PlaceUnwritable: it cannot.
    """
    if path.is_dir():
        raise PlaceUnwritable(path, "it is a folder")
    check_folder(path.parent)


def append_file(path: Path, data: bytes) -> None:
    """Add to a file that somebody else has made, or makes with this.

    Raises:
      PlaceUnwritable: the place refuses it.
    """
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise PlaceUnwritable(path, error.strerror or error) from None


def write_file(path: Path, data: bytes) -> None:
    """Write a file, its folders too: whole, or not at all.

    Raises:
      PlaceUnwritable: the place refuses it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise PlaceUnwritable(path, error.strerror or error) from None


def write_json(path: Path, content: object) -> None:
    """Write values as JSON that people can read as well.

    Raises:
      PlaceUnwritable: the place refuses it.
    """
    text = msgspec.json.format(msgspec.json.encode(content, enc_hook=str), indent=2)
    write_file(path, text + b"\n")
