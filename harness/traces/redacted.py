"""A trace without secrets, in a form that still replays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from harness.traces.format import Choice, Event, Step, Trace, Violation
    from harness.traces.redact import Redactor


def redact_trace(trace: Trace, redactor: Redactor) -> Trace:
    """`trace` without secrets in parameters, choices, labels, values, messages and notes."""
    return msgspec.structs.replace(
        trace,
        params={key: redactor.tree(key, value) for key, value in trace.params.items()},
        choices=tuple(_choice(choice, redactor) for choice in trace.choices),
        steps=tuple(_step(step, redactor) for step in trace.steps),
        events=tuple(_event(event, redactor) for event in trace.events),
        violation=trace.violation and _violation(trace.violation, redactor),
    )


def shown_pick(kind: str, what: str, pick: str, redactor: Redactor) -> str:
    """What a trace holds of a pick."""
    return redactor.label(pick) if kind == "schedule" else redactor.option(what, pick)


def _choice(choice: Choice, redactor: Redactor) -> Choice:
    pick = shown_pick(choice.kind, choice.what, choice.pick, redactor)
    what = redactor.label(choice.what)
    if (pick, what) == (choice.pick, choice.what):
        return choice
    return msgspec.structs.replace(choice, pick=pick, what=what)


def _step(step: Step, redactor: Redactor) -> Step:
    return msgspec.structs.replace(
        step,
        label=redactor.label(step.label),
        reads=tuple(map(redactor.label, step.reads)),
        writes=tuple(
            (redactor.label(label), redactor.shown(label, text)) for label, text in step.writes
        ),
    )


def _event(event: Event, redactor: Redactor) -> Event:
    return msgspec.structs.replace(
        event,
        who=redactor.label(event.who),
        text=redactor.text(event.text),
        note=redactor.text(event.note),
    )


def _violation(violation: Violation, redactor: Redactor) -> Violation:
    return msgspec.structs.replace(
        violation,
        property=redactor.label(violation.property),
        message=redactor.text(violation.message),
    )
