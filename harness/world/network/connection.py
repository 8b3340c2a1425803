"""Connections: messages arrive in order and once, or the connection breaks.

What their users see is what Trio's streams show over TCP: a peer that has closed, or died with nothing
left to read, is the end of the channel; a reset, or a peer that died with something left to read, is a
`trio.BrokenResourceError` caused by `ConnectionResetError`; and so is sending to somebody who is gone,
from the second message on, caused by `BrokenPipeError`.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any, Self

import trio

from harness.kernel import WorldPoint, pass_point
from harness.world.network.line import Line
from harness.world.network.link import offer_cuts

if TYPE_CHECKING:
    from harness.kernel import Engine, KernelProcess
    from harness.world.faults import Faults, Offer


def _reset() -> Exception:
    return _broken(ConnectionResetError, errno.ECONNRESET)


def _gone() -> Exception:
    return _broken(BrokenPipeError, errno.EPIPE)


def _broken(cause: type[OSError], number: int) -> Exception:
    error = trio.BrokenResourceError(f"socket connection broken: {os.strerror(number)}")
    error.__cause__ = cause(number, os.strerror(number))
    return error


class Stream:
    """One end of a connection. Made by `World.connect`, and by `Listener.accept`.

    It belongs to the process that made it, and closes with that.
    """

    def __init__(self, run: Engine, connection: Connection, out: Line, back: Line) -> None:
        self._run = run
        self._connection = connection
        self._out = out
        self._back = back
        self._is_open = True
        self._sent_to_nobody = 0

    async def send(self, message: Any) -> None:
        """Send a message, in one step.

        Raises:
          trio.BrokenResourceError: the connection was reset, or the other side has gone.
          trio.ClosedResourceError: this side was closed.
        """
        self._check()
        if self._back.ended and self._back.broken is None:
            await self._send_to_nobody()
        else:
            await self._out.send(message)

    async def _send_to_nobody(self) -> None:
        """The other side has closed: the first message makes it say so, later ones are told."""
        await pass_point(WorldPoint(f"send {self._out.label}"))
        self._sent_to_nobody += 1
        if self._sent_to_nobody > 1:
            raise _gone()

    async def receive(self) -> Any:
        """The next message, when it arrives.

        Raises:
          trio.EndOfChannel: the other side has closed, and everything was received.
          trio.BrokenResourceError: the connection was reset.
          trio.ClosedResourceError: this side was closed.
        """
        self._check()
        return await self._back.receive()

    async def aclose(self) -> None:
        """Close this side, in one step; the other is told when it has received what was sent."""
        await pass_point(WorldPoint(f"close {self._out.label}"))
        self.close()

    def close(self) -> None:
        """Close this side, whoever asks; what it has not read makes that a reset."""
        if self._is_open and not self._run.closing:
            self._is_open = False
            self._connection.close(self._out, unread=self._back.unread)

    def _check(self) -> None:
        if not self._is_open:
            raise trio.ClosedResourceError("this side of the connection was closed")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class Connection:
    """Two lines, and what breaks both."""

    def __init__(self, run: Engine, faults: Faults, name: str, *, latency_s: float) -> None:
        self._run = run
        self._closed = 0
        lines = [
            Line(run, faults, f"{name} {to}", latency_s=latency_s, capacity=None, lossy=False)
            for to in ("->", "<-")
        ]
        self._lines = lines
        self.client = Stream(run, self, lines[0], lines[1])
        self.server = Stream(run, self, lines[1], lines[0])
        reset = faults.offer("reset", name, self.break_off)
        self._offers: list[Offer] = [] if reset is None else [reset]
        self._offers += offer_cuts(faults, name, {line.label: line for line in lines})

    def belongs_to(self, process: KernelProcess | None, stream: Stream) -> None:
        """One side closes when this process ends."""
        if process is None:
            return
        if process.ended:
            stream.close()
        else:
            process.death_callbacks.append(lambda _: stream.close())

    def close(self, line: Line, *, unread: bool) -> None:
        """One side sends no more; a reset, if it leaves something unread."""
        if unread:
            self.break_off()
        else:
            line.end()
        self._closed += 1
        if self._closed > 1:
            self._withdraw()

    def break_off(self) -> None:
        """A reset: both sides are told, and what is under way is lost."""
        for line in self._lines:
            if line.broken is None:
                line.break_with(_reset)
        self._withdraw()

    def _withdraw(self) -> None:
        for offer in self._offers:
            offer.withdraw()
