"""A reduction finds what brute force finds: histories have footprints."""

from __future__ import annotations

import os
import sys
from unittest import mock

import pytest

import harness
from harness.kernel.observed import ObservedEngine
from tests.quality.classes import census
from tests.quality.outcomes import Outcomes, outcomes_of
from tests.unit.properties.histories.random_programs import Body, program, random_program

#: Of the programs, some with few interleavings.
SMALL = (6, 8, 16, 24, 29, 32)
SOAK_PROGRAMS = int(os.environ.get("HISTORY_PROGRAMS", "1000"))


def brute(body: Body, at_most: int) -> Outcomes | None:
    """All interleavings, unless there are too many."""
    full = outcomes_of(body, schedules=at_most)
    return full if full.complete else None


def reduced(body: Body) -> Outcomes:
    """One of each class."""
    return outcomes_of(body, strategy="dpor", assume_independent=True)


def compare(seed: object, at_most: int) -> Outcomes | None:
    """The same properties are violated, and there are as many classes as brute force counts."""
    text, body = random_program(seed)
    full = brute(body, at_most)
    if full is None:
        return None
    found = reduced(body)

    assert found.complete, text
    assert found.violated == full.violated, text
    if "tasks" in text.split(":")[0]:
        assert found.classes == len(census(body).classes), text
    return full


def test_a_reduction_loses_no_violation_and_makes_no_run_twice() -> None:
    """Of a sample of programs, some of which are wrong."""
    judged = [compare(seed, 100) for seed in SMALL]

    assert [full is not None and bool(full.violated) for full in judged].count(True) == 5


def test_an_audit_agrees() -> None:
    """What is said to commute is run the other way round, and comes to the same."""
    for seed in SMALL[:3]:
        found = harness.explore(
            random_program(seed)[1], strategy="dpor", assume_independent=True, audit=True
        )

        assert found.audit is not None
        assert found.audit.swaps
        assert not found.audit.mismatches


@pytest.mark.soak
def test_so_it_is_for_many_more(capsys: pytest.CaptureFixture[str]) -> None:
    """HISTORY_PROGRAMS of them."""
    judged = [compare(f"soak {seed}", 3_000) for seed in range(SOAK_PROGRAMS)]
    kinds = [bool(full.violated) for full in judged if full is not None]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(kinds)} programs, {kinds.count(True)} violated\n")


@pytest.mark.parametrize("left_out", ["read", "touch"])
def test_without_footprints_it_would(left_out: str) -> None:
    """These two share no cell: that the read may come after the write shows in the history only."""
    body = program([["read copy"], ["write 1"]], "tasks", harness.histories.Register(0))
    original = getattr(ObservedEngine, left_out)

    def without(self: ObservedEngine, label: str, *value: object) -> None:
        if not label.startswith("history"):
            original(self, label, *value)

    assert reduced(body).violated == {"h is linearizable"}
    with mock.patch.object(ObservedEngine, left_out, without):
        assert not reduced(body).violated
