"""A listed module whose main reaches memory in one that nobody listed."""

from __future__ import annotations

from tests.unit.world import user_cache


async def main() -> None:
    """Writes what is not private."""
    user_cache.remember("BTC")
