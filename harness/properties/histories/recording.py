"""One operation that is under way.

Whether a history is linearizable depends on which answers came before which invocations. So in the
footprint of its step an invocation *reads* the history and an answer *touches* it (writes a part of
it): invocations commute with each other, answers commute with each other, and one of either does not
commute with one of the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

from harness.properties.histories.operation import UNTOLD, Operation, called
from harness.properties.histories.recorder import Ending, Recorder

if TYPE_CHECKING:
    from types import TracebackType


class Recorded(Protocol):
    """The history that an operation is part of."""

    @property
    def recorder(self) -> Recorder:
        """Counts its events."""

    def begun(self, recording: Recording) -> str:
        """An operation is invoked now. Returns what its footprint is about."""


class Recording:
    """One operation that is under way: `with history.operation("write", 5) as operation:`."""

    __slots__ = (
        *("_arguments", "_begun", "_client", "_ending", "_history", "_invoked", "_label", "_name"),
        *("_result", "_returned", "_step", "_step_returned", "_text"),
    )

    def __init__(
        self, history: Recorded, client: str, name: str, arguments: tuple[Any, ...]
    ) -> None:
        self._history = history
        self._client = client
        self._name = name
        self._arguments = arguments
        self._text = called(name, arguments)
        self._label = ""
        self._ending = Ending(process=None)
        self._invoked = self._step = 0
        self._returned: int | None = None
        self._step_returned: int | None = None
        self._result: Any = UNTOLD

    def __enter__(self) -> Self:
        recorder = self._history.recorder
        run = recorder.run
        if not recorder.over:
            self._ending.process = run.process
            self._invoked = recorder.place()
            self._step = run.step
            self._label = self._history.begun(self)
            run.read(self._label, f"{self._client}: {self._text}")
            recorder.note(self._client, "calls", self._text)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        recorder = self._history.recorder
        if recorder.over or self._ending.answered:
            return
        if error is None:
            self.returns(UNTOLD)
            return
        self._ending.answered = True
        self._ending.leave(error, recorder.failures)
        recorder.note(self._client, self._text, self._ending.in_words())

    def returns(self, result: Any = UNTOLD) -> Any:
        """It is answered now, with `result`, which is handed back. At the end of the block at latest."""
        recorder = self._history.recorder
        if recorder.over:
            return result
        self._answer_once()
        if result is not UNTOLD:
            self._result = recorder.value(result)
        self._returned = recorder.place()
        self._step_returned = recorder.run.step
        recorder.run.touch(self._label)
        if recorder.run.recording:
            recorder.note(self._client, self._text, self._asked().outcome)
        return result

    def fails(self) -> None:
        """It certainly took no effect, and never will."""
        if not self._history.recorder.over:
            self._answer_once()
            self._ending.failed = True

    def _answer_once(self) -> None:
        if self._ending.answered or not self._invoked:
            when = "twice" if self._ending.answered else "before its block begins"
            raise self._history.recorder.misused(f"{self._text} is answered {when}")
        self._ending.answered = True

    def _asked(self) -> Operation:
        return Operation(
            client=self._client,
            name=self._name,
            arguments=self._arguments,
            invoked=self._invoked,
            returned=self._returned,
            result=self._result,
            ending="" if self._returned is not None else self._ending.text,
            steps=(self._step, self._step_returned),
        )

    def recorded(self) -> Operation | None:
        """What there is to check; None if it certainly took no effect."""
        return None if self._ending.failed else self._asked()
