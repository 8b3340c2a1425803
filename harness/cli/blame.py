"""The line of the user's own code that an error is about."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import TracebackType

_HARNESS = Path(__file__).parents[1]
_ENTRIES = ("harness.explore.discover", "harness.explore.subject", "harness.kernel")


def users_line(error: BaseException) -> str:
    """File and line, without directories, of the innermost frame that is the user's; else nothing.

    Only below where the harness calls the user's code: whoever called the harness is not to blame.
    """
    place, inside = "", False
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        inside = inside or traceback.tb_frame.f_globals.get("__name__", "").startswith(_ENTRIES)
        if inside and _is_users(code.co_filename):
            place = f"{Path(code.co_filename).name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def _is_users(file: str) -> bool:
    path = Path(file)
    if file.startswith("<") or "site-packages" in path.parts:
        return False
    if path.is_relative_to(_HARNESS):
        return path.is_relative_to(_HARNESS / "scenarios")
    return not path.is_relative_to(sysconfig.get_path("stdlib"))


def placed(error: Exception) -> str:
    """What went wrong, and in which line of the user's code unless it says so itself."""
    text, place = str(error), users_line(error)
    return text if not place or place in text else f"{text} (at {place})"
