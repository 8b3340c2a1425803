"""What a task yields when it waits for the world, and what a fault looks like to the loop."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class WorldPoint:
    """A schedule point before an operation of the world, described by `label`.

    It is offered regardless of Trio's batches, because a query or a message completes when it does.
    A `withheld` one is not offered until `Engine.offer`; `on_abort` runs if it is cancelled before.
    """

    __slots__ = ("label", "on_abort", "withheld")

    def __init__(
        self, label: str, *, withheld: bool = False, on_abort: Callable[[], None] | None = None
    ) -> None:
        self.label = label
        self.withheld = withheld
        self.on_abort = on_abort


@types.coroutine
def pass_point(point: WorldPoint) -> Generator[WorldPoint, Any, None]:
    """Wait at a point; what follows, up to the next await, is one step."""
    outcome = yield point
    outcome.unwrap()


class Action:
    """A pending fault, beside the runnable tasks."""

    __slots__ = ("fire", "index", "label")

    def __init__(self, index: int, label: str, fire: Callable[[], None]) -> None:
        self.index = index
        self.label = label
        self.fire = fire
