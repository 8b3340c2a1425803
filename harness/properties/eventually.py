"""`eventually`: what must come true once the trouble is over.

Judging liveness on an adversarial schedule is unfair: a scheduler that never lets the loader run
starves every system. So it is judged afterwards. When the explored part has nothing left to do,
no more faults strike, everything runnable is scheduled round robin, and time may pass beyond the
horizon. What has not come true within its time then is a violation. A run that was cut or stopped
before is not judged; it is no pass either.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from harness.errors import BadDeadline
from harness.properties.texts import brief
from harness.properties.watching import Watched, refuse
from harness.world.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel import Engine


#: Tags the event after which a run is only watched for recovery.
RECOVERY = "recovery"


class Eventually(Watched):
    """A liveness property. `came_true` is told only while it is being judged."""

    def __init__(
        self,
        run: Engine,
        name: str,
        predicate: Callable[[], bool],
        *,
        within_s: float,
        came_true: Callable[[Eventually], None],
    ) -> None:
        super().__init__(run, "eventually", name, predicate)
        if type(within_s) not in (int, float) or not 0 <= within_s < inf:
            raise refuse(run, BadDeadline(name, brief(within_s)))
        self.within_s = within_s
        self._came_true = came_true

    def recheck(self) -> None:
        """Has it come true?"""
        if self.holds():
            self.forget()
            self._came_true(self)


class Judgement:
    """Judges the liveness properties of one run: `hook` goes into `run.finish_hooks`.

    Time passes from one deadline to the next, so that whatever comes true is in time.
    Invariant: every goal in `_pending` has `within_s` above `_passed_s`, between calls of `hook`.
    """

    def __init__(self, run: Engine, fail: Callable[[Failure], None]) -> None:
        self._run = run
        self._fail = fail
        self._pending: list[Eventually] = []
        # Virtual time at which the explored part ended; None until it has.
        self._began: float | None = None
        # How many seconds were let pass since then.
        self._passed_s = -1.0

    def add(self, name: str, predicate: Callable[[], bool], *, within_s: float) -> None:
        """One more property to judge at the end."""
        goal = Eventually(self._run, name, predicate, within_s=within_s, came_true=self._strike_out)
        self._pending.append(goal)

    def hook(self) -> bool:
        """Nothing is left to do: let time pass to the next deadline, or give the verdict.

        Returns whether more steps have become possible.
        """
        if self._began is None:
            self._began = _end_of_exploration(self._run)
            self._run.exploring = False
            self._run.note("nothing is explored any more: does it recover?", RECOVERY)
        for goal in list(self._pending):
            goal.recheck()
        for goal in [goal for goal in self._pending if goal.within_s <= self._passed_s]:
            self._overdue(goal)
        if not self._pending:
            return False
        self._passed_s = min(goal.within_s for goal in self._pending)
        self._let_time_pass(self._began + self._passed_s)
        return True

    def _strike_out(self, goal: Eventually) -> None:
        self._pending.remove(goal)
        if not self._pending:
            self._let_time_pass(self._run.now)  # nothing left to wait for

    def _overdue(self, goal: Eventually) -> None:
        self._pending.remove(goal)
        goal.forget()
        message = (
            f"{goal.name}: did not come true within {goal.within_s:g} s after faults had stopped, "
            f"though everything runnable was run (virtual time {self._run.now:g} s)"
        )
        self._fail(Failure(goal.name, message))

    def _let_time_pass(self, until: float) -> None:
        self._run.heal_until = until


def _end_of_exploration(run: Engine) -> float:
    end = run.time_end()
    return run.now if end == inf else max(run.now, end)
