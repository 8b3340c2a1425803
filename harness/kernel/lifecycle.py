"""The end of a process, in the order in which Trio ends a run.

Every simulated process has a Trio run of its own: its system tasks, its `run_sync_soon` queue, its
token, its async generators. When its main task is over, Trio first cancels the system tasks, then
closes the async generators that are left, and last stops the task that serves `run_sync_soon`; only
then has the process ended (Trio's `Runner.init`). A system task or a callback that crashes takes the
process down: its main task is cancelled, and its outcome is a `TrioInternalError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio
from outcome import Error

if TYPE_CHECKING:
    from harness.kernel import private
    from harness.kernel.engine import Engine
    from harness.kernel.process import KernelProcess


def proceed(engine: Engine, process: KernelProcess) -> None:
    """A task of this process has exited: go as far towards the process's end as that allows."""
    if process.main_outcome is None:
        if process.nursery is not None and _crash(process) is not None:
            process.nursery.cancel_scope.cancel()
        return
    if process.ended or _waits_for(process.system_nursery):
        return
    if not process.system_closed:
        process.system_closed = True
        if process.system_nursery is not None:
            process.system_nursery._closed = True
        if engine.asyncgens.has_left(process):  # type: ignore[attr-defined]
            process.closer = engine.start_closing(process)
    if process.closer in engine.tasks or _waits_for(process.outer_nursery):
        return
    crash = _crash(process)
    engine.process_ended(process, process.main_outcome if crash is None else Error(crash))


def _waits_for(nursery: private.Nursery | None) -> bool:
    """Cancel what is left in a nursery; say whether there is something to wait for."""
    if nursery is None or not nursery._children:
        return False
    nursery.cancel_scope.cancel()
    return True


def _crash(process: KernelProcess) -> trio.TrioInternalError | None:
    """The error of a process whose system tasks or callbacks crashed, nested as Trio nests it."""
    inner = _errors(process.system_nursery)
    outer = _errors(process.outer_nursery)
    if inner:
        outer = [BaseExceptionGroup("Exceptions from Trio system tasks", inner), *outer]
    if not outer:
        return None
    crash = trio.TrioInternalError(
        f"a system task or a run_sync_soon callback of {process.label} crashed"
    )
    crash.__cause__ = BaseExceptionGroup("Exceptions from Trio system tasks", outer)
    return crash


def _errors(nursery: private.Nursery | None) -> list[BaseException]:
    """What went wrong in a nursery, without the cancellations that followed from it."""
    if nursery is None:
        return []
    return [rest for error in nursery._pending_excs if (rest := _uncancelled(error)) is not None]


def _uncancelled(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        return error.split(trio.Cancelled)[1]
    return None if isinstance(error, trio.Cancelled) else error
