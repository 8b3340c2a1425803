"""Fixtures that are made within a schedule, for each schedule anew.

They are set up by the main task of the run, one after the other, and torn down the other way round. What
happens meanwhile takes defaults and is no part of what is explored, as with `world.settle()`: a test of a
restart is not about the races of the first start.

A fixture may yield from within a nursery. If that nursery is cancelled, as when one of its tasks fails,
the test is cancelled with it, being in the same task; and this cancellation is all that a fixture gets
to see of how the test ended, or else its nursery could not end. Like pytest's own, what follows a `yield`
is run whatever the test raised.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any

import attrs
import trio

from harness.kernel import current_run


@attrs.frozen(eq=False)
class PerSchedule:
    """Stands for a value that each schedule makes for itself.

    Attributes:
      name: of the fixture.
      make: the fixture function, of any of the four kinds (plain, generator, async, async generator).
      arguments: for it, with others like this among them.
      is_fixture: whether it may take steps; the world, and a copy of a value, are just there.
    """

    name: str
    make: Callable[..., Any]
    arguments: Mapping[str, object] = attrs.field(factory=dict)
    is_fixture: bool = True

    def __repr__(self) -> str:
        return f"<{self.name} of each schedule>"

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:  # Hypothesis prints with it
        printer.text(repr(self))


def _no_world() -> object:
    raise AssertionError("the world is given to each run")


#: Stands for the `harness.World` of the run.
WORLD = PerSchedule("world", _no_world, is_fixture=False)


async def _nursery() -> AsyncGenerator[trio.Nursery]:
    async with trio.open_nursery() as nursery:
        yield nursery
        nursery.cancel_scope.cancel()


#: pytest-trio's fixture of that name: closed, and what is left in it cancelled, after the test.
NURSERY = PerSchedule("nursery", _nursery)


@attrs.define
class Arranged:
    """The fixtures of one run."""

    world: object
    _values: dict[PerSchedule, object] = attrs.field(factory=dict)
    _open: list[tuple[str, Generator[object] | AsyncGenerator[object]]] = attrs.field(factory=list)

    async def value(self, wanted: object) -> object:
        """What an argument is in this run; a fixture is set up when it is first asked for."""
        if wanted is WORLD:
            return self.world
        if not isinstance(wanted, PerSchedule):
            return wanted
        if wanted not in self._values:
            given = {name: await self.value(one) for name, one in wanted.arguments.items()}
            self._values[wanted] = await self._begun(wanted, wanted.make(**given))
        return self._values[wanted]

    @property
    def has_begun(self) -> bool:
        """Whether any fixture was set up that may have taken steps, or started tasks."""
        return any(wanted.is_fixture for wanted in self._values)

    async def _begun(self, wanted: PerSchedule, made: object) -> object:
        if wanted.is_fixture:  # again before each: one may have let things settle
            current_run().leave_explored()
        if inspect.isawaitable(made):
            return await made
        if isinstance(made, AsyncGenerator):
            value = await anext(made)
        elif isinstance(made, Generator):
            value = next(made)
        else:
            return made
        self._open.append((wanted.name, made))
        return value

    async def torn_down(self, error: BaseException | None) -> None:
        """End every fixture; `error` is what the test, or setting up, raised.

        Raises:
          BaseException: what was raised, by whoever it was; in a group if there is more than one.
        """
        if self._open:
            current_run().leave_explored()
        cancelled, others = _parted(error)
        while self._open:
            name, fixture = self._open.pop()
            try:
                await _ended(name, fixture, cancelled)
                cancelled = None
            except BaseException as raised:  # noqa: BLE001  # raised below, with the others
                cancelled, other = _parted(raised)
                others += other
        left = others if cancelled is None else [*others, cancelled]
        if len(left) == 1:
            raise left[0]
        if left:
            raise BaseExceptionGroup("errors in a test and its fixtures", left)


async def _ended(
    name: str,
    fixture: Generator[object] | AsyncGenerator[object],
    cancelled: BaseException | None,
) -> None:
    """Run a fixture from its `yield` to its end."""
    try:
        if isinstance(fixture, Generator):
            next(fixture)
            # No cancellation concerns it, which goes on to the next.
        elif cancelled is None:
            await anext(fixture)
        else:
            await fixture.athrow(cancelled)
    except (StopIteration, StopAsyncIteration):
        if isinstance(fixture, Generator) and cancelled is not None:
            raise cancelled from None
        return
    raise RuntimeError(f"the fixture {name!r} yields more than once")


def _parted(error: BaseException | None) -> tuple[BaseException | None, list[BaseException]]:
    """The cancellation in what was raised, and the rest."""
    if isinstance(error, trio.Cancelled):
        return error, []
    if isinstance(error, BaseExceptionGroup):
        cancelled, rest = error.split(trio.Cancelled)
        return cancelled, [] if rest is None else [rest]
    return None, [] if error is None else [error]
