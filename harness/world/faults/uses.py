"""How often each kind of fault struck in a search, and what it hit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Targets told apart, of each kind; further ones are counted together.
TARGETS_MAX = 1_000
OTHERS = "others"


@attrs.frozen
class FaultUse:
    """What became of one kind of fault.

    Attributes:
      kind: of the fault.
      budget: how often it may strike in a run.
      fired: how often it struck, in all runs together.
      hit: the targets, the most often hit first, and how often each was.
    """

    kind: str
    budget: int
    fired: int
    hit: Mapping[str, int]

    def in_words(self, targets_max: int = 4) -> str:
        """As a person reads it: "kill struck 12 times (funding#1 8, risk#1 4)"."""
        if not self.fired:
            return f"{self.kind} never struck"
        shown = [f"{target} {count}" for target, count in list(self.hit.items())[:targets_max]]
        more = len(self.hit) - len(shown)
        shown += [f"{more} more"] if more > 0 else []
        times = "once" if self.fired == 1 else f"{self.fired} times"
        return f"{self.kind} struck {times} ({', '.join(shown)})"


class Uses:
    """Counts faults over the runs of a search."""

    def __init__(self) -> None:
        self._hit: dict[str, dict[str, int]] = {}

    def add(self, struck: Iterable[tuple[str, str]], times: int = 1) -> None:
        """The faults of one more run."""
        for kind, target in struck:
            hit = self._hit.setdefault(kind, {})
            if target not in hit and len(hit) >= TARGETS_MAX:
                target = OTHERS  # noqa: PLW2901  # one of many
            hit[target] = hit.get(target, 0) + times

    def counts(self) -> dict[str, dict[str, int]]:
        """By kind and target, as data."""
        return {kind: dict(hit) for kind, hit in self._hit.items()}

    def add_counts(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """What another part of the search counted."""
        for kind, hit in counts.items():
            for target, times in hit.items():
                self.add([(kind, target)], times)

    def report(self, budgets: Mapping[str, int]) -> tuple[FaultUse, ...]:
        """One entry for each kind that had a budget."""
        return tuple(
            FaultUse(kind, budget, sum(hit.values()), _most_first(hit))
            for kind, budget in budgets.items()
            for hit in [self._hit.get(kind, {})]
        )


def _most_first(hit: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(hit.items(), key=lambda item: (-item[1], item[0])))
