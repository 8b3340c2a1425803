"""From many swaps that together made a difference down to the one that did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs

from harness.errors import Nondeterminism
from harness.explore.audit.compare import is_same
from harness.explore.audit.pairs import Pair, swapped
from harness.explore.audit.record import Record

if TYPE_CHECKING:
    from harness.explore.audit.play import Player
    from harness.kernel import Event


@attrs.frozen
class Culprit:
    """Two orders that differ in one pair only, and what came of each.

    Attributes:
      before, after: the runs.
      pair: where in `before` the two steps are.
      order: `after` as places in `before`.
    """

    before: Record
    after: Record
    pair: Pair
    order: Sequence[int]


def narrowed(player: Player, before: Record, pairs: Sequence[Pair]) -> Culprit:
    """The pair that made the difference, when the others before it are swapped as well.

    Raises:
      Nondeterminism: equal orders come to different things.
    """
    same, differs = 0, len(pairs)
    while differs - same > 1:
        middle = (same + differs) // 2
        record = player.play(_order(before, pairs[:middle]))
        if is_same(before, record, swapped(len(before), pairs[:middle]), pairs[:middle]):
            same = middle
        else:
            differs = middle
    pair = pairs[differs - 1]
    context = _twice(player, _order(before, pairs[:same]))
    order = swapped(len(before), [pair])
    after = _twice(player, [context.events[place] for place in order])
    if len(context) != len(before) or is_same(context, after, order, [pair]):
        raise Nondeterminism("two orders of steps came to the same only at times")
    return Culprit(context, after, pair, order)


def _order(before: Record, pairs: Sequence[Pair]) -> list[Event]:
    return [before.events[place] for place in swapped(len(before), pairs)]


def _twice(player: Player, order: Sequence[Event]) -> Record:
    """The run of an order, made twice."""
    first, second = player.play(order), player.play(order)
    if not is_same(first, second, range(len(first)), ()):
        raise Nondeterminism("an order of steps, run twice with the same choices, parted")
    return second
