"""A restart plan: what an operator means to do, in which order. A value: equal plans are equal."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.errors import BadPlan
from harness.plans.moves import AnyMove, Move, check_name
from harness.plans.wrong import in_words

#: The parameter of a scenario that holds its plan, so that a plan is part of every trace.
PARAMETER = "plan"
#: More than anybody carries out in one maintenance window.
MOVES_MAX = 200


class Plan(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    repr_omit_defaults=True,
):
    """The moves of a maintenance, in order. Its `repr` makes it again.

    Attributes:
      moves: what is done, one after the other but for those that overlap.
      name: what people call it.
      fixes: the fixes that are announced with it: they are switched on when it is judged.
    """

    moves: tuple[AnyMove, ...] = ()
    name: str = ""
    fixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if type(self.moves) is not tuple or not all(isinstance(m, Move) for m in self.moves):
            raise ValueError('moves is a tuple of moves: `Plan((Restart("funding"),))`')
        if len(self.moves) > MOVES_MAX:
            raise ValueError(f"{len(self.moves)} moves are too many, at most {MOVES_MAX}")
        if self.name != "":
            check_name("a plan's name", self.name)
        if type(self.fixes) is not tuple:
            raise ValueError('fixes is a tuple of names: `fixes=("ready_barrier",)`')
        for fix in self.fixes:
            check_name("a fix", fix)

    def __str__(self) -> str:
        """Its moves in words: "copy market data; stop funding; start funding"."""
        return "; ".join(map(str, self.moves)) or "nothing at all"

    def tree(self) -> dict[str, Any]:
        """The plan as plain JSON values, as traces hold it."""
        tree: dict[str, Any] = {
            "moves": [move.tree() for move in self.moves],
            "name": self.name,
            "fixes": list(self.fixes),
        }
        return {field: value for field, value in tree.items() if value}


def plan_of(tree: object, *, source: str = "the plan") -> Plan:
    """The plan that plain values hold: a `Plan` itself, what `Plan.tree` returned, or a TOML table.

    Args:
      tree: the values.
      source: where they come from, for the error.

    Raises:
      BadPlan: they hold none; the text says where.
    """
    if isinstance(tree, Plan):
        return tree
    try:
        return msgspec.convert(tree, Plan, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadPlan(source, in_words(str(error), tree)) from None
