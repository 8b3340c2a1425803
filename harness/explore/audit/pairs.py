"""Neighbouring steps that are said to commute, and orders in which some of them are swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from harness.kernel import Event

#: How often a pair that could be swapped is; and one that was swapped before.
_ONWARDS, _BACK = 0.9, 0.15


@attrs.frozen
class Pair:
    """Two neighbours: the steps from `begin` to `middle`, and those from there to `end`.

    More than one step on a side are one step, and the first steps of the processes it started.
    """

    begin: int
    middle: int
    end: int


def pairs_of(events: Sequence[Event]) -> list[Pair]:
    """All neighbours that the footprints call independent; they may overlap."""
    starts = [n for n, event in enumerate(events) if event.glued is None]
    bounds = [*starts, len(events)]
    triples = zip(bounds, bounds[1:], bounds[2:], strict=False)
    return [pair for triple in triples if _commute(events, pair := Pair(*triple))]


def _commute(events: Sequence[Event], pair: Pair) -> bool:
    first, second = events[pair.begin], events[pair.middle]
    if first.fixed or first.idle or second.fixed or second.idle or first.conflicts(second):
        return False
    firsts, seconds = events[pair.begin : pair.middle], events[pair.middle : pair.end]
    if {event.who for event in firsts} & {event.who for event in seconds}:
        return False
    earlier = (1 << pair.middle) - (1 << pair.begin)
    return not any((event.after | event.freed) & earlier for event in seconds)


def draw(random: Random, pairs: Sequence[Pair], began: Sequence[int]) -> list[Pair]:
    """Some of them, no two of which overlap, in order.

    `began` has the place of each step where the walk began. A pair that still stands as it stood there is
    rather swapped than one that was swapped before: else a walk goes to and fro.
    """
    drawn: list[Pair] = []
    taken: set[int] = set()
    for pair in random.sample(pairs, len(pairs)):
        onwards = began[pair.begin] < began[pair.middle]
        places = range(pair.begin, pair.end)
        if random.random() < (_ONWARDS if onwards else _BACK) and taken.isdisjoint(places):
            drawn.append(pair)
            taken.update(places)
    return sorted(drawn, key=lambda pair: pair.begin)


def swapped(count: int, pairs: Sequence[Pair]) -> list[int]:
    """The places of `count` steps in the order in which these pairs are the other way round."""
    order = list(range(count))
    for pair in pairs:
        order[pair.begin : pair.end] = [
            *range(pair.middle, pair.end),
            *range(pair.begin, pair.middle),
        ]
    return order
