"""Hypothesis strategies for histories."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.world.database.isolation import Isolation
from tests.unit.database.histories import History, Step

KEYS = "xyz"
CHANGES = ("put", "put", "update", "update", "delete", "clear")
VERBS = ("begin", "begin", "commit", "rollback", "get", "lock", "scan", *CHANGES)


@st.composite
def steps(draw: st.DrawFn, sessions: int = 3) -> Step:
    """One statement, begin or end of one of the sessions 1, 2, .."""
    session = draw(st.integers(1, sessions))
    verb = draw(st.sampled_from(VERBS))
    value = draw(st.integers(1, 9))
    limit = draw(st.none() | st.integers(0, 12))
    if verb in ("begin", "commit", "rollback", "clear"):
        return Step(session, verb)
    if verb == "scan":
        return Step(session, verb, limit=limit)
    key = draw(st.sampled_from(KEYS))
    if verb == "update":
        return Step(session, verb, key, value, limit)
    return Step(session, verb, key, value if verb == "put" else 0)


def starts() -> st.SearchStrategy[dict[str, int]]:
    """Rows before the first step; some keys missing."""
    return st.dictionaries(st.sampled_from(KEYS), st.integers(0, 9))


def levels(sessions: int = 3) -> st.SearchStrategy[dict[int, Isolation]]:
    """A level for each session."""
    return st.fixed_dictionaries(
        {session: st.sampled_from(Isolation) for session in range(1, sessions + 1)}
    )


def histories(sessions: int = 3) -> st.SearchStrategy[History]:
    """Whole histories."""
    return st.builds(
        History,
        rows=starts(),
        steps=st.lists(steps(sessions), max_size=20),
        levels=levels(sessions),
    )
