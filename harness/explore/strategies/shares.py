"""Whose turn it is in a portfolio: whoever has been finding new classes at the least cost, most often."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING, Annotated, Literal

import attrs
import msgspec

from harness.explore.estimate import class_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.explore.estimate import Remaining
    from harness.kernel import Engine

#: What the exhaustive search is called here.
PROVING = "exhaustive"

#: How much each sampler gets while all find as much: in order of how soon they find known bugs.
PRIOR = {"surw": 8.0, "pos": 4.0, "pct": 2.0, "random": 2.0}

#: How much `random` gets while its runs say how large the tree of a depth-first search is.
PRIOR_PROBING = 8.0

#: Shares of the first schedules, of so many: in a small program the exhaustive search is as likely to
#: come upon a bug as the best sampler, in a large one it varies nothing but the end of a run.
OPENING = 16
_SMALL = {"surw": 1 / 2, PROVING: 1 / 2}
_LARGE = {"surw": 5 / 8, "pos": 1 / 4, PROVING: 1 / 8}

#: A program is large if the choices of its first run suggest so many interleavings.
_LARGE_FROM = 1e12

#: Then shares are drawn up anew: after so many schedules, later after an eighth of all.
_EVERY = 32

#: Of those that are not proving, each gets this part at least, however little it finds.
_FLOOR = 1 / 32
#: One that finds nothing is taken to find this part of what the best finds.
_YIELD_MIN = 1 / 8

#: What the exhaustive search gets: if it will be done within the budget, may be, cannot be.
_SURE, _PERHAPS, _HOPELESS = 3 / 4, 1 / 4, 1 / 16

#: So much of what is drawn is new if there are few classes; if too many, more than that.
_FEW, _MANY = 1 / 2, 9 / 10

#: What a run found counts for less with every later run of the same arm.
_DECAY = 1 - 1 / 32

#: Telling a class costs about a tenth of a small schedule: after so many, every second one counts.
_COUNTED_ALL = 1_000

#: So many classes are remembered; then it begins anew.
_SEEN_MAX = 20_000

#: Who takes turns: everybody, those who draw at random, or nobody but the exhaustive search.
Part = Literal["whole", "sampling", "proving"]

Natural = Annotated[int, msgspec.Meta(ge=0)]
Amount = Annotated[float, msgspec.Meta(ge=0)]


class ArmState(msgspec.Struct, forbid_unknown_fields=True):
    """One of those that take turns, as it is stored too.

    Attributes:
      runs, steps: so far.
      found, cost, looked: new classes, steps, and runs looked at, of late.
      credit: how much more often its turn should have come.
    """

    runs: Natural = 0
    steps: Natural = 0
    found: Amount = 0.0
    cost: Amount = 0.0
    looked: Amount = 0.0
    credit: float = 0.0


class SharesState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares between two runs, as they are stored."""

    arms: dict[str, ArmState]
    shares: dict[str, Amount]
    seen: list[int]

    def check(self) -> None:
        """They may be what a search left behind.

        Raises:
          ValueError: they may not.
        """
        names = {PROVING, *PRIOR}
        if set(self.arms) != names or set(self.shares) != names:
            raise ValueError("not everybody has a share")
        if not self.shares[PROVING]:
            raise ValueError("the exhaustive search has none")


def by_repeats(new: float) -> float:
    """The share of an exhaustive search if so much of what is drawn at random is new."""
    if new < _FEW:
        return _SURE
    return _PERHAPS if new < _MANY else _HOPELESS


def by_estimate(share: float, left: Remaining | None, room: float) -> float:
    """What becomes of this share if so much is left, and there is room for so many schedules."""
    if left is None or left.likely <= room * _SURE:
        return share
    return min(share, _PERHAPS) if left.low <= room else _HOPELESS


@attrs.define
class Shares:
    """Deals out turns, by counts of schedules and steps alone: no clock has a say.

    Attributes:
      schedules_max, steps_max: the budget, from the beginning of the search.
      reducing: whether the exhaustive search makes one run of each class. Its estimate is then too low at
        first, and how much is new to samplers says more. Else `random` is what an estimate rests on.
      part: who takes turns.
    """

    schedules_max: int | None = None
    steps_max: float | None = None
    reducing: bool = True
    part: Part = "whole"
    _arms: dict[str, ArmState] = attrs.field(
        factory=lambda: {name: ArmState() for name in (PROVING, *PRIOR)}, init=False
    )
    _shares: dict[str, float] = attrs.field(factory=dict, init=False)
    _seen: dict[int, None] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._share(_SMALL)

    def _share(self, opening: Mapping[str, float]) -> None:
        """Shares of the first schedules; of those who are there, in proportion."""
        proving = {"whole": opening[PROVING], "sampling": 0.0, "proving": 1.0}[self.part]
        scale = (1 - proving) / (1 - opening[PROVING])
        parts = {name: opening.get(name, 0.0) * scale for name in PRIOR}
        self._shares = parts | {PROVING: proving}

    @property
    def of_proving(self) -> float:
        """The part of all schedules that the exhaustive search gets at present."""
        return self._shares[PROVING]

    @property
    def turns(self) -> int:
        """Schedules so far."""
        return sum(arm.runs for arm in self._arms.values())

    def turn(self, left: Callable[[], Remaining | None]) -> str:
        """Whose turn it is; `left` estimates what the exhaustive search has still to do."""
        turns = self.turns
        every = max(_EVERY, 1 << max(turns.bit_length() - 4, 0))
        if turns == OPENING or (turns > OPENING and turns % every == 0):
            self._deal(left())
        waiting = {name: arm.credit + self._shares[name] for name, arm in self._arms.items()}
        return max(waiting, key=waiting.__getitem__)

    def ran(self, name: str, engine: Engine) -> None:
        """A turn was taken; the run is in the engine."""
        if self.turns == 0 and sum(map(log, filter(None, engine.branching))) > log(_LARGE_FROM):
            self._share(_LARGE)
        for other, arm in self._arms.items():
            arm.credit += self._shares[other] - (other == name)
        arm = self._arms[name]
        arm.runs += 1
        arm.steps += engine.step
        if self.turns > _COUNTED_ALL and arm.runs & 1:
            return
        arm.looked = arm.looked * _DECAY + 1
        arm.cost = arm.cost * _DECAY + engine.step + 1
        arm.found = arm.found * _DECAY + self._is_new(class_hash(engine))

    def _is_new(self, found: int) -> bool:
        if found in self._seen:
            return False
        if len(self._seen) >= _SEEN_MAX:
            self._seen.clear()
        self._seen[found] = None
        return True

    def _deal(self, left: Remaining | None) -> None:
        proving = self._proving(left)
        rates = {name: self._rate(name) for name in PRIOR}
        best = max(rates.values())
        priors = PRIOR | ({} if self.reducing else {"random": PRIOR_PROBING})
        weights = {
            name: prior * max(rates[name] / best if best else 1.0, _YIELD_MIN)
            for name, prior in priors.items()
        }
        whole = sum(weights.values())
        parts = {name: max(weight / whole, _FLOOR) for name, weight in weights.items()}
        scale = (1 - proving) / sum(parts.values())
        self._shares = {name: part * scale for name, part in parts.items()} | {PROVING: proving}

    def _rate(self, name: str) -> float:
        """New classes a step, of late; of one that had no turn yet, the best that there can be."""
        arm = self._arms[name]
        if arm.cost:
            return arm.found / arm.cost
        return max(
            (other.found / other.cost for other in self._arms.values() if other.cost), default=0
        )

    def _proving(self, left: Remaining | None) -> float:
        """The share of the exhaustive search."""
        if self.part != "whole":
            return float(self.part == "proving")
        room = self._room()
        if self.reducing:
            return by_estimate(self._by_repeats(), left, room)
        is_sure = left is not None and left.likely <= room * _SURE
        return by_estimate(_SURE if is_sure else _PERHAPS, left, room)

    def _by_repeats(self) -> float:
        """If most of what is drawn at random has been seen, there are few classes; if none, too many."""
        arms = [self._arms[name] for name in PRIOR]
        looked = sum(arm.looked for arm in arms)
        return by_repeats(sum(arm.found for arm in arms) / looked if looked else 1.0)

    def _room(self) -> float:
        """So many more schedules could be made if all were of the exhaustive search."""
        rooms = [inf]
        if self.schedules_max is not None:
            rooms.append(self.schedules_max - self.turns)
        if self.steps_max is not None:
            arm = self._arms[PROVING]
            steps = sum(other.steps for other in self._arms.values())
            rooms.append((self.steps_max - steps) * arm.runs / (arm.steps + 1))
        return min(rooms)

    def runs(self, name: str) -> int:
        """How many turns somebody had."""
        return self._arms[name].runs

    def state(self) -> SharesState:
        """To be stored."""
        return SharesState(self._arms, self._shares, list(self._seen))

    def restore(self, state: SharesState) -> None:
        """Go on from there.

        Raises:
          ValueError: this is nothing that `state` returns.
        """
        state.check()
        self._arms, self._shares = state.arms, state.shares
        self._seen = dict.fromkeys(state.seen)
