"""What clients were told before a process died must still be true after it was restarted."""

from __future__ import annotations

import pytest

import harness
from harness.histories import Register


@harness.scenario(fixes=["write_first"], faults={"kill": 1})
async def acknowledged(world: harness.World) -> None:
    """A service answers a write before or after it has reached the disk. It may die at any step."""
    disk = world.database("disk", {"x": 0})
    history = world.history("x", spec=Register(0))

    async def service() -> None:
        held = await read()
        if held == 0:
            with history.client("client").operation("write", 1):
                if world.fix("write_first"):
                    await disk.put("x", 1)
            await disk.put("x", 1)
            await read()

    async def read() -> int:
        with history.client("client").operation("read") as operation:
            value: int = operation.returns(await disk.get("x"))
            return value

    process = world.start(service, may_fail=True)
    world.supervise(process, backoff_s=0, restarts_max=1)


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_a_write_that_was_acknowledged_and_lost_is_found(strategy: str) -> None:
    """With the write, and the read after the restart that does not see it."""
    result = harness.explore(acknowledged, strategy=strategy, shrink=False)

    assert [violation.property for violation in result.violations] == ["x is linearizable"]
    told = result.violations[0].message.splitlines()
    assert [line.split()[:2] for line in told[1:]] == [
        ["client", "write(1)"],
        ["client", "read()"],
        ["left", "out:"],
    ]


@pytest.mark.parametrize("strategy", ["dfs", "dpor"])
def test_a_write_that_nobody_was_told_of_may_be_lost_or_not(strategy: str) -> None:
    """The kill that comes between leaves its outcome open: every interleaving passes."""
    result = harness.explore(acknowledged, strategy=strategy, fixes=["write_first"])

    assert result.verdict == "exhausted"
    assert [use.fired > 0 for use in result.faults] == [True]
