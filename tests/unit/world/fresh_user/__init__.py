"""A user's package that keeps memory in its modules, as real services do."""

from __future__ import annotations

LOADED: list[str] = []
