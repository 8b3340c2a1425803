"""What reads of registers tell: who reads a version and then writes another comes right after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.properties.histories.evidence import Evidence
from harness.properties.histories.operation import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.properties.histories.transaction import Deed, Transaction
    from harness.properties.histories.workloads import ReadWriteRegister


def from_registers(workload: ReadWriteRegister, transactions: Sequence[Transaction]) -> Evidence:
    """What there is to say of transactions that replace values."""
    return _Registers(workload, transactions).evidence


class _Registers:
    def __init__(self, workload: ReadWriteRegister, transactions: Sequence[Transaction]) -> None:
        self._workload = workload
        self.evidence = Evidence(transactions, self._seen)
        #: By key and version: who replaced it, that is, read it and wrote another.
        self._replaced: dict[tuple[Any, Any], list[Transaction]] = {}
        #: By key: who wrote it.
        self._writers: dict[Any, list[Transaction]] = {}
        for transaction in self.evidence.effective:
            self._gather(transaction)
        for transaction in self.evidence.effective:
            self._judge(transaction)
            for read in _foreign_reads(transaction):
                self.evidence.judge_values(transaction, read, self._seen(read))
                self._place(transaction, read)
        for (key, value), writers in self._replaced.items():
            self._follow(key, value, writers)

    def _seen(self, read: Deed) -> tuple[Any, ...]:
        """The values that somebody must have written for it."""
        return () if self._workload.is_initial(read.key, read.value) else (read.value,)

    def _is_known(self, key: Any, value: Any) -> bool:
        """Whether there was such a version."""
        initial = self._workload.is_initial(key, value)
        return initial or self.evidence.writer(key, value) is not None

    def _gather(self, transaction: Transaction) -> None:
        read: dict[Any, Any] = {}
        for deed in transaction.deeds:
            if deed.verb == "read":
                read.setdefault(deed.key, deed.value)
                continue
            if deed.key in read:
                version = deed.key, read.pop(deed.key)
                self._replaced.setdefault(version, []).append(transaction)
            writers = self._writers.setdefault(deed.key, [])
            if not writers or writers[-1] is not transaction:
                writers.append(transaction)

    def _place(self, reader: Transaction, read: Deed) -> None:
        """After the writer of the version that it saw, before those of later ones."""
        key, value = read.key, read.value
        why = f"{reader.name} read {shown(key)} {shown(value)}"
        writer = self.evidence.writer(key, value)
        if writer is not None:
            self.evidence.orders(writer, reader, "wr", f"{why}, which {writer.name} wrote")
        initial = self._workload.is_initial(key, value)
        rivals = self._replaced.get((key, value), [])
        for other in self._writers.get(key, []) if initial else rivals:
            if reader in rivals and other in rivals:
                continue  # one update of the two is lost, which is told elsewhere
            self.evidence.orders(reader, other, "rw", f"{why}, which {other.name} replaced")

    def _follow(self, key: Any, value: Any, writers: list[Transaction]) -> None:
        """Who replaced a version comes after who wrote it. If two did, one read what was gone."""
        version = f"{shown(key)} {shown(value)}"
        for writer in writers:
            why = f"{writer.name} read {version} and replaced it"
            self.evidence.orders(self.evidence.writer(key, value), writer, "ww", why)
        if len(writers) > 1 and self._is_known(key, value):
            names = " and ".join(writer.name for writer in writers[:2])
            why = f"{names} both read {version} and replaced it"
            self.evidence.strange("G-single", "a lost update", writers[:2], why)

    def _judge(self, transaction: Transaction) -> None:
        """It reads what it wrote last itself, never what it will write, and of others one version."""
        own: dict[Any, Any] = {}
        first: dict[Any, Deed] = {}
        for deed in transaction.deeds:
            if deed.verb == "write":
                own[deed.key] = deed.value
                continue
            mine = own.get(deed.key, deed.value)
            future = deed.key not in own and self.evidence.writer(deed.key, deed.value)
            if mine != deed.value or future is transaction:
                what = "a transaction that does not see its own writes"
                why = f"{transaction.name} did {deed}, and wrote {shown(deed.key)} itself"
                self.evidence.strange("internal inconsistency", what, [transaction], why)
            elif deed.key not in own and self._is_known(deed.key, deed.value):
                before = first.setdefault(deed.key, deed)
                if before.value != deed.value:
                    why = f"{transaction.name} did {before}, and then {deed}"
                    self.evidence.strange("G-single", "a fuzzy read", [transaction], why)


def _foreign_reads(transaction: Transaction) -> Iterator[Deed]:
    """What it read before it wrote the key itself."""
    own: set[Any] = set()
    for deed in transaction.deeds:
        if deed.verb == "write":
            own.add(deed.key)
        elif deed.key not in own:
            yield deed
