"""Where a run made again parts from the recorded one, in words: what differs, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import ReplayDiverged
from harness.traces import DEFAULT_REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.kernel import Engine
    from harness.traces import Trace
    from harness.traces.format import Step

#: Characters shown before and after the place at which two long texts part.
_BEFORE = 20
_AFTER = 80


def apart(first: str, second: str) -> tuple[str, str]:
    """Two texts, without most of what they have in common where that is long."""
    same = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    begin = max(0, same - _BEFORE) if same > _AFTER else 0
    return _excerpt(first, begin), _excerpt(second, begin)


def _excerpt(text: str, begin: int) -> str:
    end = begin + _BEFORE + _AFTER
    return f"{'...' if begin else ''}{text[begin:end]}{'...' if len(text) > end else ''}"


def check_steps(trace: Trace, again: Trace, engine: Engine) -> None:
    """Every step of `again`, which is the run in the engine, is as it was recorded.

    Raises:
      ReplayDiverged: naming the first step that is not, and what differs.
    """
    for old, new in zip(trace.steps, again.steps, strict=False):
        if old.digest == new.digest:
            continue
        if old.label != new.label:
            raise ReplayDiverged(old.index, f"a step of {old.label}", f"a step of {new.label}")
        expected, found = _parted(old, new, _said(trace, old), _said(again, new))
        if expected == found:
            expected, found = _unseen(new, engine)
        raise ReplayDiverged(old.index, f"{old.label} {expected}", f"{new.label} {found}")
    count, recorded = len(again.steps), len(trace.steps)
    if recorded and count != recorded:
        raise ReplayDiverged(min(count, recorded), f"{recorded} steps", f"{count}")


def _parted(old: Step, new: Step, said: list[str], says: list[str]) -> tuple[str, str]:
    """The first thing that differs in what a trace holds of a step; two equal texts if nothing."""
    if old.time != new.time:
        return f"at {old.time!r} s", f"at {new.time!r} s"
    for verb, before, after in (
        ("reading", list(old.reads), list(new.reads)),
        ("writing", _pairs(old), _pairs(new)),
        ("saying", said, says),
    ):
        if before != after:
            first, second = apart(", ".join(before) or "nothing", ", ".join(after) or "nothing")
            return f"{verb} {first}", f"{verb} {second}"
    return "", ""


def _pairs(step: Step) -> list[str]:
    return [f"{label} = {value}" for label, value in step.writes]


def _said(trace: Trace, step: Step) -> list[str]:
    return [event.text for event in trace.events if event.step == step.index]


def _unseen(new: Step, engine: Engine) -> tuple[str, str]:
    """What differs is nothing that a trace holds: most likely a value that was read."""
    values = [f"{label} = {value}" for label, value in _values_read(engine, new.index)]
    if not values:
        return "doing something else there", "reading and writing the same"
    among = "another value" if len(values) == 1 else "another value in one of these"
    return f"reading {among} (a trace holds no values read)", f"reading {', '.join(values)}"


def _values_read(engine: Engine, step: int) -> Iterator[tuple[str, object]]:
    """What the step with this index read, with the values that it saw."""
    index = -1
    for item in engine.log:
        if type(item) is int:
            index += 1
        elif index == step and type(item) is tuple and item[1] == 0:
            yield item[0], DEFAULT_REDACTOR.shown(item[0], str(item[2]))


def first_difference(before: Sequence[object], labels: Sequence[str], after: Engine) -> str:
    """Where two logs of runs with equal choices part."""
    step, who = -1, "the start"
    for first, second in zip(before, after.log, strict=False):
        if first != second:
            was, is_ = apart(_item(first), _item(second))
            return f"parted at step {max(step, 0)} ({who}): first {was}, then {is_}"
        if type(first) is int:
            step += 1
            who = labels[first]
    return f"parted at step {step} ({who}): one run did more than the other"


def _item(item: object) -> str:
    if isinstance(item, tuple):
        verb = ("read", "wrote", "chose", "wrote part of")[item[1]]
        value = "" if item[1] == 3 else f" = {DEFAULT_REDACTOR.shown(item[0], str(item[2]))}"
        among = f" among {item[3]} options" if item[1] == 2 else ""
        return f"{verb} {item[0]}{value}{among}"
    if isinstance(item, float):
        return f"time {item!r}"
    return str(item) if isinstance(item, str) else f"task {item}"
