"""From transactions to what no order of them explains, each kind once, with the smallest example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.properties.histories.append import from_lists
from harness.properties.histories.cycles import smallest_circles
from harness.properties.histories.registers import from_registers
from harness.properties.histories.shown import columns
from harness.properties.histories.transaction import Anomaly
from harness.properties.histories.workloads import ListAppend, forbidden

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.properties.histories.cycles import Circle
    from harness.properties.histories.evidence import Evidence
    from harness.properties.histories.transaction import Transaction
    from harness.properties.histories.workloads import Workload

#: What circles are called in words.
_CIRCLES = {
    "G0": "a circle of writes over each other's writes",
    "G1c": "a circle in which information flows",
    "G-single": "a circle with one read of what was replaced (read skew, lost update)",
    "G2-item": "a circle of reads of what was replaced (write skew)",
}


def anomalies_of(workload: Workload, transactions: Sequence[Transaction]) -> list[Anomaly]:
    """The smallest anomaly of each kind that the workload forbids."""
    found: dict[str, Anomaly] = {}
    evidence = evidence_of(workload, transactions)
    circles = [
        _of_circle(name, circle) for name, circle in smallest_circles(evidence.edges).items()
    ]
    for anomaly in (*evidence.anomalies, *circles):
        known = found.get(anomaly.name)
        if known is None or len(anomaly.transactions) < len(known.transactions):
            found[anomaly.name] = anomaly
    return [found[name] for name in forbidden(workload) if name in found]


def evidence_of(workload: Workload, transactions: Sequence[Transaction]) -> Evidence:
    """What the reads tell."""
    if isinstance(workload, ListAppend):
        return from_lists(transactions)
    return from_registers(workload, transactions)


def _of_circle(name: str, circle: Circle) -> Anomaly:
    numbers = [edge.first for edge in circle]
    numbers += [edge.witness for edge in circle if edge.witness is not None]
    reasons = [f"T{edge.first} before T{edge.second} ({edge.kind}): {edge.why}" for edge in circle]
    return Anomaly(name, _CIRCLES[name], tuple(dict.fromkeys(numbers)), tuple(reasons))


def told(name: str, anomaly: Anomaly, transactions: Sequence[Transaction]) -> str:
    """An anomaly as a person reads it: who did what, and why that cannot be."""
    rows = [
        (
            transaction.name,
            transaction.client,
            transaction.outcome,
            "; ".join(map(str, transaction.deeds)),
        )
        for transaction in transactions
        if transaction.number in anomaly.transactions
    ]
    first = f"{name} has no {anomaly.name}: but here is {anomaly.what}"
    return "\n".join([first, *(f"  {line}" for line in (*columns(rows), *anomaly.reasons))])
