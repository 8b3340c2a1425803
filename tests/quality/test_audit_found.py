"""What the audit of independence found wrong, and must not come back."""

from __future__ import annotations

import pytest
import trio

import harness
from harness.kernel import Defaults, Kernel, Model, ObservedEngine
from tests.quality.programs import together


def test_what_a_constructor_touches_has_the_name_of_what_it_makes() -> None:
    """A limiter sets its own tokens before it is made: that was a new thing in every run."""

    async def body() -> None:
        limiter = trio.CapacityLimiter(1)
        await together(limiter.acquire, trio.lowlevel.checkpoint)

    with Kernel(Model(), observed=True) as kernel:
        known = []
        for _ in range(3):
            engine = kernel.run(body, Defaults())
            assert isinstance(engine, ObservedEngine)
            known.append(engine.names.in_words(-1))

    assert known[0] == known[1] == known[2]
    assert not [label for label in known[0] if "0x" in label]


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_who_recovers_first_does_not_depend_on_who_ran_last(strategy: str) -> None:
    """Two orders of steps that commute were followed by two orders of recovery; one was never seen."""

    async def body(world: harness.World) -> None:
        a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
        turns = harness.Cell("", name="turns")

        async def recover(cell: harness.Cell[int], name: str) -> None:
            await cell.write(1)
            await trio.sleep(1)
            turns.set(turns.get() + name)

        async def serve() -> None:
            await together(lambda: recover(a, "a"), lambda: recover(b, "b"))

        world.start(serve)
        world.always("a after b", lambda: turns.peek() != "ab")
        world.always("b after a", lambda: turns.peek() != "ba")
        world.eventually("over", lambda: len(turns.peek()) == 3, within_s=1)

    result = harness.explore(body, strategy=strategy, assume_independent=True, shrink=False)

    assert [violation.property for violation in result.violations] == ["a after b"]
