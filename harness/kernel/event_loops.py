"""asyncio event loops inside a run: a bridge such as trio-asyncio opens them, and a kill ends them.

trio-asyncio runs each callback of its loop as a step of one Trio task, in the order in which asyncio
runs them. What is left to do here: names of asyncio tasks count from 1 in every process (asyncio
counts for as long as the interpreter lives, and a name may be logged or compared), and tasks of a
process that was killed end with the run instead of being found by the garbage collector after it,
when their `finally` would run outside of any seal and asyncio would complain of each.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.kernel import private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.kernel.engine import Engine
    from harness.kernel.seal import Seal


def left_over(loops: list[Any]) -> Iterator[tuple[private.Task | None, Any]]:
    """Close the loops; gives what is left in each: (the Trio task of the loop, a coroutine).

    In the order of their names. A closed loop does not finalise its async generators: those just go.
    """
    for loop in loops:
        loop.set_exception_handler(_ignore)
        loop._closed = True
        for task in sorted(_asyncio().all_tasks(loop), key=_name):
            yield getattr(loop, "_task", None), task.get_coro()


def _asyncio() -> Any:
    """Where there are loops, somebody has imported it."""
    return sys.modules["asyncio"]


def _name(task: Any) -> str:
    return str(task.get_name())


def _ignore(_loop: object, _context: object) -> None:
    """The run is over: nobody is left to be told that a task is still pending."""


def current_task_name(engine: Engine) -> str:
    """The name of the asyncio task that is running, if one is."""
    if not engine.event_loops:
        return ""
    try:
        task = _asyncio().current_task()
    except RuntimeError:  # this Trio task has no event loop
        return ""
    return "" if task is None else _name(task)


# ---- rules of the seal ----------------------------------------------------------------------------


class _NoPipe:
    """One end of the pipe that wakes an event loop, for a loop that sleeps in virtual time."""

    def fileno(self) -> int:
        """No descriptor: nothing has it registered."""
        return 2**31 - 1

    def send(self, data: bytes) -> int:
        """Nobody sleeps, so nobody is woken."""
        return len(data)

    def close(self) -> None:
        """Nothing was opened."""


def _make_self_pipe(_seal: Seal, _real: object, loop: Any) -> None:
    """Only loops that bring their own selector (trio-asyncio's) get here; others are refused."""
    loop._ssock, loop._csock = _NoPipe(), _NoPipe()
    loop._internal_fds += 1
    engine: Any = getattr(private.GLOBAL_RUN_CONTEXT, "runner", None)
    if hasattr(engine, "event_loops"):
        engine.event_loops.append(loop)


def _create_task(seal: Seal, real: Callable[..., Any], loop: Any, coro: Any, **options: Any) -> Any:
    if options.get("name") is None:
        streams = seal.streams()
        streams.asyncio_tasks += 1
        options["name"] = f"Task-{streams.asyncio_tasks}"
    return real(loop, coro, **options)


RULES: dict[str, Callable[..., Any]] = {
    "asyncio.selector_events.BaseSelectorEventLoop._make_self_pipe": _make_self_pipe,
    "asyncio.base_events.BaseEventLoop.create_task": _create_task,
}
