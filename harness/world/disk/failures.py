"""What the operating system says when an operation on the disk fails."""

from __future__ import annotations

import os


def failure(code: int, *paths: str) -> OSError:
    """The error as Python raises it: of the class that belongs to the number, with up to two paths."""
    text = os.strerror(code)
    if len(paths) == 2:
        return OSError(code, text, paths[0], None, paths[1])
    return OSError(code, text, *paths)
