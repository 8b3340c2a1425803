"""Circles of dependencies between transactions, after Adya.

Adya, "Weak consistency: a generalized theory and optimistic implementations" (PhD thesis, MIT 1999), and
Adya, Liskov, O'Neil, "Generalized isolation level definitions" (ICDE 2000), tell phenomena apart by
what a circle is made of: writes over writes only (G0), with reads of what was written (G1c), with exactly
one read that was overwritten (G-single), with more of those (G2-item). The smallest circle of
each kind is found by breadth-first search from each edge that it must have, as in Elle (Kingsbury and
Alvaro, "Elle: inferring isolation anomalies from experimental observations", VLDB 2020).

A circle with several overwritten reads is reported only where no simpler one hangs together with it: to
find the smallest of those that pass through no transaction twice is as hard as to find disjoint paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.properties.histories.transaction import Edge

Circle = tuple["Edge", ...]

#: By kind: an edge that a circle must have, and those that the rest of it may have.
_SIMPLE = {
    "G0": (("ww",), ("ww",)),
    "G1c": (("wr",), ("ww", "wr")),
    "G-single": (("rw",), ("ww", "wr")),
}


def smallest_circles(edges: Sequence[Edge]) -> dict[str, Circle]:
    """The smallest circle of each kind that there is."""
    found: dict[str, Circle] = {}
    tainted: set[int] = set()
    for kind, (first, rest) in _SIMPLE.items():
        ways = _ways(edge for edge in edges if edge.kind in rest)
        for edge in edges:
            circle = _closed(edge, ways) if edge.kind in first else None
            if circle is not None:
                tainted.add(edge.first)
                _keep(found, kind, circle)
    ways = _ways(edges)
    spoilt = _connected_with(tainted, ways)
    for edge in edges:
        if edge.kind == "rw" and edge.first not in spoilt:
            circle = _closed(edge, ways)
            if circle is not None:
                _keep(found, "G2-item", circle)
    return found


def _keep(found: dict[str, Circle], kind: str, circle: Circle) -> None:
    if kind not in found or len(circle) < len(found[kind]):
        found[kind] = circle


def _ways(edges: Iterable[Edge]) -> dict[int, list[Edge]]:
    ways: dict[int, list[Edge]] = {}
    for edge in edges:
        ways.setdefault(edge.first, []).append(edge)
    return ways


def _closed(edge: Edge, ways: dict[int, list[Edge]]) -> Circle | None:
    """The smallest circle through an edge and otherwise along `ways`."""
    came = _reached(edge.second, ways)
    if edge.first not in came:
        return None
    back: list[Edge] = []
    at = edge.first
    while at != edge.second:
        step = came[at]
        assert step is not None
        back.append(step)
        at = step.first
    return (edge, *reversed(back))


def _reached(start: int, ways: dict[int, list[Edge]]) -> dict[int, Edge | None]:
    """Everybody who can be reached, nearest first, with the edge by which."""
    came: dict[int, Edge | None] = {start: None}
    queue = [start]
    for at in queue:  # it grows while it is gone through
        for edge in ways.get(at, ()):
            if edge.second not in came:
                came[edge.second] = edge
                queue.append(edge.second)
    return came


def _connected_with(some: set[int], ways: dict[int, list[Edge]]) -> set[int]:
    """Everybody who can reach one of `some`, and be reached from it."""
    connected: set[int] = set()
    for one in some - connected:
        connected.update(other for other in _reached(one, ways) if one in _reached(other, ways))
    return connected
