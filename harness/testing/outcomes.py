"""`pytest.skip`, `pytest.xfail` and `pytest.exit` within a schedule end the whole test, not the schedule."""

from __future__ import annotations

import sys

from harness.errors import HarnessError


class EndsTest(HarnessError):
    """Carries such an outcome out of a run, as an error that is nobody's failure."""

    def __init__(self, outcome: BaseException) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def ending(error: BaseException) -> EndsTest | None:
    """The outcome in what a test raised, if it raised nothing else; tasks make groups of it."""
    pytest = sys.modules.get("pytest")
    if pytest is None:
        return None
    leaves = _leaves(error)
    kinds = (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception)
    if all(isinstance(leaf, kinds) for leaf in leaves):
        return EndsTest(leaves[0])
    return None


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]
