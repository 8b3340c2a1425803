"""The tracker agrees with a naive reading of the definitions on every list of events."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from harness.properties.episodes import OUTCOMES, Episode
from harness.properties.tracker import Tracker
from tests.unit.properties.events import (
    INITIAL,
    Candidate,
    Effect,
    Event,
    Gate,
    Read,
    Wrote,
    events,
    feed,
    valid,
)
from tests.unit.properties.oracle import Summary, summaries


def _summary(episode: Episode) -> Summary:
    return (
        episode.kind,
        episode.write.step,
        episode.write.value,
        frozenset((look.step, look.vacuous) for look in episode.looks),
        tuple(use.step for use in episode.uses),
        episode.outcome,
        episode.vacuous,
    )


def _check(happened: list[Event], *, allow_missing: bool = False) -> None:
    tracker = Tracker("BTC", valid=valid, initial=INITIAL, allow_missing=allow_missing)
    found = [_summary(episode) for episode in feed(tracker, happened)]
    assert summaries(happened, allow_missing=allow_missing) == found
    assert all(summary[5] in OUTCOMES for summary in found)


@settings(max_examples=400, deadline=None)
@given(events, st.booleans())
def test_the_tracker_agrees_with_the_definitions(
    happened: list[Event], allow_missing: bool
) -> None:
    """Episodes, their looks, uses, outcome and vacuity are those that the definitions give."""
    _check(happened, allow_missing=allow_missing)


_WRITES: list[Event] = [Wrote(1, 0, "a#1/main"), Wrote(2, INITIAL, "a#1/main")]
_USES: list[Event] = [
    Read(1, "a#1/main"),
    Read(2, "a#1/main"),
    Read(1, "a#1/tick"),
    Effect(1, False, "a#1/main"),
    Effect(1, True, "a#1/tick"),
    Effect(1, False, "b#1/main"),
]
_GATES: list[Event] = [
    Gate(None, True, INITIAL, None, "main"),
    Gate(1, False, None, None, "main"),
    Candidate(0, True, INITIAL, "a#1/main"),
    Candidate(0, False, INITIAL, "a#1/main"),
    Candidate(0, False, 0, "a#1/main"),
    Effect(1, True, "main"),
]


@pytest.mark.parametrize("alphabet", [_USES, _GATES], ids=["uses", "gates"])
def test_every_short_history_agrees_with_the_definitions(alphabet: list[Event]) -> None:
    """Every list of up to five events over a small alphabet, so that no rare order is missed."""
    for length in range(6):
        for happened in itertools.product(_WRITES + alphabet, repeat=length):
            _check(list(happened))
