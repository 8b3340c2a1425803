"""`sometimes`: points that a pass must have reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, strategies as st

from harness.properties import Reached, ReachedTally
from tests.unit.properties.stage import play

if TYPE_CHECKING:
    from harness.world import World


def test_a_run_says_what_it_reached() -> None:
    """Mentioned is not reached; reached once is reached."""

    async def scenario(world: World) -> None:
        world.sometimes("liquidation", reached=False)
        world.sometimes("mode OK", reached=False)
        world.sometimes("mode OK")
        world.sometimes("mode OK", reached=False)

    properties = play(scenario).properties
    assert properties.declared_sometimes == ["liquidation", "mode OK"]
    assert properties.reached == ["mode OK"]


def test_a_point_that_no_schedule_reached_is_named() -> None:
    """One schedule is enough to reach a point."""
    tally = ReachedTally()
    tally.add(declared=["liquidation", "mode OK"], reached=["mode OK"])
    tally.add(declared=["liquidation", "mode OK", "rollback"], reached=[])

    assert tally.frozen().never == ("liquidation", "rollback")
    assert tally.frozen().counts == (("liquidation", 0), ("mode OK", 1), ("rollback", 0))


_names = st.lists(st.sampled_from("abcd"), unique=True)


@st.composite
def _tallies(draw: st.DrawFn) -> Reached:
    tally = ReachedTally()
    for _ in range(draw(st.integers(0, 3))):
        declared = draw(_names)
        tally.add(declared=declared, reached=[name for name in declared if draw(st.booleans())])
    return tally.frozen()


@given(_tallies(), _tallies(), _tallies())
def test_merging_does_not_depend_on_how_the_work_was_split(
    a: Reached, b: Reached, c: Reached
) -> None:
    """Associative and commutative, with a neutral element."""
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(b) == b.merge(a)
    assert a.merge(Reached()) == a
