"""Brute force and the reduction, held against each other."""

from __future__ import annotations

from typing import Any

from tests.quality.outcomes import Outcome, outcomes_of


def agreed(body: Any, **options: Any) -> frozenset[Outcome]:
    """What runs come to: the same under `dfs` and under `dpor`, which needs no more of them."""
    full = outcomes_of(body, **options)
    reduced = outcomes_of(body, strategy="dpor", assume_independent=True, **options)
    assert full.complete
    assert reduced.complete
    assert full.seen.keys() == reduced.seen.keys()
    assert full.violated == reduced.violated
    assert reduced.schedules <= full.schedules
    return frozenset(full.seen)


def seen_by(who: str, outcomes: frozenset[Outcome]) -> set[tuple[str, ...]]:
    """What a process saw, in all of them; an empty tuple where it saw nothing."""
    return {dict(outcome[3]).get(who, ()) for outcome in outcomes}
