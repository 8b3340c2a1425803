"""A portfolio as it is where a reduction is of no use."""

from __future__ import annotations

from harness.explore.strategies import Portfolio


class WithoutReduction(Portfolio):
    """Has depth-first search for its exhaustive part, from the first."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.give_up_reducing()
