"""In a worker process: items come in as lines, and go out as lines, until nobody is there any more.

Lines have a pipe of their own. What the code under test prints, and what is read from the keyboard,
has nothing to do with it.
"""

from __future__ import annotations

import faulthandler
import os
import select
import time
import traceback
import warnings
from typing import TYPE_CHECKING, Any

from harness.errors import HarnessError, InternalError
from harness.explore.discover import import_scenario
from harness.explore.workers.items import Broken, Message, Part, Standing, from_line, to_line
from harness.explore.workers.session import Session
from harness.kernel import private

if TYPE_CHECKING:
    from harness.explore.loop import Progress
    from harness.explore.workers.items import Item
    from harness.kernel import Kernel

#: Between two looks at what the others say lie so many wall-clock seconds.
LOOK_EVERY_S = 0.1

_STDERR = 2

#: Bound now: the real ones, whatever is sealed later.
_read, _write, _select, _now = os.read, os.write, select.select, time.perf_counter


class Lines:
    """Lines from one pipe, and to another."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._begun = b""
        self._whole: list[bytes] = []

    def next(self, *, wait: bool) -> Message | None:
        """The next line; None if there is none yet, and nobody waits for one. At the end, exit."""
        while not self._whole:
            if not wait and not _select([self._reading], [], [], 0)[0]:
                return None
            read = _read(self._reading, 1 << 16)
            if not read:  # nobody is there any more
                os._exit(0)
            *self._whole, self._begun = (self._begun + read).split(b"\n")
        return from_line(self._whole.pop(0), Message)

    def write(self, message: Message) -> None:
        """Send a line."""
        line = memoryview(to_line(message))
        try:
            while line:
                line = line[_write(self._writing, line) :]
        except BrokenPipeError:
            os._exit(0)


class Worker:
    """Does what it is told, and tells how far it has come.

    Args:
      lines: to and from whoever gives items.
      hang_s: a schedule that takes so many wall-clock seconds never ends; nor does this worker then
        wait for it, nor for the interpreter's lock, which it may hold.
    """

    def __init__(self, lines: Lines, hang_s: float) -> None:
        self._lines = lines
        self._hang_s = hang_s
        self._number = -1
        self._stopped = False
        self._looked = 0.0
        self._warned: dict[tuple[str, str, int], None] = {}
        self._session = Session(
            find=import_scenario,
            beat=lambda: self._stopped,
            tell=self._tell,
            made=self._watch,
            begun=lambda: self._stands(Standing()),
        )

    def serve(self) -> None:
        """Do items until there are no more."""
        warnings.showwarning = self._warn
        self._lines.write(Message(ready=True))
        while True:
            message = self._lines.next(wait=True)
            if message is not None and message.do is not None:
                self._do(message.do)

    def _do(self, item: Item) -> None:
        self._number, self._stopped = item.number, False
        self._look(_now())
        try:
            made = self._session.do(item)
            fields: dict[str, Any] = {"part" if isinstance(made, Part) else "shown": made}
        except (HarnessError, InternalError) as error:
            fields = {"broken": Broken(text=str(error), exit_code=error.exit_code)}
            self._session.close()
        except Exception as error:  # noqa: BLE001  # a bug of ours: the others are to hear of it
            traceback.print_exc()
            text = str(InternalError(f"{type(error).__name__}: {error}"))
            fields = {"broken": Broken(text=text, exit_code=InternalError.exit_code)}
            self._session.close()
        faulthandler.cancel_dump_traceback_later()
        self._lines.write(Message(number=item.number, **fields))

    # ---- between two schedules -------------------------------------------------------------------

    def _watch(self, kernel: Kernel) -> None:
        """Look at the clock before each run of the kernel."""
        run = kernel.run

        def watched(*args: Any, **options: Any) -> Any:
            now = _now()
            if now - self._looked > LOOK_EVERY_S:
                self._look(now)
            return run(*args, **options)

        kernel.run = watched  # type: ignore[method-assign]

    def _look(self, now: float) -> None:
        self._looked = now
        faulthandler.dump_traceback_later(self._hang_s, exit=True, file=_STDERR)
        message = self._lines.next(wait=False)
        if message is not None and message.stop == self._number:
            self._stopped = True

    def _tell(self, progress: Progress) -> None:
        self._stands(Standing(schedules=progress.schedules, violations=progress.violations))

    def _stands(self, standing: Standing) -> None:
        self._lines.write(Message(number=self._number, standing=standing))

    def _warn(  # noqa: PLR0917  # the signature of what it stands in for
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,
        line: str | None = None,
    ) -> None:
        """A forgotten `await` is told of, once; what is dropped while a run is unwound is none."""
        if not issubclass(category, RuntimeWarning):
            return
        closing = getattr(getattr(private.GLOBAL_RUN_CONTEXT, "runner", None), "closing", False)
        warned = (str(message), filename, lineno)
        if not closing and warned not in self._warned:
            self._warned[warned] = None
            self._lines.write(Message(number=self._number, warned=warned))


def main(reading: int, writing: int, hang_s: float) -> None:
    """A worker, from its first line to its last."""
    Worker(Lines(reading, writing), hang_s).serve()
