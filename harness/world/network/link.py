"""A link between two ends, each of which sends messages to the other. Messages can be lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from harness.world.network.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.kernel import Engine
    from harness.world.faults import Faults


class End:
    """One end of a link, for one process. Made by `World.link`.

    Messages are copied when they are sent. Those that an end has not received stay where they are
    when its process is restarted, as if they were still under way.

    Attributes:
      name: of the link, and which end.
    """

    def __init__(self, name: str, out: Line, back: Line) -> None:
        self.name = name
        self._out = out
        self._back = back

    async def send(self, message: Any) -> None:
        """Send a message, in one step; wait for room where the link has a capacity."""
        await self._out.send(message)

    async def receive(self) -> Any:
        """The next message, when it arrives.

        Raises:
          trio.BusyResourceError: another task is receiving from this end.
        """
        return await self._back.receive()


class Link:
    """Two ends and what is under way between them. `left, right = world.link("orders")`.

    Attributes:
      left, right: the ends; which is which is up to you.
    """

    def __init__(
        self, run: Engine, faults: Faults, name: str, *, latency_s: float, capacity: int | None
    ) -> None:
        lines = [
            Line(run, faults, f"{name} {to}", latency_s=latency_s, capacity=capacity, lossy=True)
            for to in ("->", "<-")
        ]
        self.left = End(f"{name}, left", lines[0], lines[1])
        self.right = End(f"{name}, right", lines[1], lines[0])
        offer_cuts(faults, name, {line.label: line for line in lines})

    def __iter__(self) -> Iterator[End]:
        return iter((self.left, self.right))


def offer_cuts(faults: Faults, name: str, lines: Mapping[str, Line]) -> list[Any]:
    """From now on the lines can be cut: all of them, or one way. Each cut is mended at some time."""

    def cut(what: str, which: list[Line]) -> None:
        for line in which:
            line.cut()
        faults.lasts(f"{what} is mended", partial(mend, which))

    def mend(which: list[Line]) -> None:
        for line in which:
            line.mend()

    every = list(lines.values())
    offers = [faults.offer("cut", name, partial(cut, name, every))]
    offers += [
        faults.offer("cut_one_way", label, partial(cut, label, [line]))
        for label, line in lines.items()
    ]
    return [offer for offer in offers if offer is not None]
