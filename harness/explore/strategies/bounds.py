"""How far depth-first search may stray from the default schedule.

Preemption bounding: M. Musuvathi, S. Qadeer: Iterative context bounding. PLDI 2007. Delay bounding:
M. Emmi, S. Qadeer, Z. Rakamaric: Delay-bounded scheduling. POPL 2011.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from harness.kernel import default_pick

if TYPE_CHECKING:
    from harness.kernel import Engine


class Bounds:
    """What a run may still spend on preemptions and on delays; the default is always free.

    A preemption is a switch away from the task that ran last, if it could go on; to a fault or to the
    passing of time, too. Tasks stand in line in order of spawning, behind the default: so many of
    them as are passed over, so many are the delays. A fault and the passing of time stand in no
    line and are one delay.

    Attributes:
      reached: whether anything was ever too dear.
    """

    def __init__(self, *, preemptions: int | None, delays: int | None) -> None:
        self._allowed = (
            inf if preemptions is None else preemptions,
            inf if delays is None else delays,
        )
        self._left = self._allowed
        self.reached = False

    def begin(self) -> None:
        """A run starts with all that is allowed."""
        self._left = self._allowed

    def affordable(self, engine: Engine, options: list[int], current: int) -> list[int]:
        """The options that the run can pay for."""
        preemptions, delays = self._left
        found = [
            option
            for option, (preempted, passed) in _costs(engine, options, current).items()
            if preempted <= preemptions and passed <= delays
        ]
        self.reached |= len(found) < len(options)
        return found

    def spend(self, engine: Engine, options: list[int], current: int, pick: int) -> None:
        """An option is taken."""
        if pick != default_pick(options, current):
            preempted, passed = _costs(engine, options, current)[pick]
            self._left = (self._left[0] - preempted, self._left[1] - passed)


def _costs(engine: Engine, options: list[int], current: int) -> dict[int, tuple[int, int]]:
    """Preemptions and delays that each option costs."""
    default = default_pick(options, current)
    preempted = int(current in options)
    found = {default: (0, 0)}
    passed = 1
    for option in options:
        if option != default:
            is_task = option != 0 and option not in engine.actions
            found[option] = (preempted, passed if is_task else 1)
            passed += is_task
    return found
