"""The order of the events of a history, and who takes part: what all kinds of histories share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import trio

from harness.errors import HistoryMisused
from harness.kernel.process import KernelProcess
from harness.properties.histories.operation import CANCELLED, KILLED, PENDING, frozen
from harness.properties.texts import brief
from harness.properties.watching import refuse

if TYPE_CHECKING:
    from harness.kernel import Engine


class Recorder:
    """Counts the events of one history. Nothing in it is a schedule point.

    Attributes:
      run: the run that is recorded.
      name: of the history.
      failures: exceptions that say that what was asked did not take effect.
    """

    def __init__(self, run: Engine, name: str, failures: tuple[type[BaseException], ...]) -> None:
        self.run = run
        self.name = name
        self.failures = failures
        self._events = 0

    @property
    def over(self) -> bool:
        """Whether the verdict is in, and what is left of the run is only unwound."""
        return self.run.closing

    def place(self) -> int:
        """The place of the event that is happening, after all others so far."""
        self._events += 1
        return self._events

    def caller(self) -> str:
        """Who acts, unless a client has a name."""
        return self.run.labels[self.run.current]

    def value(self, value: Any) -> Any:
        """`value` as one that nobody changes later.

        Raises:
          HistoryMisused: it cannot be compared.
        """
        try:
            return frozen(value)
        except TypeError:
            what = f"{brief(value)} is not hashable, so it cannot be compared; record a tuple of it"
            raise self.misused(what) from None

    def note(self, *words: str) -> None:
        """A line for people."""
        if self.run.recording:
            self.run.note(f"{self.name}: {' '.join(words)}")

    def misused(self, what: str) -> HistoryMisused:
        """The error, noted on the run too."""
        error = HistoryMisused(self.name, what)
        refuse(self.run, error)
        return error


@attrs.define(kw_only=True)
class Ending:
    """How something that was begun ends: who began it, and what came of it so far.

    Attributes:
      answered: whether it is over, as far as its caller knows.
      failed: whether it certainly took no effect.
      lost: why nobody knows its outcome; empty while it may still be answered.
    """

    process: KernelProcess | None
    answered: bool = False
    failed: bool = False
    lost: str = ""

    def leave(self, error: BaseException, failures: tuple[type[BaseException], ...]) -> None:
        """The caller does not wait any more, because of `error`."""
        if isinstance(error, failures):
            self.failed = True
        elif isinstance(error, trio.Cancelled):
            self.lost = CANCELLED
        else:
            self.lost = f"raised {type(error).__name__}"

    def in_words(self) -> str:
        """What became of it, for people."""
        return "failed" if self.failed else f"outcome unknown: {self.lost}"

    @property
    def text(self) -> str:
        """Why there is no answer, at the end of the run."""
        dead = self.process is not None and self.process.frozen
        return self.lost or (KILLED if dead else PENDING)
