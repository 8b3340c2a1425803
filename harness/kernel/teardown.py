"""After the verdict: unwind what is left of a run, cut off from the world.

CPython cannot drop a suspended coroutine without running its `finally` blocks, so frozen code does
run here. By then the verdict is in, `closing` makes every operation of the world a no-op, and nothing
can be spawned or woken; only effects on plain Python objects are left, and those are documented.
"""

from __future__ import annotations

import ctypes
from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING, Any

from harness.kernel import private
from harness.kernel.event_loops import left_over

if TYPE_CHECKING:
    from harness.kernel.engine import Engine

#: How often a coroutine may swallow its end before it is leaked on purpose.
_THROWS_MAX = 50


class RunOver(BaseException):
    """Thrown into code that is still suspended when its run has ended. Never seen by a verdict."""


def unwind(engine: Engine) -> None:
    """End every living task, newest first, so that children go before their parents."""
    engine.closing = True
    if not engine.tasks and not engine.event_loops:
        return
    engine.inside = True
    for runs_loop, coro in left_over(engine.event_loops):  # before the Trio tasks that run it
        _become(engine, runs_loop or engine.things[1])
        _unwind_coroutine(None, coro)
    engine.event_loops.clear()
    living = [
        t for t in reversed(engine.things) if isinstance(t, private.Task) and t in engine.tasks
    ]
    for task in living:
        task._abort_func = None
    for task in living:
        _become(engine, task)
        _unwind_coroutine(task.context, task.coro)
        private.GLOBAL_PARKING_LOT_BREAKER.pop(task, None)
        for nursery in (task._parent_nursery, *task._child_nurseries):
            if nursery is not None:
                nursery._children.clear()
    for generator in engine.asyncgens.drain():  # type: ignore[attr-defined]
        _unwind_coroutine(None, generator.athrow(RunOver()))
    private.GLOBAL_RUN_CONTEXT.__dict__.pop("task", None)
    engine.process = None
    for task in living:
        task._next_send_fn = _over  # a global may still hold it: whoever wakes it shall be told
    engine.tasks.clear()


def _over(_: object) -> None:
    raise RunOver


def _become(engine: Engine, task: private.Task) -> None:
    """What is unwound next sees itself as the current task: not its host's, if that is asynchronous."""
    private.GLOBAL_RUN_CONTEXT.task = task
    engine.current = task._counter
    engine.process = engine.owners[task._counter]


def _unwind_coroutine(context: Any, coro: Any) -> None:
    if hasattr(coro, "cr_frame") and getcoroutinestate(coro) == CORO_CREATED:
        coro.close()
        return
    for _ in range(_THROWS_MAX):
        try:
            if context is None:
                coro.throw(RunOver())
            else:
                context.run(coro.throw, RunOver())
        except BaseException:  # noqa: BLE001  # however it ends, it has ended
            return
    # It swallows every end. Finalising it would do so again, so it is kept alive for ever.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(coro))
