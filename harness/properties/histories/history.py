"""A history of operations on one shared object, recorded while they happen.

Whether it is linearizable depends on which answers came before which invocations. So in the footprint
of its step an invocation *reads* the history and an answer *touches* it (writes a part of it):
invocations commute with each other, answers commute with each other, and one of either does not
commute with one of the other.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

import attrs

from harness.kernel import clean
from harness.properties.histories.operation import UNTOLD, Operation
from harness.properties.histories.recorder import Ending, Recorder
from harness.properties.histories.specification import key_of
from harness.properties.histories.verdicts import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from harness.properties.histories.specification import Specification


class Recording:
    """One operation that is under way: `with history.operation("write", 5) as operation:`."""

    __slots__ = ("_asked", "_ending", "_history", "_label")

    def __init__(self, history: History, operation: Operation) -> None:
        self._history = history
        self._asked = operation
        self._ending = Ending(process=None)
        self._label = history.label(operation)

    def __enter__(self) -> Self:
        history = self._history
        recorder = history.recorder
        self._ending.process = recorder.run.process
        if not recorder.over:
            run = recorder.run
            self._asked = attrs.evolve(
                self._asked, invoked=recorder.place(), steps=(run.step, None)
            )
            run.read(self._label, f"{self._asked.client}: {self._asked.call}")
            recorder.note(self._asked.client, f"calls {self._asked.call}")
            history.begun(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._history.recorder.over or self._ending.answered:
            return
        if error is None:
            self.returns(UNTOLD)
            return
        self._ending.answered = True
        self._ending.leave(error, self._history.recorder.failures)
        ended = "failed" if self._ending.failed else f"outcome unknown: {self._ending.lost}"
        self._history.recorder.note(self._asked.client, f"{self._asked.call} {ended}")

    def returns(self, result: Any = UNTOLD) -> Any:
        """It is answered now, with `result`, which is handed back. At the end of the block at latest."""
        recorder = self._history.recorder
        if recorder.over:
            return result
        self._answer_once()
        run = recorder.run
        self._asked = attrs.evolve(
            self._asked,
            returned=recorder.place(),
            result=result if result is UNTOLD else recorder.value(result),
            steps=(self._asked.steps[0], run.step),
        )
        run.touch(self._label)
        recorder.note(self._asked.client, f"{self._asked.call} {self._asked.outcome}")
        return result

    def fails(self) -> None:
        """It certainly took no effect, and never will."""
        if not self._history.recorder.over:
            self._answer_once()
            self._ending.failed = True

    def _answer_once(self) -> None:
        if self._ending.answered or not self._asked.invoked:
            when = "twice" if self._ending.answered else "before its block begins"
            raise self._history.recorder.misused(f"{self._asked.call} is answered {when}")
        self._ending.answered = True

    def recorded(self) -> Operation | None:
        """What there is to check; None if it took no effect."""
        if self._ending.failed:
            return None
        if self._asked.returned is not None:
            return self._asked
        return attrs.evolve(self._asked, ending=self._ending.text)


class Client:
    """Somebody who calls operations, under a name. Made by `history.client(name)`."""

    __slots__ = ("_history", "name")

    def __init__(self, history: History, name: str) -> None:
        self._history = history
        self.name = name

    def operation(self, name: str, *arguments: Any) -> Recording:
        """The block in which an operation is under way. Say `.returns(result)` in it."""
        return self._history.record(self.name, name, arguments)

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *arguments: Any
    ) -> Any:
        """`await function(*arguments)`, recorded as the operation `name` with these arguments."""
        with self.operation(name, *arguments) as operation:
            return operation.returns(await function(*arguments))

    def wrap(self, target: Any, *names: str) -> Wrapped:
        """`target`, with calls of these of its async methods recorded under their own names."""
        return Wrapped(self, target, names)


class Wrapped:
    """An object whose methods are recorded. Made by `client.wrap(target, "get", "put")`."""

    __slots__ = ("_client", "_names", "_target")

    def __init__(self, client: Client, target: Any, names: tuple[str, ...]) -> None:
        self._client = client
        self._target = target
        self._names = names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        return partial(self._client.call, name, found) if name in self._names else found


class History:
    """Operations of any number of clients on one object. Made by `world.history(name, spec=...)`.

    Whoever records without a client is known by the label of their task. At the end of the run the
    history must be linearizable. An operation is over where its block ends. If it ends with an
    exception, its outcome is unknown, as it is when its process was killed: it may take effect at any
    later time, or never.
    """

    def __init__(self, recorder: Recorder, specification: Specification, budget: int) -> None:
        self.recorder = recorder
        self.specification = specification
        self._budget = budget
        self._recordings: list[Recording] = []

    def client(self, name: str) -> Client:
        """A client of that name."""
        return Client(self, name)

    def operation(self, name: str, *arguments: Any) -> Recording:
        """The block in which an operation is under way. Say `.returns(result)` in it."""
        return self.client("").operation(name, *arguments)

    async def call(
        self, name: str, function: Callable[..., Awaitable[Any]], *arguments: Any
    ) -> Any:
        """`await function(*arguments)`, recorded as the operation `name` with these arguments."""
        return await self.client("").call(name, function, *arguments)

    @property
    def operations(self) -> list[Operation]:
        """What was recorded so far, in the order of invocations, without what certainly failed."""
        found = (recording.recorded() for recording in self._recordings)
        return [operation for operation in found if operation is not None]

    # ---- for recordings, and for the verdict -----------------------------------------------------

    def record(self, client: str, name: str, arguments: tuple[Any, ...]) -> Recording:
        """An operation that is about to be invoked."""
        recorder = self.recorder
        given = tuple(map(recorder.value, arguments))
        who = client or recorder.caller()
        return Recording(self, Operation(client=who, name=name, arguments=given, invoked=0))

    def begun(self, recording: Recording) -> None:
        """It was invoked."""
        self._recordings.append(recording)

    def label(self, operation: Operation) -> str:
        """The thing that its invocation reads and its answer touches: that part of the history."""
        key = key_of(self.specification, operation)
        own = f"history {self.recorder.name}"
        return own if key is None else f"{own}[{clean(key)}]"

    def verdict(self) -> Verdict:
        """What there is to say at the end of the run."""
        operations = self.operations
        recording = self.recorder.run.recording
        return judge(
            self.recorder.name, self.specification, operations, self._budget, shrink=recording
        )
