"""Random runs that say how large the tree is."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel import Chooser, Engine

#: More probes make the estimate hardly better: its error shrinks with the root of their number.
PROBES_MAX = 1_000

#: So many picks are kept at most, over all probes.
PICKS_MAX = 200_000


class Probe(NamedTuple):
    """One random run: what it picked, and the logarithm of the product of the widths on its way."""

    picks: tuple[int, ...]
    log_weight: float


class Probing:
    """Passes on the picks of a chooser that takes every option with equal odds, and keeps them.

    Attributes:
      probes: the runs so far.
      wanted: whether more of them would be of use.
    """

    def __init__(self, chooser: Chooser) -> None:
        self._chooser = chooser
        self._picks: list[int] = []
        self._widths: list[int] = []
        self._room = PICKS_MAX
        self.probes: list[Probe] = []
        self.wanted = True

    def begin(self, engine: Engine) -> None:
        self._chooser.begin(engine)
        self._picks = []
        self._widths = []

    def pick(self, options: list[int], current: int) -> int:
        pick = self._chooser.pick(options, current)
        self._picks.append(pick)
        self._widths.append(len(options))
        return pick

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        pick = self._chooser.pick_data(label, options)
        self._picks.append(pick)
        self._widths.append(len(options))
        return pick

    def keep(self) -> None:
        """The run is over, and counts."""
        self.probes.append(Probe(tuple(self._picks), sum(map(log, self._widths))))
        self._room -= len(self._picks)
        self.wanted = self._room > 0 and len(self.probes) < PROBES_MAX
