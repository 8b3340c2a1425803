"""Programs whose tasks share memory that nobody tracks."""

from __future__ import annotations

import harness
from tests.quality.programs import together


async def shared_dict(world: harness.World) -> None:
    """One task fills what another looks into, as in January."""
    a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
    memory: dict[str, int] = {}

    async def load() -> None:
        memory["BTC"] = await a.read()
        await a.read()

    async def tick() -> None:
        await b.write("BTC" in memory)

    await together(load, tick)


async def shared_variable(world: harness.World) -> None:
    """Two tasks count in one variable, which both rebind."""
    a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
    count = 0

    async def first() -> None:
        nonlocal count
        await a.read()
        count += 1
        await a.write(count)

    async def second() -> None:
        nonlocal count
        await b.read()
        count += 1
        await b.write(count)

    await together(first, second)


class Counter:
    """What a real process would have one of its own of."""

    def __init__(self) -> None:
        self.count = 0

    def up(self) -> int:
        """One more."""
        self.count += 1
        return self.count


async def shared_by_processes(world: harness.World) -> None:
    """Two processes count in one object."""
    db = world.database("db", {})
    counter = Counter()

    async def first() -> None:
        await db.get("first")
        await db.put("first", counter.up())

    async def second() -> None:
        await db.get("second")
        await db.put("second", counter.up())

    world.start(first)
    world.start(second)


async def shared_argument(world: harness.World) -> None:
    """Two tasks are handed one list."""
    db = world.database("db", {})

    async def add(name: str, names: list[str]) -> None:
        await db.get(name)
        names.append(name)
        await db.put(name, len(names))

    names: list[str] = []
    await together(lambda: add("x", names), lambda: add("y", names))


async def nothing_shared(world: harness.World) -> None:
    """Two tasks that have nothing to do with each other."""
    a, b = harness.Cell(0, name="a"), harness.Cell(0, name="b")
    await together(lambda: a.write(1), lambda: b.write(1))
