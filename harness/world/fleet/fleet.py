"""A fleet: what a maintenance moves, by the names that plans have for it.

Who carries a plan out is who calls `carry_out`: the scenario's main, as an operator with a runbook does,
or a process. Moves that overlap are tasks of it. Moves on the same target are made one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from harness.errors import FleetMisused, HarnessError
from harness.kernel import clean
from harness.plans import AnyMove, MoveFailed, Pause, Plan, Space, State, plan_of
from harness.visible import text_of
from harness.world.fleet.carry import carry, is_verdict
from harness.world.fleet.service import Service, launcher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from harness.kernel import Engine, KernelProcess
    from harness.world.database import Database
    from harness.world.database.cluster import Standby
    from harness.world.flag import Flag
    from harness.world.process import Process

#: Tag of the lines that say which move begins and which is done.
PLAN = "plan"


class Fleet:
    """Services, databases and jobs that plans speak of. Made by `World.fleet`; never directly.

    Attributes:
      services, nodes, jobs: what was declared, by name.
      standbys: of each database that has been copied, the node that waits to be promoted.
      copies: of each such database, the number of its newest node.
      going_on: moves that have begun and are not done, in words, by their number.
    """

    def __init__(
        self,
        run: Engine,
        start: Callable[..., Process],
        readiness: Callable[[str], Flag],
        space: Space,
        plan: Plan,
    ) -> None:
        self.services: dict[str, Service] = {}
        self.nodes: dict[str, Database] = {}
        self.jobs: dict[str, Callable[[], Awaitable[object]]] = {}
        self.standbys: dict[str, Standby] = {}
        self.copies: dict[str, int] = {}
        self.going_on: dict[int, str] = {}
        self.run = run
        self.start = start
        self._readiness = readiness
        self._space = space
        self._plan = plan
        self._state = State()
        self._operator: KernelProcess | None = None

    # ---- what there is -------------------------------------------------------------------------

    def service(
        self,
        name: str,
        main: Callable[..., Awaitable[object]],
        *args: Any,
        instances: int = 1,
        **options: Any,
    ) -> Service:
        """Declare a service, and start it.

        Args:
          name: in plans, and of its process.
          main: an async function, called for each incarnation with `args`.
          args: what it is called with.
          instances: how many processes of it there are.
          options: those of `World.start`, such as `may_fail`.

        Raises:
          FleetMisused: the scenario does not declare it, or it is there already.
          NameTaken, ProcessMisused: as `World.start`.
        """
        self._declare("service", name, self._space.services, self.services)
        if type(instances) is not int or instances < 1:
            raise self._refused(f"{name} has {instances!r} instances", "say 1 or more")
        launch = launcher(self.start, main, *args, **options)
        made = self.services[name] = Service(name, launch, self._readiness, instances=instances)
        made.start_all()
        return made

    def node(self, name: str, database: Database) -> None:
        """Declare a database whose node can be copied and promoted.

        Raises:
          FleetMisused: the scenario does not declare it, or it is there already.
        """
        self._declare("node", name, self._space.nodes, self.nodes)
        if not hasattr(database, "provision"):
            raise self._refused(f"the node {name} is no database", "give one of `world.database`")
        self.nodes[name] = database

    def job(self, name: str, body: Callable[[], Awaitable[object]]) -> None:
        """Declare something else that is done in a maintenance: an async function.

        Raises:
          FleetMisused: the scenario does not declare it, or it is there already.
        """
        self._declare("job", name, self._space.jobs, self.jobs)
        if not callable(body):
            raise self._refused(f"the job {name} is no function", "give an async one")
        self.jobs[name] = body

    # ---- what is done --------------------------------------------------------------------------

    @property
    def is_moving(self) -> bool:
        """Whether a plan is being carried out, by somebody who lives."""
        return self._operator is not None and not self._operator.ended

    async def carry_out(self, plan: Plan | None = None) -> None:
        """Make the moves of a plan, the one of this run by default; returns when all are done.

        A second plan begins with what the first has left. One whose operator was killed, or cancelled,
        in the middle can be carried out again from its start: what is done already is no trouble.

        Raises:
          BadPlan, PlanImpossible, UnknownInPlan: it cannot be carried out here.
          FleetMisused: something that the scenario declares is not in the fleet, or a plan is being
            carried out already.
          MoveFailed: a move came to nothing, or raised what is no assertion.
        """
        plan, after = self._checked(self._plan if plan is None else plan)
        if self.is_moving:
            instead = "make one plan of both, with moves that overlap"
            raise self._refused("a plan is being carried out already", instead)
        self._operator = self.run.process or self.run.main_process
        self.going_on.clear()
        try:
            await self._carry_out(plan)
            self._state = after
        finally:
            self._operator = None

    async def _carry_out(self, plan: Plan) -> None:
        if not any(move.overlap for move in plan.moves):
            for number, move in enumerate(plan.moves, 1):
                await self._make(number, move)
            return
        try:
            await self._overlapping(plan)
        except ExceptionGroup as group:
            if len(group.exceptions) > 1:
                raise
            raise group.exceptions[0] from None  # as from a plan without overlap

    async def _overlapping(self, plan: Plan) -> None:
        last: dict[tuple[str, str], trio.Event] = {}
        async with trio.open_nursery() as nursery:
            for number, move in enumerate(plan.moves, 1):
                before = last.get(_thing(move))
                if move.overlap and not isinstance(move, Pause):
                    done = last[_thing(move)] = trio.Event()
                    nursery.start_soon(
                        self._make, number, move, before, done, name=f"move {number}"
                    )
                elif move.overlap:
                    nursery.start_soon(self._make, number, move, name=f"move {number}")
                else:
                    await self._make(number, move, before)

    async def _make(
        self,
        number: int,
        move: AnyMove,
        before: trio.Event | None = None,
        done: trio.Event | None = None,
    ) -> None:
        if before is not None and not before.is_set():
            await before.wait()
        self.run.note(f"move {number} begins: {move}", PLAN)
        self.going_on[number] = f"move {number} ({move})"
        if isinstance(move, Pause):
            await trio.sleep(move.for_s)
        else:
            await self._carry(number, move)
        self.run.note(f"move {number} is done: {move}", PLAN)
        del self.going_on[number]
        if done is not None:
            done.set()

    async def _carry(self, number: int, move: AnyMove) -> None:
        try:
            await carry(self, move)
        except MoveFailed as failed:
            raise MoveFailed(f"move {number}, {move}: {failed}") from None
        except Exception as error:
            if is_verdict(error):
                raise
            told = f"{type(error).__name__}: {clean(text_of(error))[1:-1]}"
            raise MoveFailed(f"move {number}, {move}: {told}") from error

    def _checked(self, plan: Plan) -> tuple[Plan, State]:
        """The plan, and what will have become of the fleet when it has been carried out."""
        try:
            plan = plan_of(plan)
            after = self._space.check(plan, self._state)
        except HarnessError as error:
            self.run.broken = error
            raise
        for kind in ("services", "nodes", "jobs"):
            for name in getattr(self._space, kind):
                if name not in getattr(self, kind):
                    instead = f"declare it with `fleet.{kind[:-1]}` before the plan is carried out"
                    raise self._refused(f"the fleet has no {name}", instead)
        return plan, after

    def _declare(self, kind: str, name: str, known: tuple[str, ...], there: Any) -> None:
        if name not in known:
            declared = ", ".join(known) or "none"
            raise self._refused(
                f"the scenario declares no {kind} {name!r}",
                f"its `plans=` has {declared}: add it there",
            )
        if name in there:
            raise self._refused(f"the {kind} {name!r} is in the fleet already", "name it otherwise")

    def _refused(self, what: str, instead: str) -> HarnessError:
        self.run.broken = FleetMisused(what, instead)
        return self.run.broken


def _thing(move: AnyMove) -> tuple[str, str]:
    """What two moves must not be made on at once. A service and a node may have one name."""
    return move.kind, move.target
