"""Which plans there can be: what a scenario lets be done to its fleet."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.plans.plan import Plan

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
    moves_max: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    hows: tuple[How, ...] = ("full-downtime", "blue-green")
    readies: tuple[Ready, ...] = ("ready", "started")
    drains_s: tuple[float | None, ...] = (None,)
    catch_ups: tuple[bool, ...] = (True, False)
    fences: tuple[bool, ...] = (True,)
    overlaps: tuple[bool, ...] = (False, True)

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Space):
            if field.name != "moves_max" and not isinstance(getattr(self, field.name), tuple):
                raise PlanImpossible(f"{field.name} is no tuple", f"say {field.name}=(...,)")
        for name in (*self.services, *self.nodes, *self.jobs):
            if not isinstance(name, str) or not name.strip():
                raise PlanImpossible(f"{name!r} is no name", 'say services=("funding",)')
        for how in self.hows:
            if how not in get_args(How):
                raise PlanImpossible(f"there is no restart {how!r}", f"say {get_args(How)}")
        for ready in self.readies:
            if ready not in get_args(Ready):
                raise PlanImpossible(f"there is no rule {ready!r}", f"say {get_args(Ready)}")

    # ---- a plan that somebody wrote ------------------------------------------------------------

    def check(self, plan: Plan) -> None:
        """Whether this plan can be carried out on the fleet.

        Raises:
          UnknownInPlan: it names what the fleet does not have.
          PlanImpossible: a move cannot be made when its turn comes.
        """
        state = _State()
        for number, move in enumerate(plan.moves, 1):
            known = self._known(move)
            if known is not None and move.target not in known:
                raise UnknownInPlan(number, str(move), known)
            reason = state.forbids(move)
            if reason:
                raise PlanImpossible(f"move {number}, {move}: {reason}", "mend the plan")
            state = state.after(move)

    def _known(self, move: AnyMove) -> tuple[str, ...] | None:
        if isinstance(move, Copy | Promote):
            return self.nodes
        if isinstance(move, Run):
            return self.jobs
        return None if isinstance(move, Pause) else self.services

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
        state, moves = _State(), []
        for move in plan.moves:
            if not state.forbids(move):
                moves.append(move)
                state = state.after(move)
        moves += [
            Start(service, ready=self.readies[0], overlap=self.overlaps[0])
            for service in state.down
        ]
        return msgspec.structs.replace(plan, moves=tuple(moves))

    def smaller(self, plan: Plan) -> Iterator[Plan]:
        """The plans with one element less: without a move, or with an option as if nobody had said it.

        Each of them whole, none of them longer, none of them the plan itself.
        """
        seen = {plan.moves}
        for moves in _less(plan.moves):
            less = self.whole(msgspec.structs.replace(plan, moves=moves))
            if less.moves not in seen and len(less.moves) <= len(plan.moves):
                seen.add(less.moves)
                yield less

    def size(self) -> int:
        """How many different whole plans there are."""
        return _count(tuple(self.moves()), self.moves_max)


def _less(moves: tuple[AnyMove, ...]) -> Iterator[tuple[AnyMove, ...]]:
    for index in range(len(moves)):
        yield moves[:index] + moves[index + 1 :]
    for index, move in enumerate(moves):
        for option in move.options():
            fields = {field.name: field.default for field in msgspec.structs.fields(type(move))}
            plain = {option: fields[option]}
            if option == "how":  # the other ways have no overlap
                plain["overlap_s"] = 0.0
            yield (*moves[:index], msgspec.structs.replace(move, **plain), *moves[index + 1 :])


@attrs.frozen
class _State:
    """What is down and what is copied, when a plan has come so far."""

    down: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()

    def forbids(self, move: AnyMove) -> str:
        """Why a move cannot be made now; empty if it can."""
        if isinstance(move, Stop | Restart) and move.service in self.down:
            return f"{move.service} is down by then"
        if isinstance(move, Start) and move.service not in self.down:
            return f"{move.service} is up then"
        if isinstance(move, Copy) and move.node in self.copied:
            return f"{move.node} has a copy already: promote it first"
        if isinstance(move, Promote) and move.node not in self.copied:
            return f"{move.node} has no copy that could be promoted: copy it first"
        return ""

    def after(self, move: AnyMove) -> _State:
        """What is so when it has been made."""
        if isinstance(move, Stop):
            return attrs.evolve(self, down=tuple(sorted({*self.down, move.service})))
        if isinstance(move, Start):
            return attrs.evolve(self, down=tuple(s for s in self.down if s != move.service))
        if isinstance(move, Copy):
            return attrs.evolve(self, copied=tuple(sorted({*self.copied, move.node})))
        if isinstance(move, Promote):
            return attrs.evolve(self, copied=tuple(n for n in self.copied if n != move.node))
        return self


def _count(moves: tuple[AnyMove, ...], moves_max: int) -> int:
    """How many whole plans at most so many moves make.

    One that is too short and leaves a service down is not counted: with the start that `whole` adds,
    which is a move of the space, it is another one that is.
    """

    @cache
    def from_here(state: _State, left: int) -> int:
        if not left:
            return 1
        return (not state.down) + sum(
            from_here(state.after(move), left - 1) for move in moves if not state.forbids(move)
        )

    return from_here(_State(), moves_max)
