"""asyncio code awaited as if it were Trio's: the failure says so, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import harness


async def at_once() -> None:
    """Yields to a loop that is not there."""
    await asyncio.sleep(0)


async def later() -> None:
    """Asks for a loop that is not there."""
    await asyncio.sleep(1)


async def woken() -> None:
    """Asks for it in the middle of asyncio's own code."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("service", [at_once, later, woken])
def test_asyncio_code_without_a_bridge_is_named(service: Callable[[], Awaitable[None]]) -> None:
    """With the line that awaited it, Trio's equivalent, the bridge, and the page about it."""

    async def scenario(world: harness.World) -> None:
        world.start(service)
        await world.settle()

    (found,) = harness.explore(scenario, schedules=1).violations

    assert "this is asyncio code" in found.message
    assert "trio-asyncio" in found.message
    assert "docs/explanation/asyncio.md" in found.message
    assert "at test_asyncio_unbridged.py:" in found.message


def test_the_page_is_there() -> None:
    """What an error sends people to."""
    assert (Path(__file__).parents[2] / "docs/explanation/asyncio.md").is_file()
