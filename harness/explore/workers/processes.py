"""Worker processes: fresh interpreters, joined to this one by two pipes each, and replaced when they die."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
import msgspec

from harness.errors import WorkersDied
from harness.explore.workers.crew import Died
from harness.explore.workers.items import Message, from_line, to_line

if TYPE_CHECKING:
    from harness.explore.workers.crew import Event
    from harness.explore.workers.items import Item

#: A worker that sees no schedule end in so many wall-clock seconds ends itself.
HANG_S = 60.0

#: So many come up at a time.
COMING_MAX = 16

#: So many that die before they can be given anything are no coincidence.
STILLBORN_MAX = 3

#: Of what a worker says at its death, so many last bytes are kept.
LAST_WORDS = 4_096

_CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from harness.explore.workers.child import main
main(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
"""


class Process:
    """One worker process.

    Attributes:
      item: what it is at; None while it waits.
      ready: whether it has come up.
      reading, errors: where its lines come from, and what it says to people.
    """

    def __init__(self, hang_s: float) -> None:
        theirs_in, self._to = os.pipe()
        self.reading, theirs_out = os.pipe()
        self.errors, theirs_errors = os.pipe()
        try:
            self._child = subprocess.Popen(  # noqa: S603  # this interpreter, as it was started
                [
                    *(sys.executable, *subprocess._args_from_interpreter_flags()),  # type: ignore[attr-defined]  # noqa: SLF001
                    *("-c", _CHILD, json.dumps(sys.path)),
                    *(str(theirs_in), str(theirs_out), str(hang_s)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=theirs_errors,
                pass_fds=(theirs_in, theirs_out),
                start_new_session=True,  # a Ctrl-C is for us: it is told to stop
            )
        finally:
            for end in (theirs_in, theirs_out, theirs_errors):
                os.close(end)
        os.set_blocking(self.errors, False)
        self.item: Item | None = None
        self.ready = False
        self._begun = b""
        self._said = b""

    def write(self, message: Message) -> None:
        """Send a line; one that is dead does not hear it."""
        line = memoryview(to_line(message))
        with suppress(BrokenPipeError):
            while line:
                line = line[os.write(self._to, line) :]

    def read(self) -> list[Message] | None:
        """The lines that are there; None: it is dead."""
        try:
            read = os.read(self.reading, 1 << 20)
        except OSError:
            read = b""
        if not read:
            return None
        *whole, self._begun = (self._begun + read).split(b"\n")
        self.drain()
        try:
            return [from_line(line, Message) for line in whole]
        except (ValueError, msgspec.ValidationError):  # what it says is nothing: as good as dead
            self.kill()
            return None

    def drain(self) -> None:
        """Keep the last of what it says to people; it must not wait for somebody who listens."""
        with suppress(BlockingIOError):
            while said := os.read(self.errors, 1 << 16):
                self._said = (self._said + said)[-LAST_WORDS:]

    def kill(self) -> None:
        """End it, at once."""
        self._child.kill()

    def bury(self) -> str:
        """It is dead: of what, in words."""
        self._child.kill()  # if it has only closed its pipe
        code = self._child.wait()
        self.drain()
        for end in (self.reading, self._to, self.errors):
            os.close(end)
        return _cause(code, self._said.decode(errors="replace"))


def _cause(code: int, said: str) -> str:
    if "Timeout (" in said:
        return "a step neither ended nor could be interrupted"
    if code < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    words = said.strip().splitlines()
    return f"exit status {code}" + (f": {words[-1][:200]}" if words and code else "")


@attrs.define(eq=False)
class Processes:
    """So many workers, at all times.

    Attributes:
      notice: told in words of each that died at work and was replaced.
    """

    count: int
    hang_s: float = HANG_S
    notice: Callable[[str], None] | None = None
    deaths: int = attrs.field(default=0, init=False)
    _all: list[Process] = attrs.field(factory=list, init=False)
    _stillborn: int = attrs.field(default=0, init=False)

    @property
    def is_free(self) -> bool:
        self._fill()
        return any(one.ready and one.item is None for one in self._all)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are at an item."""
        return [one._child.pid for one in self._all if one.item is not None]  # noqa: SLF001

    def _fill(self) -> None:
        """Start those that are missing; but a few at a time, so that a Ctrl-C is seen between them."""
        missing = self.count - len(self._all)
        coming = sum(not one.ready for one in self._all)
        for _ in range(min(missing, COMING_MAX - coming)):
            self._all.append(Process(self.hang_s))

    def do(self, item: Item) -> None:
        one = next(one for one in self._all if one.ready and one.item is None)
        one.item = item
        one.write(Message(do=item))

    def stop(self, number: int) -> None:
        for one in self._all:
            if one.item is not None and one.item.number == number:
                if one.item.shown is not None:
                    one.kill()
                else:
                    one.write(Message(stop=number))

    def events(self, within_s: float) -> list[tuple[int, Event]]:
        self._fill()
        found: list[tuple[int, Event]] = []
        with selectors.DefaultSelector() as selector:
            for one in self._all:
                selector.register(one.reading, selectors.EVENT_READ, one)
                selector.register(one.errors, selectors.EVENT_READ, one)
            there = [key for key, _ in selector.select(within_s)]
            for one in dict.fromkeys(key.data for key in there if key.fd == key.data.errors):
                one.drain()
            for one in [key.data for key in there if key.fd == key.data.reading]:
                messages = one.read()
                if messages is None:
                    found += self._bury(one)
                for message in messages or ():
                    found += self._heard(one, message)
        return found

    def _heard(self, one: Process, message: Message) -> list[tuple[int, Event]]:
        if message.ready:
            one.ready, self._stillborn = True, 0
        if message.warned is not None:
            text, file, line = message.warned
            warnings.showwarning(text, RuntimeWarning, file, line)
        if message.standing is not None:
            return [(message.number, message.standing)]
        what = message.part or message.shown or message.broken
        if what is None:
            return []
        one.item = None
        return [(message.number, what)]

    def _bury(self, one: Process) -> list[tuple[int, Event]]:
        self._all.remove(one)
        how = one.bury()
        if not one.ready:
            self._stillborn += 1
            if self._stillborn >= STILLBORN_MAX:
                raise WorkersDied("this search", how)
        if one.item is None:
            return []
        self.deaths += 1
        if self.notice is not None:
            self.notice(f"a worker died ({how}) and was replaced; what it was at is done again")
        return [(one.item.number, Died(how))]

    def rest(self) -> None:
        """Nothing to be done: a worker that is given another search ends the one before."""

    def close(self) -> None:
        """End them all, whatever they are at."""
        for one in self._all:  # first: those that still come up would keep the others from ending
            one.kill()
        while self._all:
            self._all.pop().bury()
