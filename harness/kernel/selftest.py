"""Does this kernel still drive this Trio? Asked once in a process, before the first run counts.

The contract tests of this project look at each private name of Trio; this looks at the whole, on the
Trio that is installed where the harness runs. It takes a few milliseconds.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import trio

from harness.kernel import private
from harness.kernel.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_TASKS = ("first", "second")
_STEPS = 3
#: Under Trio's batches, each of the three rounds lets the two tasks go in one of two orders.
_ORDERS = {"none": comb(2 * _STEPS, _STEPS), "trio": 2**_STEPS}


class _EveryOrder:
    """Depth first through all schedules, as long as `next` says that there is another one."""

    def __init__(self) -> None:
        self._path: list[tuple[int, int]] = []
        self._depth = 0

    def begin(self, engine: Engine) -> None:
        self._depth = 0

    def pick(self, options: list[int], current: int) -> int:
        if self._depth == len(self._path):
            self._path.append((0, len(options)))
        index, _ = self._path[self._depth]
        self._depth += 1
        return options[index]

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return 0

    def next(self) -> bool:
        """Go on to the next schedule."""
        while self._path:
            index, width = self._path.pop()
            if index + 1 < width:
                self._path.append((index + 1, width))
                return True
        return False


class _Passed:
    """Whether the test has passed in this process."""

    yet = False


def check_once() -> None:
    """Run the self-test unless it has passed before; Trio must be patched as for any run.

    Raises:
      UnsupportedTrio: saying what this Trio does otherwise.
    """
    if _Passed.yet:
        return
    try:
        _check()
    except Exception as error:
        leaf = _first_leaf(error)
        text = str(leaf).partition("\n")[0]
        what = f"{type(leaf).__name__}: {text}" if text else type(leaf).__name__
        raise private.unsupported(f"the kernel's self-test failed, {what}") from error
    _Passed.yet = True


def _first_leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def forget() -> None:
    """Let the next `check_once` check again."""
    _Passed.yet = False


def _check() -> None:
    for fairness, expected in _ORDERS.items():
        found = _orders(fairness)
        if not len(found) == len(set(found)) == expected:
            raise AssertionError(
                f"{len(found)} schedules of two tasks of three steps with fairness {fairness!r} "
                f"gave {len(set(found))} orders instead of {expected} of each"
            )
    for part in (_timeout, _start, _channel):
        _run(part, _EveryOrder(), "none")


def _run(main: Callable[[], Awaitable[object]], chooser: _EveryOrder, fairness: str) -> Engine:
    engine = Engine()
    engine.fairness = fairness
    engine.limit = 1_000
    engine.run(main, chooser)
    if engine.main_task_outcome is None:
        raise AssertionError(f"a run of {main.__name__} came to no end: {engine.ending}")
    engine.main_task_outcome.unwrap()
    return engine


def _orders(fairness: str) -> list[tuple[str, ...]]:
    """The order of steps in each schedule of two tasks of three steps."""
    found = []
    chooser = _EveryOrder()
    while True:
        steps: list[str] = []

        async def count(name: str, steps: list[str] = steps) -> None:
            for _ in range(_STEPS - 1):
                steps.append(name)
                await trio.lowlevel.checkpoint()
            steps.append(name)

        async def main(count: Callable[[str], Awaitable[None]] = count) -> None:
            async with trio.open_nursery() as nursery:
                for name in _TASKS:
                    nursery.start_soon(count, name)

        _run(main, chooser, fairness)
        found.append(tuple(steps))
        if not chooser.next():
            return found


async def _timeout() -> None:
    with trio.move_on_after(5) as scope:
        await trio.sleep(10)
    if not scope.cancelled_caught or trio.current_time() != 5:
        raise AssertionError(f"a timeout of 5 s ended at {trio.current_time():g} s")


async def _start() -> None:
    async def service(task_status: trio.TaskStatus[int]) -> None:
        task_status.started(7)
        await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        if await nursery.start(service) != 7:
            raise AssertionError("nursery.start() returned something else")
        nursery.cancel_scope.cancel()


async def _channel() -> None:
    send, receive = trio.open_memory_channel[int](0)

    async def produce() -> None:
        async with send:
            for value in range(3):
                await send.send(value)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce)
        received = [value async for value in receive]
    if received != [0, 1, 2]:
        raise AssertionError(f"a channel gave {received}")
