"""Fixtures of an explored test: which are set up once, by pytest, and which in each schedule.

A fixture belongs to the schedules if it is async (or pytest-trio's), or if it takes one that does: as
with pytest-trio, a plain fixture that takes an async one is run with it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import HarnessError, NotForSchedules
from harness.testing.arguments import copied, supplies
from harness.testing.arranged import NURSERY, WORLD, PerSchedule
from harness.testing.asked import Asked

#: Stand-ins of an item, in the order in which pytest would have set them up.
ARRANGED = pytest.StashKey[list[PerSchedule]]()
ITSELF = pytest.StashKey[PerSchedule]()


def stand_in(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest, asked: Asked
) -> PerSchedule | None:
    """What stands for a fixture that each schedule makes; None for one that pytest is to set up.

    Raises:
      MutableFixture: such a fixture takes one that is made once and can be changed.
      NotForSchedules: it is async, and to be made once for more than a test.
    """
    if request.scope != "function":
        _refuse_wide(fixturedef, request.scope)
        return None
    given = {name: request.getfixturevalue(name) for name in fixturedef.argnames}
    key = fixturedef.cache_key(request)  # type: ignore[arg-type]  # a SubRequest is what it is
    try:
        made = _stand_in(fixturedef, request, asked, given)
    except HarnessError as error:  # as pytest's own: so it knows what to end
        fixturedef.cached_result = (None, key, (error, error.__traceback__))
        raise
    if made is not None:
        fixturedef.cached_result = (made, key, None)
        request.node.stash.setdefault(ARRANGED, []).append(made)
    return made


def _stand_in(
    fixturedef: pytest.FixtureDef[object],
    request: pytest.FixtureRequest,
    asked: Asked,
    given: dict[str, object],
) -> PerSchedule | None:
    function: Any = fixturedef.func
    home = (getattr(function, "__module__", ""), fixturedef.argname)
    if home == ("harness.pytest_plugin", "world"):
        return WORLD
    if home == ("pytest_trio.plugin", "nursery"):
        return NURSERY
    if not (_is_async(function) or any(isinstance(one, PerSchedule) for one in given.values())):
        return None
    made = supplies(given, fixtures=given, shared=asked.shared)
    itself = itself_of(request.node)
    if itself is not None and _is_of(function, request.instance):
        return PerSchedule(fixturedef.argname, function.__func__, {"self": itself, **made})
    return PerSchedule(fixturedef.argname, function, made)


def _refuse_wide(fixturedef: pytest.FixtureDef[object], scope: str) -> None:
    """What is made once for many tests is no schedule's.

    Raises:
      NotForSchedules: it is async.
    """
    if _is_async(fixturedef.func):
        reason = f"it is async and made once for a {scope}, but each schedule makes its own"
        raise NotForSchedules(fixturedef.argname, f"{reason}: give it the scope of a function")


def _is_async(function: Callable[..., object]) -> bool:
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or getattr(function, "_force_trio_fixture", False)
    )


def _is_of(function: Any, instance: object) -> bool:
    """Whether a fixture is a method of what the test is a method of."""
    owner = getattr(function, "__self__", None)
    return owner is not None and isinstance(instance, type(owner))


def itself_of(item: pytest.Function) -> PerSchedule | None:
    """What `self` is in each schedule, for the test and its fixtures; None for a test in no class."""
    if item.instance is None:
        return None
    if ITSELF not in item.stash:
        item.stash[ITSELF] = copied("self", item.instance)
    return item.stash[ITSELF]
