"""The failing interleaving as a person reads it: who did what, in which order, and what was wrong.

Four columns: the virtual time where it changes, the task, what it did in one step, and a remark where
there is one. What happened before
the explored part is left out, and of a long run the middle of what was unremarkable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from harness.traces.escape import terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.traces import Trace
    from harness.traces.format import Event, Step

#: Lines shown of one interleaving.
LINES_MAX = 24

#: The tag of the event after which a run is only watched.
_RECOVERY = "recovery"

#: Tags by which the harness marks events, and what a reader is told.
_WORDS = {
    "passed": "let through",
    "blocked": "blocked",
    "kill": "killed",
    "violated": "violated",
}


@attrs.frozen
class Line:
    """What one task did in one step.

    Attributes:
      step: index in the run; -1 for a line that stands for several.
      who: label of the task or action.
      text: what it did.
      remark: what was wrong with it, empty if nothing was.
      time: virtual, in seconds; None for a line that stands for several.
    """

    step: int
    who: str
    text: str
    remark: str = ""
    time: float | None = None


def interleaving(trace: Trace, *, lines_max: int = LINES_MAX) -> list[Line]:
    """The lines of the explored part of a run, at most `lines_max` of them.

    What follows while liveness is judged is shown only if that is what was violated.
    """
    begin = trace.choices[0].step if trace.choices else 0
    used = False
    lines: list[Line] = []
    for events in _by_step(_explored(trace), begin):
        line = _of_events(events, used=used)
        used = used or "irreversible" in line.remark
        lines.append(line)
    if not lines:
        lines = [_of_step(step) for step in trace.steps if step.index + 1 >= begin]
        lines = [line for line in lines if line.text]
    return _shortened(lines, lines_max)


def _explored(trace: Trace) -> Sequence[Event]:
    """The events up to where a run is only watched for recovery; all of them if it did not recover."""
    late = trace.violation is not None and "did not come true" in trace.violation.message
    ends = [index for index, event in enumerate(trace.events) if event.tag == _RECOVERY]
    return trace.events if late or not ends else trace.events[: ends[0]]


def _by_step(events: Sequence[Event], begin: int) -> list[list[Event]]:
    """Events of the explored part, those of one task in one step together."""
    groups: list[list[Event]] = []
    for event in events:
        if event.step <= begin and not event.tag:
            continue
        last = groups[-1][-1] if groups else None
        if last is not None and _together(last, event):
            groups[-1].append(event)
        else:
            groups.append([event])
    return groups


def _together(last: Event, event: Event) -> bool:
    same_step = (last.step, last.who, last.time) == (event.step, event.who, event.time)
    return same_step and _RECOVERY not in (last.tag, event.tag)


def _of_events(events: Sequence[Event], *, used: bool) -> Line:
    """One line of what a task did in a step; `used`: a use of corrupt state came before."""
    if events[0].tag == _RECOVERY:  # said by the harness, not by a task
        return Line(events[0].step, "", f"... {events[0].text}", time=events[0].time)
    texts, remarks = [], []
    for event in events:
        if event.tag == "corrupt":
            remarks.append(f"corrupt: {event.text.partition(', ')[2] or event.text}")
            continue
        if event.tag == "irreversible":
            remarks.append("irreversible")
        elif event.tag == "blocked" and event.text.startswith("gate") and used:
            remarks.append("too late")
        elif event.tag:
            remarks.append(_WORDS.get(event.tag, event.tag))
        texts.append(event.text)
    if len(texts) > 1 and texts[-1].startswith("gate "):
        texts = texts[-1:]  # the gate's own read says nothing more
    first = events[0]
    return Line(
        first.step,
        first.who,
        "; ".join(dict.fromkeys(texts)),
        ", ".join(dict.fromkeys(remarks)),
        first.time,
    )


def _of_step(step: Step) -> Line:
    """A line for a step of which nobody said anything: what it read and wrote."""
    deeds = [f"reads {label}" for label in step.reads]
    deeds += [f"writes {label} = {value}" for label, value in step.writes]
    return Line(step.index, step.label, "; ".join(deeds), time=step.time)


def _shortened(lines: list[Line], lines_max: int) -> list[Line]:
    """At most `lines_max` lines: remarkable ones first, gaps marked."""
    if len(lines) <= lines_max:
        return lines
    order = sorted(range(len(lines)), key=lambda i: (not lines[i].remark, i))
    kept = sorted(order[: lines_max - 1])
    shown: list[Line] = []
    before = -1
    for index in kept:
        if index > before + 1:
            shown.append(Line(-1, "", f"... {index - before - 1} more", ""))
        shown.append(lines[index])
        before = index
    if before < len(lines) - 1:
        shown.append(Line(-1, "", f"... {len(lines) - 1 - before} more", ""))
    return shown


def as_text(lines: Sequence[Line], *, width_max: int = 56) -> list[str]:
    """The lines in aligned columns, safe to print on a terminal."""
    times = _changes(lines)
    time = max(map(len, times), default=0)
    who = max((len(line.who) for line in lines), default=0)
    text = min(max((len(line.text) for line in lines), default=0), width_max)
    return [
        terminal(f"  {at:>{time}}  {line.who:{who}}   {line.text:{text}}   {line.remark}").rstrip()
        for at, line in zip(times, lines, strict=True)
    ]


def _changes(lines: Sequence[Line]) -> list[str]:
    """The time of each line, empty where it is that of the line before."""
    times, before = [], None
    for line in lines:
        changed = line.time is not None and line.time != before
        before = line.time if changed else before
        times.append(_seconds(line.time) if changed and line.time is not None else "")
    return times


def _seconds(time: float) -> str:
    text = f"{time:.3f}".rstrip("0").rstrip(".")
    return f"{text} s"
