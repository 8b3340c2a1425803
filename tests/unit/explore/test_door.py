"""What cannot be is refused at the door: one clear line, before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import pytest
import trio

import harness
from harness.errors import (
    BadBudget,
    BadScenario,
    HarnessError,
    UnknownFix,
    UnknownParameter,
    UnknownStrategy,
)


@harness.scenario(fixes=["lock", "fence"], params={"markets": 2})
async def declared(world: harness.World) -> None:
    """A scenario that declares something."""
    await trio.lowlevel.checkpoint()


def refused(error: type[HarnessError], call: Callable[[], object]) -> str:
    """The call is refused with exactly this error; returns its one line."""
    with pytest.raises(HarnessError) as refusal:
        call()
    assert type(refusal.value) is error
    text = str(refusal.value)
    assert "\n" not in text
    assert " at 0x" not in text
    return text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("schedules", value) for value in (0, -1, 1.5, True, "10", nan)],
        *[("time_budget_s", value) for value in (0, -1, nan, "1", True)],
        *[("seed", value) for value in (-1, 1.5, "0", None, True)],
        *[("steps_max", value) for value in (0, -1, 1.5, "1", True, nan)],
        *[("horizon_s", value) for value in (-1, nan, "1", True)],
        *[("step_timeout_s", value) for value in (0, -1, nan, "1", True)],
        *[("progress", value) for value in (3, "print")],
    ],
)
def test_a_limit_that_is_none_is_refused(name: str, value: Any) -> None:
    """With what was given, and what it must be."""
    said = refused(BadBudget, lambda: harness.explore(declared, **{name: value}))
    assert f"is {value!r}; it must be a" in said


@pytest.mark.parametrize("value", ["dpro", "", None, 3, ["dfs"]])
def test_an_unknown_strategy_is_refused(value: Any) -> None:
    """With the names there are."""
    said = refused(UnknownStrategy, lambda: harness.explore(declared, strategy=value))
    assert "random" in said
    assert "dfs" in said


@pytest.mark.parametrize("value", ["fair", 3, []])
def test_an_unknown_fairness_is_refused(value: Any) -> None:
    """By `explore`, and by the declaration."""
    for call in (
        lambda: harness.explore(declared, fairness=value),
        lambda: harness.scenario(fairness=value)(declared.body),
    ):
        assert 'use "trio" or "none"' in refused(BadScenario, call)


@pytest.mark.parametrize("value", ["async", 3, [], harness.bounded])
def test_an_unknown_time_model_is_refused(value: Any) -> None:
    """By `explore`, and by the declaration."""
    for call in (
        lambda: harness.explore(declared, time_model=value),
        lambda: harness.scenario(time_model=value)(declared.body),
    ):
        assert "harness.bounded(stall_s=...)" in refused(BadScenario, call)


@pytest.mark.parametrize("value", [-1, nan, "1", True, None])
def test_a_stall_that_is_none_is_refused(value: Any) -> None:
    """Where it is written, not where it is used."""
    refused(BadBudget, lambda: harness.bounded(stall_s=value))


@pytest.mark.parametrize("value", [["lcok"], "lcok", "lock+lcok"])
def test_an_unknown_fix_is_refused(value: Any) -> None:
    """With the names that the scenario declares."""
    said = refused(UnknownFix, lambda: harness.explore(declared, fixes=value))
    assert "no fix 'lcok'" in said
    assert "fence, lock" in said


@pytest.mark.parametrize("value", [3, [3], None])
def test_fixes_that_are_no_names_are_refused(value: Any) -> None:
    """A typing slip is no traceback."""
    refused(BadScenario, lambda: harness.explore(declared, fixes=value))


def test_an_unknown_parameter_is_refused() -> None:
    """With the names that the scenario declares."""
    said = refused(UnknownParameter, lambda: harness.explore(declared, params={"market": 2}))
    assert "markets" in said


@pytest.mark.parametrize(
    "value", [[1], 3, "markets", {3: 1}, {"markets": object()}, {"markets": {1, 2}}, {"n": nan}]
)
def test_parameters_that_fit_in_no_trace_are_refused(value: Any) -> None:
    """By `explore`, and by the declaration."""
    for call in (
        lambda: harness.explore(declared, params=value),
        lambda: harness.scenario(params=value)(declared.body),
    ):
        refused(BadScenario, call)


async def takes_two(world: harness.World, other: object) -> None:
    """More than anybody will give it."""


async def takes_a_keyword(*, world: harness.World) -> None:
    """Not by its place."""


async def takes_nothing() -> None:
    """A small model."""


class Method:
    """A body that is a method."""

    async def body(self, world: Any) -> None:
        """Takes a world."""
        assert world is None or world.now == 0


@pytest.mark.parametrize(
    "target", [3, "scenario", len, lambda world: None, takes_two, takes_a_keyword, Method()]
)
def test_what_is_no_scenario_is_refused(target: Any) -> None:
    """By `explore`, and by the declaration."""
    refused(BadScenario, lambda: harness.explore(target))
    refused(BadScenario, lambda: harness.scenario(target))


def test_what_takes_no_world_is_no_declared_scenario() -> None:
    """A plain function may do without; one that declares fixes has to ask for them."""
    assert harness.explore(takes_nothing, strategy="dfs").verdict == "exhausted"
    refused(BadScenario, lambda: harness.scenario(takes_nothing))


@pytest.mark.parametrize(
    "target",
    [Method().body, partial(takes_two, other=1), partial(Method().body, None), takes_nothing],
)
def test_methods_and_partials_are_scenarios(target: Any) -> None:
    """Called with a World if there is room for one."""
    assert harness.explore(target, strategy="dfs").verdict == "exhausted"


@pytest.mark.parametrize(
    "wrong",
    [
        {"fixes": "lock"},
        {"fixes": 3},
        {"fixes": [3]},
        {"fixes": [""]},
        {"fixes": ["a+b"]},
        {"fixes": [" a"]},
        {"fixes": ["a", "a"]},
        {"fix_sets": [3]},
        {"expect": {"": "unsafe"}},
        {"expect": ["violated"]},
        {"expect": {3: "safe"}},
    ],
)
def test_a_declaration_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    """When the file is imported, so that `harness list` finds it."""
    refused(BadScenario, lambda: harness.scenario(**wrong)(declared.body))


@pytest.mark.parametrize("wrong", [{"fix_sets": ["a+c"]}, {"expect": {"c": "safe"}}])
def test_a_declaration_that_names_an_unknown_fix_is_refused(wrong: dict[str, Any]) -> None:
    """Or its row of the scorecard would be a row of nothing."""
    refused(UnknownFix, lambda: harness.scenario(fixes=["a", "b"], **wrong)(declared.body))


@pytest.mark.parametrize("value", [-1, nan, "1", True])
def test_a_horizon_that_is_none_is_refused(value: Any) -> None:
    """In the declaration, too."""
    refused(BadBudget, lambda: harness.scenario(horizon=value)(declared.body))


def test_the_bounds_of_what_is_allowed_are() -> None:
    """Nought seconds of horizon, an infinite budget, the smallest limits."""
    result = harness.explore(
        declared, strategy="dfs", horizon_s=0, time_budget_s=inf, steps_max=3, schedules=1
    )
    assert result.verdict == "exhausted"
