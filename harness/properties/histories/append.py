"""What reads of lists tell: the longest one shows the order of versions, each read a place in it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from harness.properties.histories.evidence import Evidence
from harness.properties.histories.operation import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.histories.transaction import Deed, Transaction

#: Who read which list.
Reading = tuple["Transaction", tuple[Any, ...]]


def from_lists(transactions: Sequence[Transaction]) -> Evidence:
    """What there is to say of transactions that append."""
    evidence = Evidence(transactions, _items)
    readings: dict[Any, list[Reading]] = {}
    for transaction in evidence.effective:
        _judge_own(evidence, transaction)
        for read in transaction.reads():
            items = _items(read)
            evidence.judge_values(transaction, read, items)
            _judge_twice(evidence, transaction, read, items)
            readings.setdefault(read.key, []).append((transaction, items))
    for key, of_key in readings.items():
        versions = _Versions(evidence, key, of_key)
        if versions.agree(of_key):
            versions.order_writers()
            for reader, items in of_key:
                versions.place(reader, items)
    return evidence


def _items(read: Deed) -> tuple[Any, ...]:
    return tuple(read.value or ())


def _judge_own(evidence: Evidence, transaction: Transaction) -> None:
    """A transaction sees what it appended itself, at the end, and nothing of it before."""
    own: dict[Any, tuple[Any, ...]] = {}
    all_own = {(deed.key, deed.value) for deed in transaction.writes()}
    for deed in transaction.deeds:
        mine = own.get(deed.key, ())
        if deed.verb == "append":
            own[deed.key] = (*mine, deed.value)
            continue
        items = _items(deed)
        before = items[: len(items) - len(mine)]
        if before + mine != items or any((deed.key, item) in all_own for item in before):
            why = f"{transaction.name} had appended {shown(mine)} itself and read {shown(items)}"
            what = "a transaction that does not see its own writes"
            evidence.strange("internal inconsistency", what, [transaction], why)


def _judge_twice(
    evidence: Evidence, transaction: Transaction, read: Deed, items: tuple[Any, ...]
) -> None:
    if len(set(items)) < len(items):
        why = f"{transaction.name} read {shown(read.key)} {shown(items)}"
        evidence.strange("duplicate", "an append that took effect twice", [transaction], why)


class _Versions:
    """The versions of one key, as the longest read of it shows them.

    Those that nobody read come after all that somebody did, in an order of which nothing depends.
    """

    def __init__(self, evidence: Evidence, key: Any, readings: list[Reading]) -> None:
        self._evidence = evidence
        self._key = key
        self._witness, self._longest = max(readings, key=lambda reading: len(reading[1]))
        seen = dict.fromkeys(self._longest)
        self._order = [item for item in seen if evidence.writer(key, item) is not None]
        self._unseen = [
            deed.value
            for transaction in evidence.effective
            for deed in transaction.writes()
            if deed.key == key and deed.value not in seen
        ]

    def order_writers(self) -> None:
        """Each comes after the one before."""
        name, witness = shown(self._key), self._witness
        for first, second in pairwise(self._order):
            why = f"{shown(second)} stands after {shown(first)} in what {witness.name} read"
            self._follows(first, second, f"{name}: {why}")
        for item in self._unseen if self._order else ():
            why = f"{shown(item)} was not there yet when {witness.name} read {shown(self._longest)}"
            self._follows(self._order[-1], item, f"{name}: {why}")

    def _follows(self, first: Any, second: Any, why: str) -> None:
        writer = self._evidence.writer
        writers = writer(self._key, first), writer(self._key, second)
        self._evidence.orders(*writers, "ww", why, self._witness)

    def place(self, reader: Transaction, items: tuple[Any, ...]) -> None:
        """After the writer of the last version that it saw, before that of the next one."""
        evidence, key, order = self._evidence, self._key, self._order
        read = f"{reader.name} read {shown(key)} {shown(items)}"
        known = [item for item in items if item in order]
        if known:
            writer = evidence.writer(key, known[-1])
            evidence.orders(writer, reader, "wr", f"{read}, with {_of(writer, known[-1])}")
        place = order.index(known[-1]) + 1 if known else 0
        for item in order[place : place + 1] or self._unseen:
            writer = evidence.writer(key, item)
            evidence.orders(reader, writer, "rw", f"{read}, without {_of(writer, item)}")

    def agree(self, readings: list[Reading]) -> bool:
        """Whether every read is the beginning of the longest one. If not, they show no order."""
        strange = [
            (reader, items) for reader, items in readings if self._longest[: len(items)] != items
        ]
        for reader, items in strange:
            longest = f"{self._witness.name} read {shown(self._longest)}"
            why = f"{reader.name} read {shown(self._key)} {shown(items)}, {longest}"
            what = "reads that disagree on the order of writes"
            involved = [reader, self._witness]
            self._evidence.strange("contradictory order", what, involved, why)
        return not strange


def _of(writer: Transaction | None, item: Any) -> str:
    return shown(item) if writer is None else f"{writer.name}'s {shown(item)}"
