"""Scenarios on a database: run once by default choices, or under every schedule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import harness
from harness import World
from harness.kernel import Defaults, Engine, Kernel, Model, current_run
from harness.properties import Properties

Body = Callable[[World], Awaitable[object]]


def once(body: Body) -> tuple[Any, Engine]:
    """What the body returns when nothing is preempted, and the run."""
    results = []

    async def main() -> None:
        run = current_run()
        world = World(run, fixes=(), declared=(), params={}, properties=Properties(run))
        results.append(await body(world))

    with Kernel(Model()) as kernel:
        run = kernel.run(main, Defaults(), recording=True)
    assert run.main_task_outcome is not None, f"the run ended: {run.ending}"
    run.main_task_outcome.unwrap()
    return results[0], run


def outcomes(body: Body, **options: Any) -> list[Any]:
    """What the body returns under every schedule, each different result once, sorted."""
    results: dict[str, Any] = {}

    async def recorded(world: World) -> None:
        result = await body(world)
        results[repr(result)] = result

    result = harness.explore(recorded, strategy="dfs", **options)
    assert result.verdict == "exhausted", (result.verdict, result.violations)
    return [results[text] for text in sorted(results)]


def labels(run: Engine) -> list[str]:
    """The footprint labels of a run, in order."""
    return [entry[0] for entry in run.log if isinstance(entry, tuple)]
