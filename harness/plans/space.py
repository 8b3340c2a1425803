"""Which plans there can be: what a scenario lets be done to its fleet."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import msgspec

from harness.errors import PlanImpossible, UnknownInPlan
from harness.plans.moves import (
    AnyMove,
    Copy,
    How,
    Pause,
    Promote,
    Ready,
    Restart,
    Run,
    Start,
    Stop,
)
from harness.plans.plan import MOVES_MAX, Plan
from harness.plans.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

_Options: TypeAlias = dict[str, tuple[Any, ...]]
_Kind: TypeAlias = tuple[type[Any], _Options]


@attrs.frozen(kw_only=True)
class Space:
    """What may be in a plan, and what random plans are drawn from.

    A plan that somebody writes may use any move on these targets; the options listed here are those that
    random plans have.

    Attributes:
      services, nodes, jobs: the targets, by their names in the fleet.
      moves_max: how many moves a random plan has at most; where it leaves a service down, a start of
        it follows.
      hows: the ways of a restart.
      readies: the readiness rules.
      drains_s: the drain times; None is as long as it takes.
      catch_ups, fences: of promotions.
      overlaps: whether a move may overlap the next.
    """

    services: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    moves_max: int = 4
    hows: tuple[How, ...] = ("full-downtime", "blue-green")
    readies: tuple[Ready, ...] = ("ready", "started")
    drains_s: tuple[float | None, ...] = (None,)
    catch_ups: tuple[bool, ...] = (True, False)
    fences: tuple[bool, ...] = (True,)
    overlaps: tuple[bool, ...] = (False, True)

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Space):
            if field.name != "moves_max":
                self._check_field(field.name, getattr(self, field.name))
        if type(self.moves_max) is not int or not 1 <= self.moves_max <= MOVES_MAX // 2:
            what = f"moves_max is {self.moves_max!r}"
            raise PlanImpossible(what, f"say a whole number from 1 to {MOVES_MAX // 2}")
        try:
            self.moves()
        except ValueError as error:  # moves know what may stand in them
            raise PlanImpossible(str(error), "no plan could hold that") from None

    def _check_field(self, name: str, values: object) -> None:
        if not isinstance(values, tuple):
            raise PlanImpossible(f"{name} is no tuple", f"say {name}=(...,)")
        if not values and name not in ("services", "nodes", "jobs"):
            raise PlanImpossible(f"{name} is empty", "leave it out, or say what there is")
        for value in values:
            if values.count(value) > 1:
                raise PlanImpossible(f"{value!r} stands twice in {name}", "say it once")

    # ---- a plan that somebody wrote ------------------------------------------------------------

    def check(self, plan: Plan, state: State | None = None) -> State:
        """Whether this plan can be carried out on the fleet; returns how that is afterwards.

        Args:
          plan: the plan.
          state: how the fleet is before; by default all is up, and nothing copied.

        Raises:
          UnknownInPlan: it names what the fleet does not have.
          PlanImpossible: a move cannot be made when its turn comes.
        """
        state = State() if state is None else state
        for number, move in enumerate(plan.moves, 1):
            known = self._known(move)
            if move.target not in known:
                raise UnknownInPlan(number, str(move), known)
            reason = state.forbids(move)
            if reason:
                raise PlanImpossible(f"move {number}, {move}: {reason}", "mend the plan")
            state = state.after(move)
        return state

    def _known(self, move: AnyMove) -> tuple[str, ...]:
        if isinstance(move, Pause):
            return (move.target,)
        return {"service": self.services, "node": self.nodes, "job": self.jobs}[move.kind]

    # ---- random plans --------------------------------------------------------------------------

    def kinds(self) -> list[tuple[type[Any], str, _Options]]:
        """Kind, target and options of every move that random plans are made of, simplest first."""
        once: _Options = {"overlap": self.overlaps}
        up: _Options = {"ready": self.readies}
        down: _Options = {"drain_s": self.drains_s}
        of_services: list[_Kind] = [
            (Restart, {"how": self.hows, **up, **down, **once}),
            (Stop, {**down, **once}),
            (Start, {**up, **once}),
        ]
        of_nodes: list[_Kind] = [
            (Copy, once),
            (Promote, {"catch_up": self.catch_ups, "fence": self.fences, **once}),
        ]
        of_jobs: list[_Kind] = [(Run, once)]
        return [
            (kind, target, options)
            for targets, kinds in (
                (self.services, of_services),
                (self.nodes, of_nodes),
                (self.jobs, of_jobs),
            )
            for target in targets
            for kind, options in kinds
        ]

    def moves(self) -> list[AnyMove]:
        """Every move that random plans are made of."""
        return [
            kind(target, **dict(zip(options, values, strict=True)))
            for kind, target, options in self.kinds()
            for values in product(*options.values())
        ]

    def whole(self, plan: Plan) -> Plan:
        """The plan without the moves that cannot be made, and with every service up at its end."""
        return msgspec.structs.replace(plan, moves=self._whole(plan.moves))

    def _whole(self, moves: tuple[AnyMove, ...]) -> tuple[AnyMove, ...]:
        state, made = State(), []
        for move in moves:
            if move.target in self._known(move) and not state.forbids(move):
                made.append(move)
                state = state.after(move)
        ready, overlap = self.readies[0], self.overlaps[0]
        return (*made, *(Start(each, ready=ready, overlap=overlap) for each in state.down))

    def smaller(self, plan: Plan) -> Iterator[Plan]:
        """The plans with one element less: without a move, or with an option as if nobody had said it.

        Each of them whole, all of them different, each with fewer moves, or as many and less said.
        """
        seen: set[tuple[AnyMove, ...]] = set()
        for less in map(self._whole, _less(plan.moves)):
            if less not in seen and _weight(less) < _weight(plan.moves):
                seen.add(less)
                yield msgspec.structs.replace(plan, moves=less)

    def size(self) -> int:
        """How many different whole plans there are."""
        return _count(tuple(self.moves()), self.moves_max)


def _less(moves: tuple[AnyMove, ...]) -> Iterator[tuple[AnyMove, ...]]:
    for index in range(len(moves)):
        yield moves[:index] + moves[index + 1 :]
    for index, move in enumerate(moves):
        for option in move.options():
            yield (*moves[:index], move.without(option), *moves[index + 1 :])


def _weight(moves: tuple[AnyMove, ...]) -> tuple[int, int]:
    return len(moves), sum(len(move.options()) for move in moves)


def _count(moves: tuple[AnyMove, ...], moves_max: int) -> int:
    """How many whole plans at most so many moves make.

    One that is too short and leaves a service down is not counted: with the start that `whole` adds,
    which is a move of the space, it is another one that is.
    """

    @cache
    def from_here(state: State, left: int) -> int:
        if not left:
            return 1
        return (not state.down) + sum(
            from_here(state.after(move), left - 1) for move in moves if not state.forbids(move)
        )

    return from_here(State(), moves_max)
