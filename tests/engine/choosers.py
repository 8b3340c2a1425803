"""Choosers for tests of the engine: by seed, and every one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from harness.kernel import Engine, Kernel


class Seeded:
    """Any option, by seed."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))

    def begin(self, engine: Engine) -> None:
        """Keeps no state of a run."""

    def pick(self, options: list[int], current: int) -> int:
        """Any of them."""
        return options[int(self._random.random() * len(options))]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        """Any of them."""
        return self._random.randrange(len(options))


class EveryOrder:
    """Depth first through all schedules."""

    def __init__(self) -> None:
        self._path: list[tuple[int, int]] = []
        self._depth = 0

    def begin(self, engine: Engine) -> None:
        """From the top."""
        self._depth = 0

    def pick(self, options: list[int], current: int) -> int:
        """The next one along the path; beyond its end the first."""
        return options[self._next(len(options))]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        """The same for data."""
        return self._next(len(options))

    def _next(self, width: int) -> int:
        if self._depth == len(self._path):
            self._path.append((0, width))
        index, before = self._path[self._depth]
        assert before == width, "the same choices led to other options"
        self._depth += 1
        return index

    def advance(self) -> bool:
        """Go on to the next schedule, if there is one."""
        while self._path:
            index, width = self._path.pop()
            if index + 1 < width:
                self._path.append((index + 1, width))
                return True
        return False


def every_run(kernel: Kernel, main: Callable[[], Awaitable[object]]) -> Iterator[Engine]:
    """The engine after each of all schedules of `main`."""
    chooser = EveryOrder()
    while True:
        yield kernel.run(main, chooser)
        if not chooser.advance():
            return
