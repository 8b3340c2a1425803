"""What is asked between steps comes back, or the search ends with who did not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

import pytest

import harness
from harness.errors import PredicateRaised, SpecificationFailed


def for_ever(*_: object) -> NoReturn:
    """It never answers."""
    while True:
        pass


@pytest.mark.parametrize("strategy", ["portfolio", "dfs"])
def test_a_specification_that_never_answers_is_stopped(strategy: str) -> None:
    """Neither a budget nor a signal would end it."""
    spec: Any = SimpleNamespace(initial=0, apply=for_ever)

    async def body(world: harness.World) -> None:
        with world.history("h", spec=spec).operation("read"):
            pass

    with pytest.raises(SpecificationFailed, match=r"read\(\): no answer .* in for_ever"):
        harness.explore(body, strategy=strategy, step_timeout_s=0.2)


@pytest.mark.parametrize("declare", ["always", "eventually"])
def test_a_predicate_that_never_answers_is_stopped(declare: str) -> None:
    """Within the step that declares it, it is of that step; later, it is asked between two."""

    async def body(world: harness.World) -> None:
        cell = harness.Cell(0)

        def holds() -> bool:
            return cell.peek() == 0 or for_ever()

        if declare == "always":
            world.always("odd", holds)
        else:
            world.eventually("odd", holds, within_s=1)
        await cell.write(1)

    with pytest.raises(PredicateRaised, match=f"{declare} 'odd' raised NeverAnswered"):
        harness.explore(body, step_timeout_s=0.2)


def test_who_answers_slowly_but_often_is_left_alone() -> None:
    """The limit is for one question, as it is for one step."""
    spec: Any = SimpleNamespace(initial=0, apply=lambda state, _: (busy(state), None))

    def busy(state: int) -> int:
        return sum(range(100_000)) * 0 + state + 1

    async def body(world: harness.World) -> None:
        history = world.history("h", spec=spec)
        for _ in range(200):
            with history.operation("step"):
                pass

    assert harness.explore(body, step_timeout_s=0.2, schedules=1).verdict == "exhausted"
