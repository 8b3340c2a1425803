"""The default: several samplers and an exhaustive search take turns, the most fruitful most often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from harness.errors import InternalError
from harness.explore.estimate import Probing, Remaining, remaining_schedules
from harness.explore.strategies.dfs import DepthFirst
from harness.explore.strategies.dpor import Dpor
from harness.explore.strategies.pct import Pct
from harness.explore.strategies.pos import Pos
from harness.explore.strategies.random import RandomWalk
from harness.explore.strategies.shares import PROVING, Part, Shares, SharesState
from harness.explore.strategies.surw import Surw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.explore.strategies.base import Sampler, Strategy
    from harness.kernel import Chooser, Engine

#: A second of time budget is taken for so many steps, whatever machine it is: what a search does must
#: not depend on a clock.
STEPS_PER_S = 20_000


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A portfolio between two runs, as it is stored.

    Attributes:
      exhaustive: the name of its exhaustive part.
      searched: where that stands; None if that cannot be said, and it begins anew.
    """

    shares: SharesState
    exhaustive: Literal["dfs", "dpor"]
    searched: dict[str, Any] | None
    samplers: dict[str, dict[str, Any]]


class Portfolio:
    """Takes turns between `surw`, `pos`, `pct`, `random` and an exhaustive search.

    That is `dpor`, or `dfs` once the reduction has come upon something that it cannot explain, or has found
    what only a free scheduler could have made. Depth-first search alone spends its budget in one corner of a large tree; random runs alone
    prove nothing about a small one. Exhausted as soon as the exhaustive part is.

    Attributes:
      observes: whether the run at hand is one of `dpor`.
      draws: whether it is drawn at random.
    """

    name = "portfolio"

    def __init__(self, seed: int, *, part: Part = "whole") -> None:
        """Make one; `part` is for several that share the work: all of it, or who is left out."""
        self._random = RandomWalk(seed)
        self._probing = Probing(self._random)
        self._surw = Surw(seed)
        self._samplers: dict[str, Sampler] = {
            "surw": self._surw,
            "pos": Pos(seed),
            "pct": Pct(seed),
            "random": self._random,
        }
        self._exhaustive: Dpor | DepthFirst = Dpor()
        self._run: Callable[[Chooser], Engine] | None = None
        self._shares = Shares(part=part)
        self._turn = ""
        self._given_up = False
        self.trouble = ""
        self._searched: dict[str, Any] | None = None
        self._active: Chooser = self._random

    # ---- what it may do --------------------------------------------------------------------------

    def plan(self, *, schedules: int | None, time_budget_s: float | None) -> None:
        self._shares.schedules_max = schedules
        self._shares.steps_max = None if time_budget_s is None else time_budget_s * STEPS_PER_S

    def attach(self, run: Callable[[Chooser], Engine]) -> None:
        self._run = run
        if isinstance(self._exhaustive, Dpor):
            self._exhaustive.attach(run)

    def give_up_reducing(self) -> None:
        """After the run at hand, every interleaving is made instead of one of each class."""
        self._given_up = True

    def _go_through_all(self) -> None:
        if self._reducing:
            self._exhaustive = DepthFirst()
            self._searched = None
            self._shares.reducing = False

    @property
    def exhausted(self) -> bool:
        return self._exhaustive.exhausted

    @property
    def observes(self) -> bool:
        return self._active is self._exhaustive and isinstance(self._exhaustive, Dpor)

    @property
    def draws(self) -> bool:
        return self._active is not self._exhaustive

    @property
    def classes(self) -> int | None:
        """As of `dpor`, if that has seen them all."""
        return self._of_reduction("classes")

    @property
    def redundant(self) -> int | None:
        return self._of_reduction("redundant")

    @property
    def blocked(self) -> int | None:
        return self._of_reduction("blocked")

    @property
    def set_aside(self) -> int:
        """Runs of the exhaustive search that are no part of it: it began anew since."""
        found = self._exhaustive
        if isinstance(found, DepthFirst):
            return self._shares.runs(PROVING) - found.runs
        return self._shares.runs(PROVING) - found.classes - found.redundant - found.blocked

    def _of_reduction(self, name: str) -> int | None:
        found = self._exhaustive
        return getattr(found, name) if isinstance(found, Dpor) and found.exhausted else None

    # ---- a run -----------------------------------------------------------------------------------

    def more(self) -> bool:
        if self._given_up:
            self._go_through_all()
        if self.exhausted:
            return False
        self._turn = self._shares.turn(self._left)
        self._active = self._arm(self._turn)
        if self._active is self._random and self._probing.wanted and not self._reducing:
            self._active = self._probing
        return self._arm(self._turn).more()

    def _arm(self, name: str) -> Strategy:
        return self._exhaustive if name == PROVING else self._samplers[name]

    @property
    def _reducing(self) -> bool:
        return isinstance(self._exhaustive, Dpor)

    def begin(self, engine: Engine) -> None:
        self._active.begin(engine)

    def pick(self, options: list[int], current: int) -> int:
        return self._active.pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return self._active.pick_data(label, options)

    def counts(self, engine: Engine) -> bool:
        """Whether the run just made is one of those that were asked for: all are."""
        return True

    def finished(self, engine: Engine) -> None:
        self._shares.ran(self._turn, engine)
        if self._turn == PROVING:
            self._searched = None
        if self._turn != "surw":
            self._surw.watch(engine)
        if self._active is self._probing:
            self._probing.keep()
        if self.observes and self._given_up:
            return
        try:
            self._arm(self._turn).finished(engine)
        except InternalError as error:
            if not self.observes:
                raise
            # What was found stands, and what was proved is proved anew: but it is to be known.
            self.trouble = str(error)
            self.give_up_reducing()

    # ---- what is left ----------------------------------------------------------------------------

    def _left(self) -> Remaining | None:
        """Of the exhaustive search by itself."""
        found = self._exhaustive
        if isinstance(found, DepthFirst):
            return remaining_schedules(found.levels(), found.runs, self._probing.probes)
        return found.remaining()

    def remaining(self) -> Remaining | None:
        """Of the exhaustive search, and what is drawn in between."""
        left = self._left()
        return None if left is None else left.scaled(1 / self._shares.of_proving)

    # ---- a search that was stopped ---------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        if self._searched is None:  # else it has stood still since it was restored
            self._searched = self._exhaustive.state()
        return {
            "shares": msgspec.to_builtins(self._shares.state()),
            "exhaustive": self._exhaustive.name,
            "searched": self._searched,
            "samplers": {name: arm.learnt() for name, arm in self._samplers.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        read = msgspec.convert(state, State)
        if set(read.samplers) != set(self._samplers):
            raise ValueError("its samplers are others")
        self._shares.restore(read.shares)
        for name, arm in self._samplers.items():
            arm.relearn(read.samplers[name])
        if read.exhaustive == DepthFirst.name:
            self._go_through_all()
        if read.searched is not None:
            self._exhaustive.restore(read.searched)
            self._searched = read.searched
