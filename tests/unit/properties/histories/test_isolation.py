"""Anomalies of transactions: told by the book, and none where brute force finds an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from harness.histories import ListAppend, ReadWriteRegister
from harness.properties.histories.anomalies import anomalies_of
from harness.properties.histories.cycles import smallest_circles
from harness.properties.histories.transaction import Deed, Edge, Transaction
from tests.unit.properties.histories.brute import all_circles, is_serializable
from tests.unit.properties.histories.drawn_transactions import edges, transactions

LISTS, REGISTERS = ListAppend(), ReadWriteRegister()


# ---- against brute force -------------------------------------------------------------------------


def exact(workload: Any, drawn: list[Transaction]) -> None:
    """There is an anomaly exactly if there is no order."""
    assert (not anomalies_of(workload, drawn)) == is_serializable(workload, drawn)


@given(transactions(LISTS, st.integers(0, 4)))
@settings(max_examples=80)
def test_lists_are_judged_exactly(drawn: list[Transaction]) -> None:
    """All versions of a list are in it, so nothing is left open."""
    exact(LISTS, drawn)


@given(transactions(REGISTERS, st.integers(0, 4), read_first=True))
@settings(max_examples=80)
def test_so_are_registers_that_are_read_before_they_are_written(drawn: list[Transaction]) -> None:
    """Then each write says what it replaced."""
    exact(REGISTERS, drawn)


@given(transactions(REGISTERS, st.integers(0, 4)))
@settings(max_examples=80)
def test_other_registers_give_no_false_alarm(drawn: list[Transaction]) -> None:
    """The order of blind writes is not known; what is found is wrong in every order."""
    if anomalies_of(REGISTERS, drawn):
        assert not is_serializable(REGISTERS, drawn)


@pytest.mark.soak
@pytest.mark.parametrize(("workload", "read_first"), [(LISTS, False), (REGISTERS, True)])
@given(data=st.data())
@settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
def test_they_are_for_ten_thousand(workload: Any, read_first: bool, data: st.DataObject) -> None:
    """With up to five transactions."""
    exact(workload, data.draw(transactions(workload, st.integers(0, 5), read_first=read_first)))


def _kind(circle: Sequence[Edge]) -> str:
    kinds = [edge.kind for edge in circle]
    if kinds.count("rw") == 0:
        return "G1c" if "wr" in kinds else "G0"
    return "G-single" if kinds.count("rw") == 1 else "G2-item"


@given(edges())
@settings(max_examples=80)
def test_the_smallest_circle_of_each_kind_is_found(drawn: list[Edge]) -> None:
    """Compared with all circles. G2-item counts where it does not hang together with another."""
    circles = all_circles(drawn)
    found = smallest_circles(drawn)

    for name in ("G0", "G1c", "G-single"):
        lengths = [len(circle) for circle in circles if _kind(circle) == name]
        assert [len(found[name])] == [min(lengths)] if lengths else name not in found
    simpler = {edge.first for circle in circles if _kind(circle) != "G2-item" for edge in circle}
    lengths = [
        len(circle)
        for circle in circles
        if _kind(circle) == "G2-item" and not _component(circle[0].first, circles) & simpler
    ]
    assert [len(found["G2-item"])] == [min(lengths)] if lengths else "G2-item" not in found
    for name, circle in found.items():
        assert _kind(circle) == name
        assert [edge.second for edge in circle[:-1]] == [edge.first for edge in circle[1:]]
        assert circle[-1].second == circle[0].first


def _component(member: int, circles: Sequence[Sequence[Edge]]) -> set[int]:
    """All who share a circle with it, or with one who does."""
    found = {member}
    while True:
        more = {e.first for c in circles if any(e.first in found for e in c) for e in c} - found
        if not more:
            return found
        found |= more


# ---- by the book ---------------------------------------------------------------------------------


def ran(*texts: str, **fates: bool | None) -> list[Transaction]:
    """Transactions written as in papers: "r x 1, a y 2", a list as "r x 1+2", nothing as "r x"."""
    return [
        Transaction(
            number=number,
            client=f"client {number}",
            deeds=tuple(_deed(words.split()) for words in text.split(", ")),
            committed=fates.get(f"T{number}", True),
            ending="" if fates.get(f"T{number}", True) else "killed",
        )
        for number, text in enumerate(texts, start=1)
    ]


def _deed(words: list[str]) -> Deed:
    verb, key, *value = words
    if verb == "a":
        return Deed("append", key, int(value[0]))
    if verb == "w":
        return Deed("write", key, int(value[0]))
    if verb == "rr":  # of a register
        return Deed("read", key, int(value[0]) if value else None)
    return Deed("read", key, tuple(map(int, value[0].split("+"))) if value else ())


BOOK: list[tuple[str, Any, list[Transaction], list[str]]] = [
    ("dirty write", LISTS, ran("a x 1, a y 1", "a x 2, a y 2", "r x 1+2, r y 2+1"), ["G0"]),
    (
        "dirty write, half of it unseen",
        LISTS,
        ran("a x 1, a y 1", "a x 2, a y 2", "r x 1, r y 2"),
        ["G0", "G-single"],
    ),
    ("own intermediate read", LISTS, ran("a x 1, r x 1, a x 2"), []),
    ("aborted read", LISTS, ran("a x 1", "r x 1", T1=False), ["G1a"]),
    ("intermediate read", LISTS, ran("a x 1, a x 2", "r x 1"), ["G1b", "G-single"]),
    ("circular information flow", LISTS, ran("a x 1, r y 2", "a y 2, r x 1"), ["G1c"]),
    ("read skew", LISTS, ran("a x 1, a y 1", "r x, r y 1"), ["G-single"]),
    ("lost update", LISTS, ran("r x, a x 1", "r x, a x 2", "r x 1+2"), ["G-single"]),
    ("write skew", LISTS, ran("r x, a y 1", "r y, a x 2"), ["G2-item"]),
    ("long fork", LISTS, ran("a x 1", "a y 2", "r x 1, r y", "r x, r y 2"), ["G2-item"]),
    ("unwritten", LISTS, ran("r x 1"), ["unwritten value"]),
    ("twice", LISTS, ran("a x 1", "r x 1+1"), ["duplicate"]),
    ("own write unseen", LISTS, ran("a x 1, r x"), ["internal inconsistency"]),
    ("own future", LISTS, ran("r x 1, a x 1"), ["internal inconsistency"]),
    ("no order", LISTS, ran("a x 1", "a x 2", "r x 1", "r x 2"), ["contradictory order"]),
    ("nothing", LISTS, ran("a x 1", "r x 1, a x 2", "r x 1+2"), []),
    ("unknown but seen", LISTS, ran("a x 1, r y", "r x 1, a y 2", T1=None), []),
    ("unknown, seen, skewed", LISTS, ran("r y 3, a x 1", "r x 1, a y 3", T1=None), ["G1c"]),
    ("unknown and unseen", LISTS, ran("r y 2, a x 1", "r x, a y 2", T1=None), []),
    ("lost update", REGISTERS, ran("rr x, w x 1", "rr x, w x 2"), ["G-single"]),
    ("fuzzy read", REGISTERS, ran("w x 1", "w x 2", "rr x 1, rr x 2"), ["G-single"]),
    ("aborted read", REGISTERS, ran("w x 1", "rr x 1", T1=False), ["G1a"]),
    ("intermediate read", REGISTERS, ran("w x 1, w x 2", "rr x 1"), ["G1b"]),
    ("circular information flow", REGISTERS, ran("w x 1, rr y 2", "w y 2, rr x 1"), ["G1c"]),
    ("read skew", REGISTERS, ran("w x 1, w y 1", "rr x, rr y 1"), ["G-single"]),
    ("write skew", REGISTERS, ran("rr x, rr y, w x 1", "rr x, rr y, w y 2"), ["G2-item"]),
    ("own write unseen", REGISTERS, ran("w x 1, rr x"), ["internal inconsistency"]),
    ("own future", REGISTERS, ran("rr x 1, w x 1"), ["internal inconsistency"]),
    ("nothing", REGISTERS, ran("w x 1", "rr x 1, w x 2", "rr x 2"), []),
]


@pytest.mark.parametrize(
    ("workload", "drawn", "names"),
    [pytest.param(*case[1:], id=f"{type(case[1]).__name__} {case[0]}") for case in BOOK],
)
def test_each_anomaly_has_its_name(
    workload: Any, drawn: list[Transaction], names: list[str]
) -> None:
    """And brute force agrees that there is one."""
    assert [anomaly.name for anomaly in anomalies_of(workload, drawn)] == names
    assert is_serializable(workload, drawn) == (not names)
