"""Brute force over small programs gives exactly the known number of classes.

The numbers are from the literature and from other tools: 2^N for readers, N! for writers, and so on.
They hold the footprints of cells and mutexes to what a reduction will rest on.
"""

from __future__ import annotations

from functools import cache

import pytest

import harness
from tests.quality import known
from tests.quality.classes import Census, EagerStarts, census
from tests.quality.known import Known, by_name


@cache
def every_interleaving(program: Known) -> Census:
    """Of one program, once for all tests that ask."""
    return census(program.body)


@pytest.mark.parametrize("program", known.TINY, ids=by_name)
def test_every_interleaving_falls_into_one_of_the_known_classes(program: Known) -> None:
    """Not one class more, which would be a footprint too wide; not one less: too narrow."""
    found = every_interleaving(program)

    assert len(found.classes) == program.classes
    assert len(found.failing) == program.deadlocks


@pytest.mark.parametrize("program", known.SMALL, ids=by_name)
def test_so_it_does_where_nobody_waits_before_the_first_step(program: Known) -> None:
    """The same with far fewer interleavings, so that larger programs can be counted."""
    found = census(program.body, strategy=EagerStarts)

    assert len(found.classes) == program.classes
    assert len(found.failing) == program.deadlocks


@pytest.mark.soak
@pytest.mark.parametrize("program", known.BRUTE, ids=by_name)
def test_larger_programs_too(program: Known) -> None:
    """The same, where brute force takes minutes."""
    assert len(census(program.body, strategy=EagerStarts).classes) == program.classes


@pytest.mark.parametrize("program", known.TINY, ids=by_name)
def test_first_steps_make_no_class(program: Known) -> None:
    """Those who take them at once find the very classes that those find who do not."""
    assert (
        census(program.body, strategy=EagerStarts).classes.keys()
        == every_interleaving(program).classes.keys()
    )


def test_what_is_decided_of_data_makes_a_class() -> None:
    """Though it is written nowhere."""

    async def body(world: harness.World) -> None:
        cell = harness.Cell(0)
        if world.choose("which", [1, 2, 3]) > 1:
            await cell.write(1)

    assert len(census(body).classes) == 3
