"""Who waits for what: the report of a deadlock, and where a suspended task stands in its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.kernel import private

if TYPE_CHECKING:
    import types
    from collections.abc import Iterator

    from harness.kernel.engine import Engine

#: Frames of these modules are not what a user wrote.
_MACHINERY = ("trio.", "outcome.", "harness.")


def all_frames(coro: Any) -> Iterator[types.FrameType]:
    """The frames of a suspended coroutine, outermost first."""
    while coro is not None:
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "gi_frame", None)
        frame = frame or getattr(coro, "ag_frame", None)
        if frame is None:
            return
        yield frame
        coro = next(
            (
                inner
                for name in ("cr_await", "gi_yieldfrom", "ag_await")
                if (inner := getattr(coro, name, None)) is not None
            ),
            None,
        )


def user_frames(coro: Any) -> Iterator[types.FrameType]:
    """The frames of a suspended coroutine that its user wrote, outermost first."""
    for frame in all_frames(coro):
        module = frame.f_globals.get("__name__", "")
        ours = module.startswith(_MACHINERY) and not module.startswith("harness.scenarios")
        if not ours and module != "trio":
            yield frame


def describe_waiting(engine: Engine) -> str:
    """One line for each living task that is blocked: who, where, and for what held by whom."""
    lines = [
        f"{engine.labels[task._counter]} {_waits(engine, task)}"
        for task in engine.things
        if isinstance(task, private.Task)
        and task in engine.tasks
        and not engine.owners[task._counter].frozen
        and task._parent_nursery is not engine.owners[task._counter].outer_nursery
    ]
    return "\n".join(lines)


def _waits(engine: Engine, task: private.Task) -> str:
    index = task._counter
    point = engine.withheld.get(index) or engine.offered.get(index)
    where = ""
    for frame in user_frames(task.coro):
        where = f" at {frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
    if point is not None:
        return f"waits for the world: {point.label}{where}"
    return f"waits {_in_what(engine, task)}{where}"


def _in_what(engine: Engine, task: private.Task) -> str:
    """The Trio object whose method the task is inside, and who holds it where that is known."""
    for frame in all_frames(task.coro):
        if not frame.f_globals.get("__name__", "").startswith("trio"):
            continue
        owner = frame.f_locals.get("self")
        if isinstance(owner, private.Nursery) or frame.f_code.co_name == "__aexit__":
            return _for_children(engine, task)
        if owner is None:
            return f"in trio.{frame.f_code.co_name}()"
        holder = getattr(owner, "_owner", None)
        held = ""
        if isinstance(holder, private.Task):
            known = holder in engine.tasks
            held = f", held by {engine.labels[holder._counter] if known else 'a task that ended'}"
        return f"in {type(owner).__name__}.{frame.f_code.co_name}(){held}"
    return "for nothing that is known"


def _for_children(engine: Engine, task: private.Task) -> str:
    children = [
        engine.labels[child._counter]
        for nursery in task._child_nurseries
        for child in sorted(nursery._children, key=lambda t: t._counter)
    ]
    return f"for its children {', '.join(children)}"
