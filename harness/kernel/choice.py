"""The one primitive that everything goes through: pick one of these labelled options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.kernel.engine import Engine


class Chooser(Protocol):
    """Decides a run. Whatever it decides, the run is a legal one.

    The engine calls `pick` only where there is more than one option. Options are indexes into
    `engine.labels`: runnable tasks in order of spawning, then pending faults, and index 0, "let time
    pass" (last while tasks are runnable; first when none is, where it may also mean "end here").
    """

    def begin(self, engine: Engine) -> None:
        """A run is about to start."""

    def pick(self, options: list[int], current: int) -> int:
        """Which runnable goes next: a member of `options`, which is not to be changed or kept.

        `current` is the task that ran last; it is among the options if it can go on. The default is
        `current` if possible, else the first option.
        """

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        """The index of the option to take at a choice made by the world (0: the default)."""


def default_pick(options: list[int], current: int) -> int:
    """The default: go on with the current task, else the first task; never a fault."""
    return current if current in options else options[0]


class Defaults:
    """The chooser that takes every default: no preemption, no fault."""

    def begin(self, engine: Engine) -> None:
        """Keeps no state."""

    def pick(self, options: list[int], current: int) -> int:
        return default_pick(options, current)

    def pick_data(self, label: str, options: Sequence[str]) -> int:
        return 0


@attrs.frozen
class Choice:
    """One decision of a run, by labels that mean the same on every machine.

    Attributes:
      step: index of the step before which (kind "schedule") or within which (kind "data") it fell.
      kind: "schedule" or "data".
      what: for data, what was asked ("commit in flight"); empty for schedule.
      pick: the label of the option taken.
      options: how many there were (at least 2).
      default: whether the default was taken.
    """

    step: int
    kind: str
    what: str
    pick: str
    options: int
    default: bool
