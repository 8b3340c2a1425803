"""What a task yields when it waits for the world, and what a fault looks like to the loop."""

from __future__ import annotations

import types
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Access(IntEnum):
    """How an operation of the world uses the one thing that it declares.

    READ and WRITE are all that the operation does to it: what it does is known before it is done.
    UPDATE may turn out to be either, and may change its mind with the value it finds. ACQUIRE takes
    something that is on offer only while nobody has it.
    """

    READ = 0
    WRITE = 1
    UPDATE = 2
    ACQUIRE = 3


class WorldPoint:
    """A schedule point before an operation of the world, described by `label`.

    It is offered regardless of Trio's batches, because a query or a message completes when it does.
    A `withheld` one is not offered until `Engine.offer`; `on_abort` runs if it is cancelled before.
    `thing` is the label of the shared object that it is about, where that is known beforehand, and
    `access` what it does to it: what a search can know of a step before it is taken. One that `waits`
    is for something to happen to the thing: it may be taken after that, be it before or since.
    """

    __slots__ = ("access", "label", "on_abort", "thing", "waits", "withheld")

    def __init__(
        self,
        label: str,
        *,
        withheld: bool = False,
        on_abort: Callable[[], None] | None = None,
        thing: str | None = None,
        access: Access = Access.UPDATE,
        waits: bool = False,
    ) -> None:
        self.label = label
        self.withheld = withheld
        self.waits = waits
        self.thing = thing
        self.access = access
        self.on_abort = on_abort


@types.coroutine
def pass_point(point: WorldPoint) -> Generator[WorldPoint, Any, None]:
    """Wait at a point; what follows, up to the next await, is one step."""
    outcome = yield point
    outcome.unwrap()


class Action:
    """A pending fault, beside the runnable tasks."""

    __slots__ = ("fire", "index", "label", "limit")

    def __init__(
        self,
        index: int,
        label: str,
        fire: Callable[[], None],
        limit: tuple[str, int] | None = None,
    ) -> None:
        self.index = index
        self.label = label
        self.fire = fire
        self.limit = limit
