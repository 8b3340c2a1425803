"""`--harness-replay FILE`: one recorded run, made again by the test that it is a run of."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError, ReplayOfAnother
from harness.explore import Scenario
from harness.explore.evidence import scenario_name
from harness.pytest_plugin.naming import test_name
from harness.traces import Trace, load_trace

_TRACE = pytest.StashKey[Trace | None]()


def recorded(config: pytest.Config) -> Trace | None:
    """The trace to be replayed, if one is.

    Raises:
      pytest.UsageError: it cannot be read.
    """
    if _TRACE not in config.stash:
        written = config.getoption("harness_replay")
        try:
            trace = load_trace(config.invocation_params.dir / written) if written else None
        except HarnessError as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[_TRACE] = trace
    return config.stash[_TRACE]


def select_recorded(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the item that the trace is a run of, and no other.

    Raises:
      pytest.UsageError: it is not among them.
    """
    trace = recorded(config)
    assert trace is not None
    kept = [item for item in items if _is_of(trace, item)]
    if not kept:
        file = config.getoption("harness_replay")
        raise pytest.UsageError(str(ReplayOfAnother(file, trace.scenario)))
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _is_of(trace: Trace, item: pytest.Item) -> bool:
    scenario: Scenario | None = getattr(item, "harness_scenario", None)
    if scenario is not None:
        fixes: Any = getattr(item, "fixes", ())
        return scenario_name(scenario) == trace.scenario and fixes == trace.fixes
    if not hasattr(getattr(item, "obj", None), "harness_explored"):
        return False
    # Where a fixture went elsewhere, the trace does not know the folder of the project.
    name = test_name(item)
    return trace.scenario in (reference(item.path, name), f"{item.path.name}::{name}")


def reference(file: Path, name: str) -> str:
    """What the trace of a test calls it."""
    return scenario_name(Scenario(name=name, body=_nothing, path=str(file)))


async def _nothing() -> None:
    """No scenario's body."""


def call_as_recorded(item: pytest.Function) -> object | None:
    """Call what is under `@given` with what was drawn then; None: there is no `@given`."""
    trace = recorded(item.config)
    given = getattr(item.obj, "hypothesis", None)
    if given is None or trace is None:
        return None
    names = inspect.signature(item.function).parameters
    passed = {name: value for name, value in item.funcargs.items() if name in names}
    own = () if item.instance is None else (item.instance,)
    given.inner_test(*own, **passed, **trace.params)
    return True
