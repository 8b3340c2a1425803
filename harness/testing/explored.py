"""`@explored`: an async test that is run under many interleavings.

What it makes is a plain function. So pytest runs it as it runs any other, plugins for async tests leave it
alone, and `@given` may stand above or below it. Hypothesis sees a pure test: what is searched depends on
the drawn values alone, and nothing of Hypothesis happens within a schedule.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadBudget, NotAnAsyncTest
from harness.explore import explore
from harness.explore.assertion import check_requirement
from harness.kernel import clean
from harness.testing.around import AROUND, Around
from harness.testing.asked import Asked
from harness.testing.search import Search

if TYPE_CHECKING:
    from harness.explore import Scenario
    from harness.testing.body import AsyncTest

_UNFIT = ("target", "fixes", "params", "stop_at_first", "audit", "resume", "progress")
_KNOWN = (*(n for n in inspect.signature(explore).parameters if n not in _UNFIT), "require")


def explored(
    test: AsyncTest | None = None, /, *, shared: Sequence[str] = (), **options: Any
) -> Any:
    """Make an `async def` test one that is run under many interleavings, and fails if one of them does.

        @explored(strategy="dfs", require="exhausted")
        async def test_nothing_is_lost(world: harness.World) -> None: ...

    An argument `world` is the `harness.World` of each schedule. Fixtures that are async, or take an
    async one or the world, are made for each schedule.

    Args:
      shared: names of arguments that can be changed, and that all schedules may nevertheless share.
      options: those of `harness.explore`, and `require` as in `assert_safe`. Without a limit there are
        1,000 schedules, or 100 for each example of `@given`; "dfs" and "dpor" go on to their end.

    Raises:
      NotAnAsyncTest: it is no `async def` function.
      BadBudget: an option is none.
    """
    asked = Asked(options=_checked(options), shared=_names(shared))
    return functools.partial(_made, asked) if test is None else _made(asked, test)


def _made(asked: Asked, test: AsyncTest) -> Callable[..., None]:
    given = getattr(test, "hypothesis", None)
    if given is not None:  # what @given runs for each example
        given.inner_test = _plain(asked, given.inner_test)
        test.harness_explored = asked  # type: ignore[attr-defined]  # for the plugin
        return test  # type: ignore[return-value]  # it is a plain function
    return _plain(asked, test)


def _plain(asked: Asked, test: AsyncTest) -> Callable[..., None]:
    if not inspect.iscoroutinefunction(test):
        raise NotAnAsyncTest(clean(test))

    def as_scenario() -> Scenario:
        return Search(asked, test, Around(), is_example=False).scenario((), {}, {})

    @functools.wraps(test)
    def explore_test(*positional: Any, **named: Any) -> None:
        __tracebackhide__ = True
        Search(asked, test, AROUND.get(), is_example=_is_example()).run(positional, named)

    explore_test.harness_explored = asked  # type: ignore[attr-defined]  # for the plugin
    if set(inspect.signature(test).parameters) <= {"world"}:  # it needs nothing of pytest's
        explore_test.as_scenario = as_scenario  # type: ignore[attr-defined]  # for `harness replay`
    # So that pytest-trio, where the test is marked for it too, takes it as it is.
    explore_test._trio_test_runner_wrapped = True  # type: ignore[attr-defined]  # noqa: SLF001
    return explore_test


def _is_example() -> bool:
    """Whether Hypothesis is running us just now."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and hypothesis.currently_in_test_context()


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """Options that `explore` knows.

    Raises:
      BadBudget: one is none.
    """
    for name in options:
        if name not in _KNOWN:
            raise BadBudget("option of @explored", name, f"one of {', '.join(_KNOWN)}")
    check_requirement(options.get("require"))
    return options


def _names(shared: object) -> tuple[str, ...]:
    """Names in a sequence.

    Raises:
      BadBudget: it is a text, or holds what is none.
    """
    if isinstance(shared, Sequence) and not isinstance(shared, str):
        names = tuple(shared)
        if all(isinstance(name, str) for name in names):
            return names
    raise BadBudget("shared= of @explored", clean(shared), 'names of arguments: ("cart",)')
