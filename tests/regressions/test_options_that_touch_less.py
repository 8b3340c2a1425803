"""A step that commutes with another under one of its options was taken to commute under all."""

from __future__ import annotations

import trio

import harness
from tests.quality.outcomes import outcomes_of, see


async def _skips_or_writes(world: harness.World) -> None:
    cell = harness.Cell(0)

    async def writer() -> None:
        await trio.lowlevel.checkpoint()
        if see(world.choose("skip", [False, True])):
            return
        cell.set(1)

    async def reader() -> None:
        see(await cell.read())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(writer)
        nursery.start_soon(reader)


def test_a_reduction_reverses_a_step_under_each_of_its_options() -> None:
    """The reader before a writer that writes: not the same as before one that skips it."""
    full = outcomes_of(_skips_or_writes)
    found = outcomes_of(_skips_or_writes, strategy="dpor", assume_independent=True)

    assert found.seen.keys() == full.seen.keys()
    assert len(found.seen) == 3
