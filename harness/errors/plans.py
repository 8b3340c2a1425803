"""Restart plans that cannot be read, or cannot be carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors.base import HarnessError
from harness.visible import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence


class BadPlan(HarnessError):
    """A file, a table or a parameter holds no plan."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(
            f"no plan in {one_line(source)}: {reason}; "
            'a plan is a list of [[moves]], such as do = "restart" with service = "NAME"'
        )


class UnknownInPlan(HarnessError):
    """A plan names a service, a node or a job that the scenario's fleet does not have."""

    def __init__(self, number: int, move: str, known: Sequence[str]) -> None:
        there = ", ".join(known) or "none"
        super().__init__(
            f"move {number} of the plan, {one_line(move)}: the scenario has no such target; "
            f"it has {one_line(there)}"
        )


class PlanImpossible(HarnessError):
    """A plan, or what a scenario says of plans, cannot be."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{one_line(what)}; {instead}")


class PlanUnexpected(HarnessError):
    """A plan was given to a scenario that carries none out, or none to one that asks for it."""

    def __init__(self, scenario: str, instead: str) -> None:
        super().__init__(f"{one_line(scenario)} carries no plan out: {instead}")


class FleetMisused(HarnessError):
    """A fleet was told of a target twice, or of one that the scenario does not declare."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{one_line(what)}; {instead}")
