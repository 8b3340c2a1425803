"""What Trio's private parts do, where the kernel does the same in their place.

`test_contract` asks for names and signatures; this asks for behaviour.
"""

from __future__ import annotations

import inspect
import re
from contextvars import copy_context
from functools import partial
from math import inf
from types import FunctionType
from typing import TYPE_CHECKING, Any

import outcome
import pytest
import trio

from harness.kernel import Defaults, Kernel, private
from harness.kernel.cancel import DeadlineChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Quiet:
    """A runner's stand-ins: nothing happens."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_args: None


def a_runner() -> Any:
    """Trio's own runner, with nothing real behind it."""
    return private.Runner(
        clock=Quiet(),  # type: ignore[arg-type]
        instruments=private.Instruments(()),
        io_manager=Quiet(),  # type: ignore[arg-type]
        ki_manager=Quiet(),  # type: ignore[arg-type]
        entry_queue=Quiet(),  # type: ignore[arg-type]
        strict_exception_groups=True,
        system_context=copy_context(),
    )


def a_task(runner: Any, coro: Any = None) -> Any:
    """A task as the kernel makes its own."""
    return private.Task._create(
        coro=coro,
        parent_nursery=None,
        runner=runner,
        name="task",
        context=copy_context(),
        ki_protected=True,
    )


def a_nursery(task: Any, scope: Any) -> Any:
    """A nursery without a coroutine."""
    task._cancel_status = scope._cancel_status
    return private.Nursery._create(task, scope, True)


def a_scope() -> Any:
    """A scope that counts as entered, as those of the kernel's own nurseries do."""
    scope = private.CancelScope()
    scope._has_been_entered = True
    scope._cancel_status = private.CancelStatus(scope=scope, parent=None)
    return scope


def test_a_fresh_task_waits_for_nothing() -> None:
    """The loop tells a task that is runnable from one that is not by `_next_send_fn`."""
    task = a_task(a_runner())
    assert task._next_send_fn is None
    assert task._next_send is None
    assert task._abort_func is None
    assert task._child_nurseries == []
    assert (task._cancel_points, task._schedule_points) == (0, 0)
    task._counter = 7  # a task's place in its run
    assert task._counter == 7


def test_rescheduling_sends_an_outcome_into_the_coroutine() -> None:
    """What the kernel's own `reschedule` must do as well."""

    async def nothing() -> None: ...

    coro = nothing()
    task = a_task(a_runner(), coro)
    task._runner.reschedule(task, outcome.Value(5))
    coro.close()
    assert task._next_send_fn == coro.send
    assert task._next_send == outcome.Value(5)
    assert (
        private.NO_SEND
        is inspect.signature(private.Runner.reschedule).parameters["next_send"].default
    )


def test_a_nursery_hangs_on_a_task_and_takes_its_cancel_status() -> None:
    """The kernel lends its init task a status for a moment, and keeps nurseries without coroutines."""
    task = a_task(a_runner())
    scope = a_scope()
    nursery = a_nursery(task, scope)
    assert task._child_nurseries == [nursery]
    assert nursery._cancel_status is scope._cancel_status
    assert nursery._children == set()
    assert nursery._pending_excs == []
    assert nursery._closed is False
    child = a_task(task._runner)
    nursery._children.add(child)
    assert nursery.child_tasks == frozenset([child])
    nursery._children.clear()


def test_a_crash_of_a_child_is_kept_and_cancels_the_nursery() -> None:
    """How the kernel learns that a system task has crashed."""
    runner = a_runner()
    scope = a_scope()
    nursery = a_nursery(a_task(runner), scope)
    child = a_task(runner)
    nursery._children.add(child)
    error = ValueError("x")
    nursery._child_finished(child, outcome.Error(error))
    assert nursery._pending_excs == [error]
    assert scope._cancel_called


async def test_a_cancel_status_delivers_to_its_tasks_and_children() -> None:
    """Both are sets that are filled by `add`, emptied by `remove` and iterated: ours are ordered."""
    with trio.CancelScope() as outer, trio.CancelScope() as inner:
        status: Any = outer._cancel_status
        assert type(status._children) is type(status._tasks) is set
        assert status._children == {inner._cancel_status}
        await trio.lowlevel.checkpoint()
    for function in (*vars(private.CancelStatus).values(), private.Task._activate_cancel_status):
        if (
            isinstance(function, FunctionType)
            and function.__module__ == private.run_module.__name__
        ):
            assert not set(_uses_of_sets(inspect.getsource(function))) - {"add", "remove", ""}


def _uses_of_sets(source: str) -> Iterator[str]:
    """The methods that are called of `_children` and `_tasks` ("": it is iterated or passed on)."""
    for found in re.finditer(r"\._(?:children|tasks)\b(?:\.(\w+))?", source):
        yield found[1] or ""


def test_cancelling_a_scope_cancels_its_status() -> None:
    """Deadlines expire through `_cancel`, with a reason."""
    scope = a_scope()
    scope._cancel(private.CancelReason(source="deadline"))
    assert scope._cancel_status.effectively_cancelled


def test_a_deadline_is_registered_with_the_runner() -> None:
    """An entry of ours is live as long as it equals the scope's `_registered_deadline`."""

    async def main() -> list[float]:
        deadlines: Any = private.GLOBAL_RUN_CONTEXT.runner.deadlines
        with trio.CancelScope(deadline=5) as scope:
            registered = [scope._registered_deadline, deadlines._active, deadlines.next_deadline()]
            await trio.lowlevel.checkpoint()
        return [*registered, scope._registered_deadline, deadlines._active]

    with Kernel() as kernel:
        found = kernel.run(main, Defaults()).main_task_outcome
    assert found is not None
    assert found.unwrap() == [5, 1, 5, inf, 0]


@pytest.mark.parametrize("after", ["moved", "removed", "cancelled", "exited", "nothing"])
def test_a_change_of_deadline_is_registered_as_trio_does_it(after: str) -> None:
    """Ours stands in for a generator that Trio would make at every entry and exit of a scope."""

    async def main(change: Any) -> list[object]:
        deadlines: Any = private.GLOBAL_RUN_CONTEXT.runner.deadlines
        with trio.CancelScope(deadline=5) as scope:
            status = scope._cancel_status
            with change(scope):
                if after in ("moved", "removed"):
                    scope._deadline = 7 if after == "moved" else inf
                elif after == "cancelled":
                    scope._cancel_called = True
                elif after == "exited":
                    scope._cancel_status = None
            found = [scope._registered_deadline, deadlines._active, deadlines.next_deadline()]
            scope._cancel_status, scope._cancel_called = status, False
            await trio.lowlevel.checkpoint()
        return [*found, scope._registered_deadline, deadlines._active]

    with Kernel() as kernel:
        found = [
            kernel.run(partial(main, change), Defaults()).main_task_outcome
            for change in (DeadlineChange, DeadlineChange.original)
        ]
    ours, trios = (outcome.unwrap() for outcome in found if outcome is not None)
    assert ours == trios


def test_a_task_yields_one_of_three_messages() -> None:
    """A plain checkpoint yields a class, a wait an instance with the abort function."""
    checkpoint = trio.lowlevel.cancel_shielded_checkpoint()  # noqa: ASYNC105  # driven by hand
    assert checkpoint.send(None) is private.CancelShieldedCheckpoint
    checkpoint.close()

    def abort(_: object) -> trio.lowlevel.Abort:
        return trio.lowlevel.Abort.SUCCEEDED

    wait = trio.lowlevel.wait_task_rescheduled(abort)  # noqa: ASYNC105  # driven by hand
    message = wait.send(None)
    assert type(message) is private.WaitTaskRescheduled
    assert message.abort_func is abort
    with pytest.raises(StopIteration) as stop:
        wait.send(outcome.Value(3))
    assert stop.value.value == 3


def test_being_in_a_run_is_having_a_runner_in_the_context() -> None:
    """The kernel puts its own there; `task` beside it is the current one."""
    context = private.GLOBAL_RUN_CONTEXT
    assert not trio.lowlevel.in_trio_run()
    context.runner = a_runner()
    try:
        assert trio.lowlevel.in_trio_run()
        assert not trio.lowlevel.in_trio_task()
        context.task = task = a_task(context.runner)
        assert trio.lowlevel.current_task() is task
    finally:
        context.__dict__.clear()


def test_the_main_task_s_outcome_is_stored_and_kept_from_its_nursery() -> None:
    """The kernel lets each process's main task be, for that moment, the main task."""
    source = inspect.getsource(private.Runner.task_exited)
    assert "if task is self.main_task:" in source
    assert "self.main_task_outcome = outcome" in source
    assert "_child_finished(task, outcome)" in source


def test_trio_ends_a_run_in_the_order_that_the_kernel_follows() -> None:
    """System tasks, then generators, then callbacks: `harness.kernel.lifecycle`."""
    source = inspect.getsource(private.Runner.init)
    marks = (
        "self.system_nursery.cancel_scope.",
        "self.asyncgens.finalize_remaining(self)",
        "run_sync_soon_nursery.cancel_scope.",
    )
    places = [source.index(mark) for mark in marks]
    assert places == sorted(places)


def test_waiting_for_idle_is_sorted_by_cushion() -> None:
    """The loop wakes those with the smallest cushion."""
    waiting = a_runner().waiting_for_idle
    waiting[(2.0, 1)] = "second"
    waiting[(1.0, 2)] = "first"
    assert waiting.keys()[0] == (1.0, 2)
    assert waiting.popitem(0)[1] == "first"


def test_instruments_are_a_mapping_of_the_hooks_in_use() -> None:
    """Ours is empty until the first is added, so that the loop pays for none."""

    class OnlySteps(trio.abc.Instrument):
        def before_task_step(self, task: object) -> None: ...

    real = private.Instruments(())
    assert "before_task_step" not in real
    real.add_instrument(OnlySteps())
    assert "before_task_step" in real
    assert "after_task_step" not in real


def test_the_queue_of_callbacks_wakes_through_its_wakeup() -> None:
    """Ours wakes a task instead of writing to a socket."""
    woken: list[str] = []

    class Wakeup(Quiet):
        def wakeup_thread_and_signal_safe(self) -> None:
            woken.append("woken")

    queue = private.EntryQueue(wakeup=Wakeup())  # type: ignore[arg-type]
    queue.run_sync_soon(print)
    assert woken == ["woken"]
    assert queue.size() == 1
    source = inspect.getsource(private.EntryQueue.task)
    assert "self.wakeup.wait_woken()" in source


@pytest.mark.parametrize("message", [private.threads.Run, private.threads.RunSync])
def test_a_message_from_a_thread_is_answered_through_its_queue(message: type) -> None:
    """Lockstep puts its baton in the queue's place, though the message is frozen."""
    found = message(print, ())
    object.__setattr__(found, "queue", "baton")
    assert found.queue == "baton"
    assert "self.queue.put_nowait(" in inspect.getsource(message)
    assert "message_to_trio.queue.get()" in inspect.getsource(private.threads._send_message_to_trio)


def test_parking_lots_of_a_task_are_broken_when_it_exits() -> None:
    """What unwinds a task takes it out of this register."""
    assert private.GLOBAL_PARKING_LOT_BREAKER == {}


def test_the_frames_to_cut_from_a_traceback_are_counted() -> None:
    """Those of `Context.run`, which differ between interpreters."""
    assert private.CONTEXT_RUN_TB_FRAMES in (0, 1)


def test_coroutine_or_error_explains_common_mistakes() -> None:
    """As in Trio: a call of a function that is not async."""
    with pytest.raises(TypeError, match="expected an async function"):
        _ = private.coroutine_or_error(lambda: None)  # type: ignore[arg-type,return-value]


def test_async_functions_are_told_by_their_flag() -> None:
    """The spawn fast path skips `coroutine_or_error` for plain async functions."""

    async def plain() -> None: ...

    assert type(plain) is FunctionType
    assert plain.__code__.co_flags & inspect.CO_COROUTINE
