"""What a step was seen to touch serves wherever its past is the same, and nowhere else."""

from __future__ import annotations

from functools import partial

import pytest
import trio

import harness
from harness.explore.reduction import recall
from harness.explore.reduction.history import History
from harness.explore.reduction.recall import Recall
from harness.explore.strategies import Dpor
from harness.kernel import CLOCK, EVERYTHING, Event
from tests.benchmarks.bench_reduction import subject_of

A, B = 4, 8


async def pairs(world: harness.World) -> None:
    """Two pairs of transfers that share a row; the pairs have nothing to do with each other."""
    db = world.database("db", {"x": 0, "y": 0})

    async def transfer(row: str) -> None:
        async with db.transaction() as change:
            await change.put(row, await change.get(row) + 1)

    async with trio.open_nursery() as nursery:
        for row in ("x", "x", "y", "y"):
            nursery.start_soon(transfer, row)


def search(*, recalls: bool = True) -> Dpor:
    """A whole search of `pairs`."""
    subject, strategy = subject_of(pairs), Dpor()
    if not recalls:
        strategy._races.recall = None
    with subject.kernel(0, observed=True) as kernel:
        strategy.attach(partial(kernel.run, subject.body, auditing=False))
        while strategy.more():
            kernel.run(subject.body, strategy)
            strategy.finished(kernel.engine)
    assert strategy.redundant == strategy.blocked == 0
    return strategy


def test_whoever_looked_once_need_not_look_again() -> None:
    """The classes are the same as when somebody looks each time, and hardly anybody looks."""
    looks, recalls = search(recalls=False), search()
    assert recalls.classes == looks.classes
    assert 0 < recalls.probes * 4 < looks.probes


def test_what_was_forgotten_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little is kept, the classes are the same."""
    keeps = search()
    monkeypatch.setattr(recall, "PASTS_MAX", 3)
    forgets = search()
    assert forgets.classes == keeps.classes
    assert forgets.probes > keeps.probes


def history(*events: tuple[int, int]) -> History:
    """Events of these tasks, each of which writes one thing."""
    path = History()
    for who, thing in events:
        path.add(Event(who, EVERYTHING, thing))
    return path


def test_a_past_is_what_does_not_commute_with_the_step() -> None:
    """Who wrote something else, and when, is no part of it; who wrote what it reads is."""
    known, step = Recall(), Event(3, EVERYTHING | A)
    known.keep(history((1, A), (2, B)), 0b11, step, step)
    for other in (history((1, A)), history((2, B), (1, A)), history((2, B), (2, B), (1, A))):
        assert known.recall(other, (1 << len(other)) - 1, step) is step
    for other in (
        history((2, B)),
        history((2, A)),
        history((1, A), (1, A)),
        history((1, B), (1, A)),
    ):
        assert known.recall(other, (1 << len(other)) - 1, step) is None
    assert known.recall(history((1, A), (1, A)), 0b01, step) is step  # behind the first of them
    assert known.recall(history((3, B), (1, A)), 0b11, step) is None  # it is its task's second step


@pytest.mark.parametrize(
    "seen", [Event(3, EVERYTHING | CLOCK), Event(3, EVERYTHING, CLOCK), Event(3, 0, EVERYTHING)]
)
def test_what_has_to_do_with_the_time_or_ends_the_run_is_not_kept(seen: Event) -> None:
    """More goes into it than what its past wrote."""
    known = Recall()
    known.keep(history(), 0, seen, seen)
    assert known.recall(history(), 0, seen) is None
