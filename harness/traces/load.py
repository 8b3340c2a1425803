"""Reads a trace that may come from a stranger: data only, within limits, one clear line if not.

Nothing here imports, executes or unpickles. A file is opened only if it is a regular one (a FIFO
would block, a device might act), read up to a limit, and parsed into plain values whose number,
depth and size are bounded before they become a `Trace`.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import attrs

from harness.errors import TraceEdited, TraceUnreadable, TraceVersionUnknown
from harness.traces.format import (
    BYTES_MAX,
    VERSION,
    Trace,
    Unfit,
    check_count,
    checksum,
    decode,
    fitted,
    read,
)

INT_DIGITS_MAX = 20

_NOT_TEXT = (
    (b"\x1f\x8b", "it is compressed (gzip): unpack it first"),
    (b"BZh", "it is compressed (bzip2): unpack it first"),
    (b"\xfd7zXZ", "it is compressed (xz): unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed (zstd): unpack it first"),
    (b"PK\x03\x04", "it is an archive (zip): unpack it first"),
    (b"\xff\xfe", "it is UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16: save it as UTF-8"),
    (b"\xef\xbb\xbf", "it starts with a byte order mark: save it as UTF-8 without"),
)


@attrs.frozen
class TraceFile:
    """A trace and where it was read.

    Attributes:
      path: as it was asked for.
      trace: what it holds.
      edited: its content is not what was recorded. Any list of choices is a valid run when played
        back leniently, so an edited trace is still of use; its digests mean nothing.
    """

    path: Path
    trace: Trace
    edited: bool


def load_trace(path: str | os.PathLike[str]) -> Trace:
    """The trace in `path`, exactly as it was recorded: for strict replay.

    Raises:
      TraceUnreadable: no such file, not a regular one, too big, not JSON, or no trace.
      TraceVersionUnknown: written in another version of the format.
      TraceEdited: the content does not match its checksum.
    """
    file = read_trace(path)
    if file.edited:
        raise TraceEdited(path)
    return file.trace


def read_trace(path: str | os.PathLike[str]) -> TraceFile:
    """The trace in `path`, edited or not: for lenient play-back.

    Raises:
      TraceUnreadable: no such file, not a regular one, too big, not JSON, or no trace.
      TraceVersionUnknown: written in another version of the format.
    """
    try:
        content = json_object(read_bytes(path))
        _check_version(path, content)
        claimed = content.pop("checksum", None)
        content = fitted(content, read)
        return TraceFile(Path(path), decode(content), edited=claimed != checksum(content))
    except Unfit as error:
        raise TraceUnreadable(path, error) from None


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All of a regular file that is not too big.

    Raises:
      TraceUnreadable: it is missing, of another kind, not permitted, empty or too big.
    """
    # Without O_NONBLOCK a FIFO that takes the file's place after `stat` would block for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    flags |= getattr(os, "O_BINARY", 0)
    try:
        _check_status(path, Path(path).stat())
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - from a descriptor
            _check_status(path, os.fstat(file.fileno()))
            data = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL within the path
        raise TraceUnreadable(path, getattr(error, "strerror", None) or error) from None
    if len(data) > BYTES_MAX:  # it grew, or its size was a lie, as in /proc
        raise TraceUnreadable(path, f"it is bigger than {BYTES_MAX >> 20} MB")
    if not data:
        raise TraceUnreadable(path, "it is empty")
    return data


def _check_status(path: str | os.PathLike[str], status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise TraceUnreadable(path, "it is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise TraceUnreadable(path, "it is not a regular file")
    if status.st_size > BYTES_MAX:
        size = status.st_size
        raise TraceUnreadable(path, f"it is bigger than {BYTES_MAX >> 20} MB ({size} bytes)")


def json_object(data: bytes) -> dict[str, Any]:
    """The object that a file's bytes hold, not yet looked at.

    Raises:
      Unfit: they are no JSON object in UTF-8, or one with too many values.
    """
    return _parse(_text(data))


def _text(data: bytes) -> str:
    for magic, reason in _NOT_TEXT:
        if data.startswith(magic):
            raise Unfit(reason)
    if b"\0" in data:
        raise Unfit("it holds NUL bytes: it is binary, or UTF-16 or UTF-32")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unfit(f"it is not UTF-8 (byte {error.start})") from None


def _parse(text: str) -> dict[str, Any]:
    check_count(text)
    try:
        content = json.loads(
            text, object_pairs_hook=_object, parse_int=_int, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise Unfit(_why_not_json(text, error)) from None
    except RecursionError:
        raise Unfit("it is nested too deep") from None
    if not isinstance(content, dict):
        raise Unfit(f"a trace is a JSON object, this is a {type(content).__name__}")
    return content


def _why_not_json(text: str, error: json.JSONDecodeError) -> str:
    where = f"line {error.lineno} column {error.colno}"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"it is cut short ({where})"
    return f"it is not JSON ({error.msg}: {where})"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise Unfit(f"it has the key {key!a} twice in one object")
        content[key] = value
    return content


def _int(digits: str) -> int:
    if len(digits) > INT_DIGITS_MAX:
        raise Unfit(f"it holds a number of {len(digits)} digits")
    return int(digits)


def _no_constant(name: str) -> None:
    raise Unfit(f"it holds {name}, which JSON does not have")


def _check_version(path: str | os.PathLike[str], content: dict[str, Any]) -> None:
    if "version" not in content:
        raise Unfit("it has no format version: it is no trace")
    version = content["version"]
    if type(version) is not int or version != VERSION:  # `True == 1`, and so does 1.0
        raise TraceVersionUnknown(path, ascii(version), VERSION)
