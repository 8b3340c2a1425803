"""Ways to search, one a file, behind one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import UnknownStrategy
from harness.explore.strategies.dfs import DepthFirst as DepthFirst
from harness.explore.strategies.dpor import Dpor as Dpor
from harness.explore.strategies.options import SearchOptions as SearchOptions
from harness.explore.strategies.pct import Pct as Pct
from harness.explore.strategies.portfolio import Portfolio as Portfolio
from harness.explore.strategies.pos import Pos as Pos
from harness.explore.strategies.random import RandomWalk as RandomWalk
from harness.explore.strategies.surw import Surw as Surw

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.explore.strategies.base import Strategy

#: Name on the command line -> how to make one from a seed, and from those options that it `takes`.
STRATEGIES: dict[str, Callable[..., Strategy]] = {
    "portfolio": Portfolio,
    "random": RandomWalk,
    "dfs": DepthFirst,
    "dpor": Dpor,
    "pct": Pct,
    "pos": Pos,
    "surw": Surw,
}

#: Those whose search can be stored and resumed.
RESUMABLE = tuple(name for name, made in STRATEGIES.items() if hasattr(made, "restore"))


def make_strategy(name: str, seed: int, options: SearchOptions | None = None) -> Strategy:
    """A fresh strategy by name.

    Raises:
      UnknownStrategy: listing the names there are.
      OptionNotTaken: something is asked for that this strategy does not do.
    """
    if not isinstance(name, str) or name not in STRATEGIES:
        raise UnknownStrategy(name, list(STRATEGIES))
    options = options or SearchOptions()
    options.check_taken(name, {n: getattr(made, "takes", ()) for n, made in STRATEGIES.items()})
    return STRATEGIES[name](seed, **options.given())
