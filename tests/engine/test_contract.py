"""What the kernel relies on in Trio's private parts, one test for each thing.

A new Trio that changes one of them fails here first, with the name and what it is needed for, and
not somewhere in the middle of a search. `test_contract_meaning` asks how they behave.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

import harness.kernel
from harness.errors import UnsupportedTrio
from harness.kernel import Engine, Kernel, private
from harness.kernel.cancel import DeadlineChange, OrderedDeadlines

KERNEL = Path(harness.kernel.__file__).parent

#: Class -> its fields that are read or written.
FIELDS: dict[type, tuple[str, ...]] = {
    private.Runner: (
        *("clock", "instruments", "io_manager", "ki_manager", "strict_exception_groups"),
        *("_locals", "tasks", "deadlines", "init_task", "system_nursery", "system_context"),
        *("main_task", "main_task_outcome", "entry_queue", "trio_token", "asyncgens"),
        *("ki_pending", "waiting_for_idle", "is_guest"),
    ),
    private.Task: (
        *("coro", "context", "name", "_runner", "_counter", "_parent_nursery", "_cancel_status"),
        *("_abort_func", "custom_sleep_data", "_child_nurseries", "_next_send_fn", "_next_send"),
        *("_cancel_points", "_schedule_points", "_ki_protected"),
    ),
    private.CancelScope: (
        *("_cancel_status", "_has_been_entered", "_cancel_called", "_registered_deadline"),
        *("_deadline", "_relative_deadline", "_shield"),
    ),
    private.CancelStatus: ("_scope", "effectively_cancelled", "_parent", "_children", "_tasks"),
    private.CancelReason: ("source", "reason", "source_task"),
    private.EntryQueue: ("queue", "idempotent_queue", "wakeup", "done"),
    private.AsyncGenerators: ("alive", "prev_hooks"),
    private.WaitTaskRescheduled: ("abort_func",),
    private.PermanentlyDetachCoroutineObject: ("final_outcome",),
    private.threads.Run: ("queue",),
    private.threads.RunSync: ("queue",),
}

#: Attributes that are set in a constructor that attrs did not write.
INSTANCE_ATTRIBUTES: dict[type, tuple[str, ...]] = {
    private.Nursery: (
        *("_parent_task", "_strict_exception_groups", "cancel_scope", "_cancel_status"),
        *("_children", "_pending_excs", "_closed"),
    ),
}

#: Function -> the names of its parameters, which the kernel passes, overrides or stands in for.
PARAMETERS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "Runner.reschedule": (private.Runner.reschedule, ("self", "task", "next_send")),
    "Runner.spawn_impl": (
        private.Runner.spawn_impl,
        ("self", "async_fn", "args", "nursery", "name", "system_task", "context"),
    ),
    "Runner.spawn_system_task": (
        private.Runner.spawn_system_task,
        ("self", "async_fn", "args", "name", "context"),
    ),
    "Runner.task_exited": (private.Runner.task_exited, ("self", "task", "outcome")),
    "Runner.current_time": (private.Runner.current_time, ("self",)),
    "Runner.current_statistics": (private.Runner.current_statistics, ("self",)),
    "Runner.current_trio_token": (private.Runner.current_trio_token, ("self",)),
    "Runner.wait_all_tasks_blocked": (
        private.Runner.wait_all_tasks_blocked,
        ("self", "cushion"),
    ),
    "Task._activate_cancel_status": (
        private.Task._activate_cancel_status,
        ("self", "cancel_status"),
    ),
    "Task._attempt_delivery_of_any_pending_cancel": (
        private.Task._attempt_delivery_of_any_pending_cancel,
        ("self",),
    ),
    "Nursery.__init__": (
        private.Nursery.__init__,
        ("self", "parent_task", "cancel_scope", "strict_exception_groups"),
    ),
    "Nursery._child_finished": (private.Nursery._child_finished, ("self", "task", "outcome")),
    "CancelScope._cancel": (private.CancelScope._cancel, ("self", "cancel_reason")),
    "CancelStatus.recalculate": (private.CancelStatus.recalculate, ("self",)),
    "CancelStatus.__attrs_post_init__": (private.CancelStatus.__attrs_post_init__, ("self",)),
    "Deadlines.add": (private.run_module.Deadlines.add, ("self", "deadline", "cancel_scope")),
    "Deadlines.remove": (
        private.run_module.Deadlines.remove,
        ("self", "deadline", "cancel_scope"),
    ),
    "Deadlines.next_deadline": (private.run_module.Deadlines.next_deadline, ("self",)),
    "CancelScope._might_change_registered_deadline": (
        DeadlineChange.original,
        ("self",),
    ),
    "Deadlines.expire": (private.run_module.Deadlines.expire, ("self", "now")),
    "EntryQueue.run_sync_soon": (
        private.EntryQueue.run_sync_soon,
        ("self", "sync_fn", "args", "idempotent"),
    ),
    "EntryQueue.task": (private.EntryQueue.task, ("self",)),
    "EntryQueue.size": (private.EntryQueue.size, ("self",)),
    "AsyncGenerators._finalize_one": (
        private.AsyncGenerators._finalize_one,
        ("self", "agen", "name"),
    ),
    "Instruments.add_instrument": (private.Instruments.add_instrument, ("self", "instrument")),
    "Instruments.remove_instrument": (
        private.Instruments.remove_instrument,
        ("self", "instrument"),
    ),
    "Instruments.call": (private.Instruments.call, ("self", "hookname", "args")),
    "ThreadCache.start_thread_soon": (
        private.thread_cache.ThreadCache.start_thread_soon,
        ("self", "fn", "deliver", "name"),
    ),
    "_threads._send_message_to_trio": (
        private.threads._send_message_to_trio,
        ("trio_token", "message_to_trio"),
    ),
    "_util.coroutine_or_error": (private.coroutine_or_error, ("async_fn", "args")),
    "_util.name_asyncgen": (private.name_asyncgen, ("agen",)),
}

#: Names that begin with an underscore and belong to somebody else than Trio.
NOT_TRIO = {
    *("_current_frames", "_getframe", "_fields", "_inst", "_stands_for"),
    *("_internal_fds", "_ssock", "_csock"),  # asyncio's, for trio-asyncio
    *("_context", "_logger", "_processors"),  # of a bound logger of structlog
}


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, names in FIELDS.items() for name in names]
)
def test_a_field_is_still_there(cls: type, name: str) -> None:
    """The kernel reads or writes it."""
    fields = [field.name for field in attrs.fields(cls)]
    assert name in fields, f"Trio {trio.__version__}: {cls.__name__} has no field {name!r} any more"


@pytest.mark.parametrize(
    ("cls", "name"), [(cls, name) for cls, names in INSTANCE_ATTRIBUTES.items() for name in names]
)
def test_an_attribute_is_still_set(cls: type, name: str) -> None:
    """The kernel reads or writes it."""
    source = inspect.getsource(cls.__init__)  # type: ignore[misc]  # it is that class's own
    assert f"self.{name}" in source, f"Trio {trio.__version__}: {cls.__name__} sets no {name!r}"


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_function_still_takes_the_same(name: str) -> None:
    """The kernel calls it, overrides it, or stands in for it."""
    function, expected = PARAMETERS[name]
    found = tuple(inspect.signature(inspect.unwrap(function)).parameters)
    assert found == expected, f"Trio {trio.__version__}: {name} takes {found} now"


def test_every_private_name_that_the_kernel_touches_has_its_contract() -> None:
    """What is used and not listed here would change unnoticed."""
    listed = {name for names in FIELDS.values() for name in names} | NOT_TRIO | {"_create"}
    listed |= {name for names in INSTANCE_ATTRIBUTES.values() for name in names}
    listed |= {name.rpartition(".")[2] for name in PARAMETERS}
    ours = set(vars(OrderedDeadlines)) | set(vars(Engine)) | {"_active"}
    used: dict[str, str] = {}
    for file in sorted(KERNEL.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                    continue
                used.setdefault(node.attr, file.name)
    missing = {
        name: file
        for name, file in used.items()
        if not name.startswith("__") and name not in listed | ours
    }
    assert missing == {}


def test_every_name_of_private_is_used() -> None:
    """The list that is read to judge a new Trio holds nothing that does not matter."""
    text = "\n".join(
        file.read_text() for file in sorted(KERNEL.glob("*.py")) if file.name != "private.py"
    )
    idle = [name for name in private.__all__ if f"private.{name}" not in text]
    assert idle == ["TRIO_VERSION"]  # the rest of the project says which Trio it is


@pytest.mark.parametrize("version", [(0, 30), (0, 36), (1, 0)])
def test_a_trio_outside_the_range_is_refused(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    """Before anything is run."""
    monkeypatch.setattr(private, "TRIO_VERSION", version)
    with pytest.raises(UnsupportedTrio, match=r"at least 0\.31 and below 0\.36"), Kernel():
        pass
