"""Ways to search, one a file, behind one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UnknownStrategy
from harness.explore.strategies.dfs import DepthFirst as DepthFirst
from harness.explore.strategies.dpor import Dpor as Dpor
from harness.explore.strategies.portfolio import Portfolio as Portfolio
from harness.explore.strategies.random import RandomWalk as RandomWalk

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.explore.strategies.base import Strategy

#: Name on the command line -> how to make one from a seed.
STRATEGIES: dict[str, Callable[[int], Strategy]] = {
    "portfolio": Portfolio,
    "random": RandomWalk,
    "dfs": DepthFirst,
    "dpor": Dpor,
}


def make_strategy(name: str, seed: int) -> Strategy:
    """A fresh strategy by name.

    Raises:
      UnknownStrategy: listing the names there are.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        raise UnknownStrategy(name, list(STRATEGIES))
    return STRATEGIES[name](seed)
