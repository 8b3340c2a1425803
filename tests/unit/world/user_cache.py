"""A second module of the same imaginary user."""

from __future__ import annotations

from typing import Any

CACHE: dict[str, int] = {}
CONSTANTS = {"BTC": 1}
MODE: Any = "normal"


def remember(name: str) -> None:
    """Memory behind a function."""
    CACHE[name] = len(CACHE) + len(name)


def by_name(name: str) -> None:
    """The same, one call deeper."""
    remember(name)


def limit(name: str) -> int:
    """Reads only."""
    return CONSTANTS[name]
