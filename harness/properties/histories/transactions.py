"""A history of transactions, recorded while they happen.

What is wrong with it shows in what was read, not in when: so recording has no footprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from harness.properties.histories.anomalies import anomalies_of, told
from harness.properties.histories.recorder import Ending, Recorder
from harness.properties.histories.transaction import Deed, Transaction
from harness.properties.histories.verdicts import Verdict
from harness.properties.texts import brief
from harness.world.failure import Failure

if TYPE_CHECKING:
    from types import TracebackType

    from harness.properties.histories.workloads import Workload


class TransactionRecording:
    """One transaction that is under way: `with history.transaction() as recorded:`.

    Attributes:
      id: a text that no other transaction of the run has, also none of a process that was started
        again: a good value to write. It is the same in every interleaving.
      number: by which messages call it.
    """

    __slots__ = ("_begun", "_client", "_deeds", "_ended", "_ending", "_history", "id", "number")

    def __init__(self, history: Transactions, client: str) -> None:
        self._history = history
        self._client = client
        self._ending = Ending(process=history.recorder.run.process)
        self._deeds: list[Deed] = []
        self._begun = history.recorder.run.step
        self._ended: int | None = None
        self.id = history.recorder.run.new_object(history.recorder.name)
        self.number = 0

    def __enter__(self) -> Self:
        if not self._history.recorder.over:
            self._history.begun(self)
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
        self._ending.answered = True
        self._ended = recorder.run.step
        if error is not None:
            self._ending.leave(error, recorder.failures)
        if recorder.run.recording:
            recorder.note(self._client, f"T{self.number}", self.recorded().outcome)

    def read(self, key: Any, value: Any) -> Any:
        """It has read `value`, which is handed back."""
        self._did("read", key, value)
        return value

    def write(self, key: Any, value: Any) -> None:
        """It is about to write `value`. Say so before the statement, which may be cut short."""
        self._did("write", key, value)

    def append(self, key: Any, value: Any) -> None:
        """It is about to append `value` to a list. Say so before the statement."""
        self._did("append", key, value)

    def aborts(self) -> None:
        """It certainly took no effect, and never will."""
        self._ending.answered = self._ending.failed = True
        self._ended = self._history.recorder.run.step

    def _did(self, verb: Any, key: Any, value: Any) -> None:
        recorder = self._history.recorder
        if recorder.over:
            return
        deed = Deed(verb, recorder.value(key), recorder.value(value))
        self._history.check(deed)
        self._deeds.append(deed)
        if recorder.run.recording:
            recorder.note(self._client, f"T{self.number}", str(deed))

    def recorded(self) -> Transaction:
        """What there is to check."""
        ending = self._ending
        known = ending.answered and not ending.lost
        return Transaction(
            number=self.number,
            client=self._client,
            deeds=tuple(self._deeds),
            committed=not ending.failed if known else None,
            ending="" if known else ending.text,
            steps=(self._begun, self._ended),
        )


class TransactionClient:
    """Somebody who runs transactions, under a name. Made by `history.client(name)`."""

    __slots__ = ("_history", "name")

    def __init__(self, history: Transactions, name: str) -> None:
        self._history = history
        self.name = name

    def transaction(self) -> TransactionRecording:
        """The block in which a transaction is under way: committed at its end, unless it raises."""
        return TransactionRecording(self._history, self.name)


class Transactions:
    """Transactions of any number of clients. Made by `world.history(name, spec=...)`.

    At the end of the run they must be isolated from each other as the workload promises. A
    transaction has committed where its block ends. If it ends with an exception, its outcome is unknown,
    as it is when its process was killed.
    """

    def __init__(self, recorder: Recorder, workload: Workload) -> None:
        self.recorder = recorder
        self.workload = workload
        self._recordings: list[TransactionRecording] = []
        self._written: set[tuple[Any, Any]] = set()

    def client(self, name: str) -> TransactionClient:
        """A client of that name."""
        return TransactionClient(self, name)

    def transaction(self) -> TransactionRecording:
        """The block in which a transaction is under way: committed at its end, unless it raises."""
        return TransactionRecording(self, self.recorder.caller())

    @property
    def transactions(self) -> list[Transaction]:
        """What was recorded so far, in the order in which they began."""
        return [recording.recorded() for recording in self._recordings]

    # ---- for recordings, and for the verdict -----------------------------------------------------

    def begun(self, recording: TransactionRecording) -> None:
        """It begins now."""
        self._recordings.append(recording)
        recording.number = len(self._recordings)

    def check(self, deed: Deed) -> None:
        """A deed is one that tells something.

        Raises:
          HistoryMisused: a write of another kind, or of a value that was there before.
        """
        if deed.verb == "read":
            return
        expected = self.workload.writes
        kind = type(self.workload).__name__
        if deed.verb != expected:
            raise self.recorder.misused(f"{kind} knows read and {expected}, not {deed.verb}")
        version = deed.key, deed.value
        if version in self._written or self.workload.is_initial(*version):
            what = f"{brief(deed.key)} gets the value {brief(deed.value)} twice"
            raise self.recorder.misused(
                f"{what}; write each value once, as in write(key, recorded.id)"
            )
        self._written.add(version)

    def verdict(self) -> Verdict:
        """What there is to say at the end of the run."""
        transactions = self.transactions
        name = self.recorder.name
        return Verdict(
            tuple(
                Failure(f"{name} has no {anomaly.name}", told(name, anomaly, transactions))
                for anomaly in anomalies_of(self.workload, transactions)
            )
        )
