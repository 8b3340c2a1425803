"""One round of drawing: a test of Hypothesis's, which fails as an input does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity

from harness.errors import HarnessError, InternalError
from harness.fuzz.constants import no_local_constants

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from harness.fuzz.inputs import Input


class Enough(BaseException):
    """No more inputs are to be drawn now. No `Exception`, so that Hypothesis takes it for no failure."""


class _Fails(AssertionError):
    """What Hypothesis sees of a failure."""

    def __init__(self, given: Input) -> None:
        super().__init__(str(given))
        self.given = given


class _Broken(BaseException):
    """An error that is no failure of the scenario, on its way past Hypothesis."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def draw(
    inputs: SearchStrategy[Input],
    fails: Callable[[Input], bool],
    *,
    count: int,
    seed: int,
    shrink: bool,
) -> Input | None:
    """Draw inputs until one fails, and make that smaller.

    Args:
      inputs: what is drawn from.
      fails: whether an input does, first of those that are drawn, then of smaller ones; it may raise
        `Enough`.
      count: at most so many are drawn.
      seed: of what is drawn.
      shrink: whether a failing one is made smaller.

    Returns:
      The input that failed, as small as Hypothesis has made it; None if none did.

    Raises:
      Enough, HarnessError, InternalError: as `fails` did.
    """

    @hypothesis.seed(seed)
    @hypothesis.settings(
        database=None,
        deadline=None,
        max_examples=count,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(inputs)
    def shows_nothing(given: Input) -> None:
        _check(given, fails)

    try:
        with no_local_constants():
            shows_nothing()
    except _Fails as failure:
        return failure.given
    except _Broken as broken:
        raise broken.error from None
    return None


def _check(given: Input, fails: Callable[[Input], bool]) -> None:
    try:
        failed = fails(given)
    except (HarnessError, InternalError) as error:
        raise _Broken(error) from None
    if failed:
        raise _Fails(given)
