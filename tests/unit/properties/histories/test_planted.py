"""From the program to the verdict: what is wrong is found, what is right is proven, and told well."""

from __future__ import annotations

from typing import Any

import pytest

import harness
from harness.cli.judgement import is_short
from harness.histories import Register
from harness.testing import assert_safe
from tests.unit.properties.histories.planted import PLANTED, Planted, stale_read

each = pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)


def explored(body: Any, strategy: str) -> harness.Result:
    """All of it."""
    options: dict[str, Any] = {"assume_independent": True} if strategy == "dpor" else {}
    return harness.explore(body, strategy=strategy, shrink=False, **options)


@each
def test_a_planted_bug_is_found(planted: Planted) -> None:
    """By brute force and by the reduction."""
    for strategy in ("dfs", "dpor"):
        result = explored(planted.body(wrong=True), strategy)

        assert [violation.property for violation in result.violations] == [planted.violated]
        assert result.complete


@each
def test_without_it_all_interleavings_pass(planted: Planted) -> None:
    """That is a proof."""
    for strategy in ("dfs", "dpor"):
        assert explored(planted.body(wrong=False), strategy).verdict == "exhausted"


def test_the_smallest_failing_part_is_told() -> None:
    """Who, what, what came of it, when."""
    result = harness.explore(PLANTED[0].body(wrong=True), strategy="dfs")

    assert result.violations[0].message.splitlines() == [
        "object is linearizable: no order explains it, as of a Register:",
        "  main/write  write(1)  done  |-|      steps 2 to 3",
        "  reader      read()    -> 0      |-|  steps 4 to 5",
    ]


def test_a_circle_is_told() -> None:
    """Who did what, and who came before whom by which evidence."""
    result = harness.explore(PLANTED[-1].body(wrong=True), strategy="dfs")

    assert result.violations[0].message.splitlines() == [
        "object has no G2-item: but here is a circle of reads of what was replaced (write skew)",
        "  T1  main/<lambda>    committed  read 'x' -> 0; write 'y' = 1",
        "  T2  main/<lambda>~2  committed  read 'y' -> 0; write 'x' = 1",
        "  T1 before T2 (rw): T1 read 'x' 0, which T2 replaced",
        "  T2 before T1 (rw): T2 read 'y' 0, which T1 replaced",
    ]


async def busy(world: harness.World) -> None:
    """A history that takes more than one application to check."""
    history = world.history("h", spec=Register(0), budget=1)
    for value in (1, 2):
        with history.operation("write", value):
            pass


def test_a_check_that_runs_out_of_budget_is_no_pass() -> None:
    """Not a proof, not a pass of any kind, and it is said why."""
    result = harness.explore(busy, strategy="dfs")

    assert result.verdict == "inconclusive"
    assert dict(result.undecided) == {
        "h is linearizable: not decided within 1 applications": result.schedules
    }
    assert is_short(result, None)
    with pytest.raises(AssertionError, match="undecided in 1 schedules: h is linearizable"):
        assert_safe(busy, strategy="dfs")


def test_a_resumed_search_remembers_what_was_undecided() -> None:
    """Else what is left would be a proof."""

    async def body(world: harness.World) -> None:
        for task in stale_read(world, wrong=False):
            world.start(task, name=task.__name__)
        if world.choose("which", ["short", "long"]) == "short":
            await busy(world)

    first = harness.explore(body, strategy="dfs", schedules=1)
    assert first.undecided
    assert first.search is not None
    second = harness.explore(body, strategy="dfs", resume=first.search)
    assert second.verdict == "inconclusive"
    assert sum(second.undecided.values()) > 1
