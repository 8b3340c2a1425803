"""What reads tell about the order of transactions, whichever kind of value was written.

Every value is written once, so a read says who wrote what it saw. Who may have had an effect: those
that committed, and of those whose outcome nobody knows the ones whose writes were seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from harness.properties.histories.operation import shown
from harness.properties.histories.transaction import Anomaly, Deed, Edge, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.properties.histories.transaction import Dependency


@attrs.frozen
class Written:
    """Who wrote a value, and whether it was their last to that key."""

    by: Transaction
    final: bool


class Evidence:
    """Collects what there is to say of the transactions of one history.

    Attributes:
      effective: the transactions that had an effect, in order.
      edges: who came before whom, no two alike.
      anomalies: what is wrong without any circle.
    """

    def __init__(
        self, transactions: Sequence[Transaction], seen: Callable[[Deed], Sequence[Any]]
    ) -> None:
        self._written = _all_writes(transactions)
        self.effective = _effective(transactions, self._written, seen)
        self.anomalies: list[Anomaly] = []
        self._edges: dict[tuple[int, int, str], Edge] = {}
        self._numbers = {transaction.number for transaction in self.effective}

    @property
    def edges(self) -> list[Edge]:
        """Who came before whom."""
        return list(self._edges.values())

    def writer(self, key: Any, value: Any) -> Transaction | None:
        """Who wrote it; None if nobody who had an effect did."""
        written = self._written.get((key, value))
        if written is None or written.by.number not in self._numbers:
            return None
        return written.by

    def orders(
        self,
        first: Transaction | None,
        second: Transaction | None,
        kind: Dependency,
        why: str,
        witness: Transaction | None = None,
    ) -> None:
        """The first comes before the second, if there are two."""
        if first is None or second is None or first.number == second.number:
            return
        seen_by = None if witness is None or witness in (first, second) else witness.number
        edge = Edge(first.number, second.number, kind, why, seen_by)
        self._edges.setdefault((first.number, second.number, kind), edge)

    def strange(
        self, name: str, what: str, transactions: Iterable[Transaction], *reasons: str
    ) -> None:
        """Something is wrong by itself."""
        numbers = tuple(dict.fromkeys(transaction.number for transaction in transactions))
        self.anomalies.append(Anomaly(name, what, numbers, reasons))

    def judge_values(self, reader: Transaction, read: Deed, values: Sequence[Any]) -> None:
        """Whether all that was read may be seen by others: written, not aborted, not intermediate."""
        key = shown(read.key)
        for value in values:
            written = self._written.get((read.key, value))
            if written is None:
                why = f"{reader.name} read {key} {shown(value)}, which nobody wrote"
                self.strange("unwritten value", "a value that nobody wrote", [reader], why)
            elif written.by.committed is False:
                why = f"{reader.name} read {key} {shown(value)}, which {written.by.name} took back"
                self.strange("G1a", "an aborted read", [written.by, reader], why)
        written = self._written.get((read.key, values[-1])) if values else None
        if written is not None and not written.final and written.by is not reader:
            why = (
                f"{reader.name} read {key} {shown(values[-1])}, "
                f"and {written.by.name} wrote {key} again after that"
            )
            self.strange("G1b", "an intermediate read", [written.by, reader], why)


def _all_writes(transactions: Sequence[Transaction]) -> dict[tuple[Any, Any], Written]:
    written: dict[tuple[Any, Any], Written] = {}
    for transaction in transactions:
        last = {deed.key: deed for deed in transaction.writes()}
        for deed in transaction.writes():
            written[deed.key, deed.value] = Written(transaction, last[deed.key] is deed)
    return written


def _effective(
    transactions: Sequence[Transaction],
    written: dict[tuple[Any, Any], Written],
    seen: Callable[[Deed], Sequence[Any]],
) -> list[Transaction]:
    """Those that committed, and those of unknown outcome whose writes such a one has seen."""
    found = {t.number: t for t in transactions if t.committed}
    queue = list(found.values())
    for reader in queue:  # it grows while it is gone through
        for read in reader.reads():
            for value in seen(read):
                write = written.get((read.key, value))
                if (
                    write is not None
                    and write.by.committed is None
                    and write.by.number not in found
                ):
                    found[write.by.number] = write.by
                    queue.append(write.by)
    return [found[number] for number in sorted(found)]
