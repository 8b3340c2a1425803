"""The failing interleaving as text: narrow, and with the time where it changes."""

from __future__ import annotations

import msgspec

from harness.reports.interleaving import as_text, interleaving
from harness.traces.format import Choice, Event, Violation
from tests.unit.cli.fake_engine import NO_TRACE

CHOICE = Choice(step=1, kind="schedule", pick="a", options=2)


def event(step: int, time: float, text: str, *, who: str = "a", tag: str = "") -> Event:
    """Something that a task did."""
    return Event(step=step, time=time, who=who, text=text, tag=tag)


def shown(*events: Event) -> list[str]:
    """The lines of a run in which this happened."""
    trace = msgspec.structs.replace(NO_TRACE, choices=(CHOICE,), events=events)
    return as_text(interleaving(trace))


def test_the_time_stands_where_it_changes() -> None:
    """In the first line, and again when it is another one; milliseconds at most."""
    lines = shown(
        event(2, 5.0, "one"),
        event(3, 5.0, "two"),
        event(4, 5.25, "three"),
        event(5, 1e6 + 1 / 3, "four"),
    )

    assert [line.split("a  ")[0].strip() for line in lines] == [
        "5 s",
        "",
        "5.25 s",
        "1000000.333 s",
    ]
    assert len({line.index("a  ") for line in lines}) == 1


def test_equal_remarks_are_made_once() -> None:
    """Two accounts liquidated in one step are both named, and irreversible."""
    (line,) = shown(
        event(2, 0.0, "liquidate alice", tag="irreversible"),
        event(2, 0.0, "liquidate carol", tag="irreversible"),
    )

    assert line == "  0 s  a   liquidate alice; liquidate carol   irreversible"


def test_that_nothing_is_explored_any_more_is_nobodys_deed() -> None:
    """It stands on a line of its own, between what was explored and what followed."""
    late = "L1: did not come true within 10 s"
    violation = Violation(property="L1", fingerprint="f", message=late)
    trace = msgspec.structs.replace(
        NO_TRACE,
        choices=(CHOICE,),
        violation=violation,
        events=(event(2, 0.0, "one"), event(2, 0.0, "does it recover?", tag="recovery")),
    )

    assert as_text(interleaving(trace)) == ["  0 s  a   one", "           ... does it recover?"]
