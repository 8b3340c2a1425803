"""A stage for properties on a real kernel: a small store, one run, and every run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import attrs

from harness.kernel import Defaults, Engine, Kernel, Model, WorldPoint, current_run, pass_point
from harness.properties import Properties
from harness.world import World

Scenario = Callable[[World], Awaitable[object]]


class Shelf:
    """A store with a row a key and nothing else: what critical state needs of a database."""

    # As part of the world it is no process's memory: slots keep it out of the audit's sight.
    __slots__ = ("name", "rows", "run", "version", "versions", "watchers")

    def __init__(self, name: str, rows: dict[str, Any]) -> None:
        self.name = name
        self.rows = rows
        self.version = 0
        self.versions: dict[str, int] = {}
        self.watchers: dict[str, list[Any]] = {}
        self.run = current_run()

    def watch(self, key: str, watcher: Any) -> None:
        """Tell `watcher` about every access from now on."""
        self.watchers.setdefault(key, []).append(watcher)

    def label(self, key: str) -> str:
        """The object that accesses of this row are logged as."""
        return f"{self.name}.{key}"

    def peek(self, key: str) -> Any:
        """Look, in no step."""
        peeks = self.run.extensions.get("peeks")
        if peeks is not None:
            peeks.append(self.label(key))
        return self.rows.get(key)

    async def get(self, key: str) -> Any:
        """Read a row, in a step of its own."""
        await pass_point(WorldPoint(f"get {self.label(key)}"))
        value = self.rows.get(key)
        self.run.read(self.label(key), value)
        for watcher in self.watchers.get(key, []):
            watcher.was_read(key, value, self.versions.get(key, 0))
        return value

    async def put(self, key: str, value: Any) -> None:
        """Write a row, in a step of its own."""
        await pass_point(WorldPoint(f"put {self.label(key)}"))
        self.set(key, value)

    def set(self, key: str, value: Any) -> None:
        """Write a row within the current step."""
        old, self.rows[key] = self.rows.get(key), value
        self.version += 1
        self.versions[key] = self.version
        self.run.write(self.label(key), value)
        for watcher in self.watchers.get(key, []):
            watcher.wrote(key, old, value, self.version)


@attrs.frozen
class Played:
    """One run and its properties."""

    run: Engine
    properties: Properties

    @property
    def failed(self) -> list[str]:
        """The names of the properties that did not hold."""
        return [failure.property for failure in self.properties.failures]


def play(scenario: Scenario, *, chooser: Any = None, **model: Any) -> Played:
    """Run `scenario` once, by default without any preemption."""
    with Kernel(Model(**model)) as kernel:
        return _run(kernel, scenario, chooser or Defaults())


def play_all(scenario: Scenario, **model: Any) -> Iterator[Played]:
    """Run `scenario` under every schedule. Look at each one before asking for the next."""
    with Kernel(Model(**model)) as kernel:
        path: list[list[int]] | None = []
        while path is not None:
            chooser = Path(path)
            yield _run(kernel, scenario, chooser)
            path = chooser.next_path()


def _run(kernel: Kernel, scenario: Scenario, chooser: Any) -> Played:
    made: list[Properties] = []

    async def main() -> None:
        run = current_run()
        made.append(Properties(run))
        await scenario(World(run, fixes=(), declared=(), params={}, properties=made[0]))

    run = kernel.run(main, chooser, recording=True)
    outcome = run.main_task_outcome
    if outcome is not None:
        outcome.unwrap()
    return Played(run, made[0])


class Killer(Defaults):
    """Lets every pending fault strike as soon as it can."""

    def pick(self, options: list[int], current: int) -> int:
        """The last option: faults come after tasks."""
        return options[-1]


class Path(Defaults):
    """Depth first: follows `path`, then takes first options; `next_path` is the next leaf's."""

    def __init__(self, path: list[list[int]]) -> None:
        self.taken = [list(options) for options in path]
        self.depth = 0

    def pick(self, options: list[int], current: int) -> int:
        """Follow the path, then the first option."""
        if self.depth == len(self.taken):
            self.taken.append(list(options))
        self.depth += 1
        return self.taken[self.depth - 1][0]

    def next_path(self) -> list[list[int]] | None:
        """The path of the next leaf; None after the last one."""
        path = self.taken[: self.depth]
        while path:
            path[-1] = path[-1][1:]
            if path[-1]:
                return path
            path.pop()
        return None
