"""One schedule of an explored test: fixtures, the test, the end of the fixtures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from harness.kernel import current_run
from harness.testing.arranged import WORLD, Arranged, PerSchedule
from harness.testing.outcomes import ending

#: An async test function; the world and fixtures are arguments as pytest has them.
AsyncTest = Callable[..., Awaitable[object]]


@attrs.frozen(kw_only=True)
class TestBody:
    """What a scenario made of a test runs.

    Attributes:
      test: the async function.
      positional: its positional arguments; there is `self`, of a test in a class.
      named: the others; each is a value, or says what makes it in a schedule.
      arranged: fixtures to be set up before, in this order, whether or not the test takes them.
    """

    __test__ = False  # pytest takes a class of this name for one of tests

    test: AsyncTest
    positional: Sequence[object] = ()
    named: Mapping[str, object] = attrs.field(factory=dict)
    arranged: Sequence[object] = ()

    @property
    def takes_world(self) -> bool:
        """Whether the test, or any of its fixtures, asks for the world."""
        return any(map(_leads_to_world, [*self.named.values(), *self.arranged]))

    async def __call__(self, world: object = None) -> None:
        """Run it once."""
        try:
            await self._run(Arranged(world))
        except BaseException as error:
            outcome = ending(error)
            if outcome is not None:
                raise outcome from None
            raise

    async def _run(self, arranged: Arranged) -> None:
        error: BaseException | None = None
        try:
            positional, named = await self._set_up(arranged)
            await self.test(*positional, **named)
        except BaseException as raised:  # noqa: BLE001  # the fixtures come first
            error = raised
        await arranged.torn_down(error)

    async def _set_up(self, arranged: Arranged) -> tuple[list[object], dict[str, Any]]:
        for fixture in self.arranged:
            await arranged.value(fixture)
        positional = [await arranged.value(value) for value in self.positional]
        named = {name: await arranged.value(value) for name, value in self.named.items()}
        if arranged.has_begun:
            await current_run().settle()
        return positional, named


def _leads_to_world(value: object) -> bool:
    return value is WORLD or (
        isinstance(value, PerSchedule) and any(map(_leads_to_world, value.arguments.values()))
    )
