"""An explored test within pytest: what it is told before, and what is told of it after."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from os.path import relpath
from pathlib import Path
from typing import Any

import pytest

from harness.cli.quiet import quiet
from harness.kernel import frozen_heap
from harness.pytest_plugin.fixtures import ARRANGED, itself_of
from harness.pytest_plugin.naming import folder_of_traces, test_name
from harness.pytest_plugin.replaying import recorded
from harness.pytest_plugin.settings import said, without_places
from harness.pytest_plugin.tally import Tally
from harness.testing.around import AROUND, Around
from harness.testing.arranged import PerSchedule
from harness.testing.asked import Asked
from harness.testing.failure import NotSafe


@contextmanager
def exploring(item: pytest.Function, asked: Asked) -> Iterator[None]:
    """While the test is called: it knows where it is, and Hypothesis has patience with it."""
    tally = Tally()
    with ExitStack() as undo:
        undo.callback(tally.report, item)
        undo.callback(item.stash.setdefault(ARRANGED, []).clear)  # it may be run once more
        undo.enter_context(quiet())
        undo.enter_context(_patient(item, asked))
        token = AROUND.set(_around(item, tally))
        undo.callback(AROUND.reset, token)
        try:
            yield
            tally.check()
        except BaseException as error:
            for leaf in _leaves(error):
                if isinstance(leaf, NotSafe):
                    leaf.explained()
            raise


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


def _around(item: pytest.Function, tally: Tally) -> Around:
    asks = said(item.config)
    arranged: list[PerSchedule] = item.stash[ARRANGED]
    return Around(
        test=test_name(item),
        file=item.path,
        over=without_places(asks.over),
        under=without_places(asks.under),
        passed=frozenset(item.funcargs),
        fixtures=frozenset(item.funcargs).difference(_parameters(item)),
        itself=itself_of(item),
        arranged=tuple(arranged),
        keep=lambda: folder_of_traces(item.config),
        again=lambda file, whole: _again(item, file, whole=whole),
        replay=recorded(item.config),
        note=tally.add,
    )


def _parameters(item: pytest.Function) -> list[str]:
    """Names of arguments that are values of `parametrize`, and no fixture's."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return [name for name, value in item.funcargs.items() if params.get(name, item) is value]


def _again(item: pytest.Function, file: Path, *, whole: bool) -> Sequence[str]:
    """How to see the failure again: the lines that say it."""
    folder = item.config.invocation_params.dir
    test = ["pytest", f"{relpath(item.path, folder)}::{test_name(item)}"]
    if not whole:
        return [
            f"again      {shlex.join(test)}",
            f"           (Hypothesis keeps the example; the schedule alone is in {relpath(file, folder)})",
        ]
    return [f"replay it  {shlex.join([*test, '--harness-replay', relpath(file, folder)])}"]


@contextmanager
def _patient(item: pytest.Function, asked: Asked) -> Iterator[None]:
    """Hypothesis, if the test is under `@given`, takes a search for one call of the test.

    It need not be quick, and which lines it runs explains nothing. And fixtures are not what it warns
    of, the same value for all examples: each schedule makes them anew, or they cannot be changed.
    """
    if not getattr(item.obj, "is_hypothesis_test", False):
        yield
        return
    from hypothesis import HealthCheck, Phase, settings

    function: Any = getattr(item.obj, "__func__", item.obj)
    before = function._hypothesis_internal_use_settings  # noqa: SLF001  # as its own plugin does
    left_alone = set(before.suppress_health_check)
    if not set(asked.shared) & set(item.funcargs):
        left_alone.add(HealthCheck.function_scoped_fixture)
    phases = tuple(phase for phase in before.phases if phase is not Phase.explain)
    patient = settings(
        before, deadline=None, phases=phases, suppress_health_check=tuple(left_alone)
    )
    function._hypothesis_internal_use_settings = patient  # noqa: SLF001
    try:
        with frozen_heap():  # each example is a search, and has a full collection: of what is new
            yield
    finally:
        function._hypothesis_internal_use_settings = before  # noqa: SLF001
