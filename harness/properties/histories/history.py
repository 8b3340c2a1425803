"""A history of operations on one shared object, recorded while they happen.

`History` keeps it, clients add to it, each operation by a `Recording`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from harness.kernel import clean
from harness.properties.histories.recording import Recording
from harness.properties.histories.specification import key_of
from harness.properties.histories.verdicts import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.properties.histories.operation import Operation
    from harness.properties.histories.recorder import Recorder
    from harness.properties.histories.specification import Specification


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
        return Recording(self, who, name, given)

    def begun(self, recording: Recording) -> str:
        """It is invoked. Returns what its invocation reads and its answer touches: a part of this."""
        self._recordings.append(recording)
        own = f"history {self.recorder.name}"
        if not hasattr(self.specification, "key"):
            return own
        operation = recording.recorded()
        assert operation is not None
        return f"{own}[{clean(key_of(self.specification, operation))}]"

    def verdict(self) -> Verdict:
        """What there is to say at the end of the run."""
        operations = self.operations
        recording = self.recorder.run.recording
        return judge(
            self.recorder.name, self.specification, operations, self._budget, shrink=recording
        )
