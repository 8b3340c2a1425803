"""A module that is nothing but memory."""

from __future__ import annotations

CACHE: dict[str, int] = {}
COUNT = 0


def remember(name: str) -> int:
    """How many names were remembered, this one included."""
    global COUNT  # noqa: PLW0603
    COUNT += 1
    CACHE[name] = COUNT
    return len(CACHE)
