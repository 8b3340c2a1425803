"""The events of one critical key as data: what the tracker is fed, and the oracle reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from msgspec import Struct

from harness.properties.tracker import NO_REFERENCE, Tracker

if TYPE_CHECKING:
    from harness.properties.episodes import Episode

INITIAL = 10
TASKS = ("a#1/main", "a#1/tick", "b#1/main", "main")
VALUES = (0, 9, 10, 11, 30, None)


def valid(old: int, new: int) -> bool:
    """At most one away: not transitive, so that drift and jumps differ."""
    return abs(new - old) <= 1


def process_of(task: str) -> str | None:
    """The process in a task's label."""
    return task.partition("/")[0] if "/" in task else None


class Wrote(Struct, frozen=True):
    """`value` is stored."""

    version: int
    value: int | None
    task: str


class Read(Struct, frozen=True):
    """A task reads."""

    version: int
    task: str


class Gate(Struct, frozen=True):
    """A gate judges what is stored, or a version."""

    version: int | None
    blocked: bool
    reference: object
    reference_version: int | None
    task: str


class Candidate(Struct, frozen=True):
    """A gate judges a value before its task writes it."""

    value: int | None
    blocked: bool
    reference: object
    task: str


class Effect(Struct, frozen=True):
    """Something that cannot be undone."""

    cost: int
    named: bool
    task: str


Event = Wrote | Read | Gate | Candidate | Effect

# Few versions, so that they come back as they do when a snapshot is restored.
_versions = st.integers(0, 4)
_tasks = st.sampled_from(TASKS)
_values = st.sampled_from(VALUES)
_references = st.one_of(st.just(NO_REFERENCE), _values)

events: st.SearchStrategy[list[Event]] = st.lists(
    st.one_of(
        st.builds(Wrote, _versions, _values, _tasks),
        st.builds(Read, _versions, _tasks),
        st.builds(
            Gate,
            st.none() | _versions,
            st.booleans(),
            _references,
            st.none() | _versions,
            _tasks,
        ),
        st.builds(Candidate, _values, st.booleans(), _references, _tasks),
        st.builds(Effect, st.integers(0, 3), st.booleans(), _tasks),
    ),
    max_size=16,
)


def feed(tracker: Tracker, happened: list[Event]) -> tuple[Episode, ...]:
    """Tell `tracker` what happened, the step of an event being its index, and finish."""
    for step, event in enumerate(happened):
        _tell(tracker, event, step)
    return tracker.finish()


def _tell(tracker: Tracker, event: Event, step: int) -> None:
    when: Any = {"step": step, "time_s": float(step)}
    match event:
        case Wrote(version, value, task):
            tracker.wrote(version, value, writer=task, **when)
        case Read(version, task):
            tracker.read(version, task=task, process=process_of(task))
        case Gate(version, blocked, reference, reference_version, task):
            tracker.gate(
                "gate",
                blocked=blocked,
                by=task,
                reference=reference,
                version=version,
                reference_version=reference_version,
                **when,
            )
        case Candidate(value, blocked, reference, task):
            tracker.candidate("gate", value, blocked=blocked, by=task, reference=reference, **when)
        case Effect(cost, named, task):
            process = process_of(task)
            tracker.irreversible(
                "effect", cost=cost, task=task, process=process, named=named, **when
            )
