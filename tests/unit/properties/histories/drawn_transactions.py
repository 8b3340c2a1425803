"""Transactions that Hypothesis draws: run on one store without any isolation, more or less in turn.

A transaction that aborts may leave its writes for others to see; one of unknown outcome may have had
any effect; and a read may be told an older version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from harness.histories import ListAppend, ReadWriteRegister
from harness.properties.histories.transaction import Deed, Edge, Transaction

#: What a transaction is about to do: a verb and a key.
Plan = tuple[str, str]


@st.composite
def transactions(
    draw: st.DrawFn,
    workload: ListAppend | ReadWriteRegister,
    sizes: st.SearchStrategy[int],
    *,
    read_first: bool = False,
) -> list[Transaction]:
    """Some of them; with `read_first`, each reads a key before it writes it."""
    count = draw(sizes)
    write = workload.writes
    deed = st.tuples(st.sampled_from(["read", "read", write]), st.sampled_from("xy"))
    drawn = [draw(st.lists(deed, min_size=1, max_size=3)) for _ in range(count)]
    plans = [_reading_first(plan) if read_first else plan for plan in drawn]
    fates = [draw(st.sampled_from([True] * 6 + [False, None])) for _ in range(count)]
    shows = [fate or draw(st.booleans()) for fate in fates]
    done: list[list[Deed]] = [[] for _ in plans]
    versions: dict[str, list[Any]] = {"x": [None], "y": [None]}
    for number, (verb, key) in _interleaved(draw, plans):
        values = versions[key]
        if verb == "read":
            back = draw(st.sampled_from([0, 0, 0, 0, 0, 1]))
            done[number].append(Deed("read", key, values[max(0, len(values) - 1 - back)]))
            continue
        value = 10 * (number + 1) + len(done[number])
        done[number].append(Deed(write, key, value))
        if shows[number]:
            values.append((*(values[-1] or ()), value) if write == "append" else value)
    return [
        Transaction(number=n + 1, client=f"client {n}", deeds=tuple(deeds), committed=fates[n])
        for n, deeds in enumerate(done)
    ]


def _reading_first(plan: Sequence[Plan]) -> list[Plan]:
    whole: list[Plan] = []
    for verb, key in plan:
        if verb != "read" and ("read", key) not in whole:
            whole.append(("read", key))
        whole.append((verb, key))
    return whole


def _interleaved(draw: st.DrawFn, plans: Sequence[Sequence[Plan]]) -> list[tuple[int, Plan]]:
    """One after another, but for some neighbours that change places."""
    steps = [(number, step) for number, plan in enumerate(plans) for step in plan]
    for place in draw(st.lists(st.integers(1, max(1, len(steps) - 1)), max_size=6)):
        if place < len(steps) and steps[place - 1][0] != steps[place][0]:
            steps[place - 1], steps[place] = steps[place], steps[place - 1]
    return steps


def edges() -> st.SearchStrategy[list[Edge]]:
    """Dependencies between at most five, drawn blindly."""
    edge = st.builds(
        Edge,
        st.integers(1, 5),
        st.integers(1, 5),
        st.sampled_from(["ww", "wr", "rw"]),
        st.just(""),
    ).filter(lambda edge: edge.first != edge.second)
    return st.lists(edge, max_size=9, unique_by=lambda edge: (edge.first, edge.second, edge.kind))
