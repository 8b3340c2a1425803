"""What a run left unjudged because it was over before its main, or the plan that it carries out, was.

A run ends where the horizon cuts time off. If main still waits then, nobody has seen what it would have
done next: its assertions were never made, and that none failed says nothing. This is no pass, unless
nothing can stand after: main says `trio.sleep_forever()`, or it is in a loop that has no way out.
"""

from __future__ import annotations

import dis
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any

from harness.kernel import all_frames, user_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from harness.kernel import Engine
    from harness.world import World

#: After these the next instruction is not reached.
_NO_NEXT = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")
_RETURNS = _NO_NEXT[:2]
#: An `await` goes back by this one while what it waits for goes on.
_AWAITS = ("JUMP_BACKWARD_NO_INTERRUPT",)
_JUMPS = ("JUMP_FORWARD", "JUMP_BACKWARD", *_AWAITS)

WHAT_TO_DO = "state a longer horizon, or let main end"


def note_unended(run: Engine) -> None:
    """What of the run is not judged, in words; asked while its tasks still wait."""
    run.extensions["timers left"] = left = run.deadlines.next_deadline() < inf
    run.extensions["unended"] = ()
    if run.ending != "idle":
        return
    cut_off = run.main_task_outcome is None and left
    texts = [*_plans(run)]
    if cut_off and not texts and not _for_ever(run.main_task):
        after = "what stands after is not judged"
        texts.append(f"main had not ended {_by_when(run)}: {after}{_where(run)}; {WHAT_TO_DO}")
    run.extensions["unended"] = tuple(texts)


def _plans(run: Engine) -> Iterator[str]:
    """Of each plan that is still being carried out: which moves are not done."""
    world: World | None = run.extensions.get("world")
    for moves in [] if world is None else world.unfinished_plans():
        not_done = f"not done: {', '.join(moves)}" if moves else "no move is going on"
        told = f"the plan was not carried out to its end {_by_when(run)}: {not_done}"
        yield f"{told}{_where(run)}; {WHAT_TO_DO}"


def _by_when(run: Engine) -> str:
    ended = run.main_task_outcome is not None
    if ended or run.horizon_s is None:
        return "when main ended" if ended else "in time"
    return f"by the horizon ({run.horizon_s:g} s)"


def _where(run: Engine) -> str:
    """The line of the user's at which main waits."""
    if run.main_task_outcome is not None:
        return ""
    frames = [] if run.main_task is None else list(user_frames(run.main_task.coro))
    if not frames:
        return ""
    frame = frames[-1]
    return f"; waiting at {frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def _for_ever(task: Any) -> bool:
    """Whether it waits for ever because its code says so, so that nothing can stand after."""
    inner = None
    for frame in user_frames(task.coro):
        inner = frame
        if stays(frame.f_code, frame.f_lasti):
            return True
    frames = iter(all_frames(task.coro))
    if inner is not None:
        next(frame for frame in frames if frame is inner)
    waits = next(frames, None)
    if waits is None or not waits.f_globals.get("__name__", "").startswith("trio"):
        return False
    if waits.f_code.co_name == "__aexit__":
        children = [child for nursery in task.child_nurseries for child in nursery.child_tasks]
        return all(map(_for_ever, children))
    return waits.f_code.co_name == "sleep_forever"


@cache
def stays(code: CodeType, at: int) -> bool:
    """Whether a function that stands at this instruction is in a loop that it never leaves by itself.

    What it raises does not count: that would be no pass.
    """
    ahead = _ahead(code, at)
    loops = any(
        "JUMP_BACKWARD" in found.opname
        and found.opname not in _AWAITS
        and found.argval <= at <= found.offset
        for found in ahead
    )
    return loops and not any(found.opname in _RETURNS for found in ahead)


def _ahead(code: CodeType, at: int) -> list[dis.Instruction]:
    """The instructions that may come after this one, in no order that means anything."""
    made = dis.Bytecode(code)
    instructions = list(made)
    index = {found.offset: n for n, found in enumerate(instructions)}
    handlers = getattr(made, "exception_entries", ())
    seen: dict[int, dis.Instruction] = {}
    todo = [at]
    while todo:
        offset = todo.pop()
        if offset in seen or offset not in index:
            continue
        found = seen[offset] = instructions[index[offset]]
        todo += [entry.target for entry in handlers if entry.start <= offset < entry.end]
        if found.opcode in dis.hasjrel or found.opcode in dis.hasjabs:
            todo.append(found.argval)
        if found.opname not in (*_NO_NEXT, *_JUMPS):
            todo += [after.offset for after in instructions[index[offset] + 1 :][:1]]
    return list(seen.values())
