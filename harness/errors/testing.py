"""Explored tests: arguments that schedules cannot share, and what belongs outside of them."""

from __future__ import annotations

from harness.errors.base import HarnessError
from harness.visible import one_line


class MutableFixture(HarnessError):
    """A fixture's value is made once, can be changed, and would be seen by all schedules."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(
            f"the fixture {name!r} gives a {kind}, which is made once: what one schedule changes in it, "
            "the next would see. Make the fixture `async def`, and each schedule gets its own; or let "
            "it return a function that makes one; or, if nothing changes it, say "
            f'`@explored(shared=("{name}",))`'
        )


class NotForSchedules(HarnessError):
    """An argument of an explored test that has no meaning where one body runs many times."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"an explored test cannot take {name!r}: {reason}")


class CannotCopy(HarnessError):
    """An argument that can be changed cannot be copied for each schedule."""

    def __init__(self, name: str, kind: str, reason: object) -> None:
        super().__init__(
            f"the argument {name!r} is a {kind}, which can be changed and not copied for each schedule "
            f"({one_line(reason, length_max=80)}): let the test take what it is made of, and make it "
            f'within; or, if nothing changes it, say `@explored(shared=("{name}",))`'
        )


class NotAnAsyncTest(HarnessError):
    """`@explored` stands over what is no `async def` function."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"@explored is for `async def` tests, and {one_line(what)} is none; within a plain test, use "
            "`assert_safe(...)`"
        )


class ReplayOfAnother(HarnessError):
    """The trace to be replayed is of no test that was collected."""

    def __init__(self, path: object, scenario: str) -> None:
        super().__init__(
            f"{one_line(path)} is a run of {one_line(scenario)}, which is not among the tests that were "
            "collected"
        )
