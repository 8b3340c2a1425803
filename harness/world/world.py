"""The world a scenario is given: everything simulated is made here."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import trio

from harness.errors import (
    ChoiceUnordered,
    HarnessError,
    NameTaken,
    NetworkMisused,
    NothingToChoose,
    PlanUnexpected,
    ProcessMisused,
    UnknownFix,
    UnknownParameter,
)
from harness.kernel import Engine, WorldPoint, clean, pass_point
from harness.plans import PARAMETER as PLAN_PARAMETER, plan_of
from harness.world.clock import Clock
from harness.world.faults import Faults
from harness.world.faults.trouble import Trouble
from harness.world.flag import Flag
from harness.world.fleet import Fleet
from harness.world.fresh import FreshMain
from harness.world.incarnation import Queue
from harness.world.isolation import Audit
from harness.world.network import Link, Listener, Network, Stream
from harness.world.process import Crash, Memory, Process
from harness.world.supervisor import Restart, supervise

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from harness.plans import Plan, Space
    from harness.world.database import Database
    from harness.world.disk import Disk
    from harness.world.protocols import PropertySink

T = TypeVar("T")


class World:
    """What a scenario acts on. Handed to it; never made by hand.

    Everything made through it is part of one run and gone with it. Code in a process owns its memory;
    what must outlive the process lives in something made here.

    Attributes:
      params: the scenario's parameters with the values of this run.
      fixes: the names of the fixes that are switched on in this run, sorted.
      clock: virtual time.
      faults: what may strike in this run, for who builds a resource of their own.
    """

    def __init__(
        self,
        run: Engine,
        *,
        fixes: Iterable[str],
        declared: Sequence[str] | None,
        params: Mapping[str, Any],
        properties: PropertySink,
        faults: Mapping[str, int] | None = None,
        plans: Space | None = None,
    ) -> None:
        self.fixes = tuple(sorted(fixes))
        self.params = dict(params)
        self.properties = properties
        self.faults = Faults(run, faults or {})
        self._trouble = Trouble(run, self.faults)
        self._network = Network(run, self.faults)
        self.clock = Clock(run, self._trouble.clocks)
        self._run = run
        self._declared = declared
        self._plans = plans
        self._audit = Audit()
        self._settled = Queue(run)
        self._names: dict[str, Any] = {}
        self._processes: dict[str, Process] = {}
        self._ready: dict[str, Flag] = {}
        self._databases: list[Database] = []
        self._fleets: list[Fleet] = []

    # ---- what is switched on -------------------------------------------------------------------

    def fix(self, name: str) -> bool:
        """Whether the fix `name` is switched on in this run.

        Raises:
          UnknownFix: when the scenario does not declare it.
        """
        if self._declared is not None and name not in self._declared:
            raise self._refused(UnknownFix(name, self._declared))
        return name in self.fixes

    def param(self, name: str) -> Any:
        """The value of a declared parameter.

        Raises:
          UnknownParameter: when the scenario does not declare it.
        """
        if name not in self.params:
            raise self._refused(UnknownParameter(name, list(self.params)))
        return self.params[name]

    @property
    def plan(self) -> Plan:
        """The restart plan of this run.

        Raises:
          PlanUnexpected: when the scenario declares no plans.
        """
        if self._plans is None:
            instead = "declare `plans=harness.plans.Space(...)` and a `plan=`"
            raise self._refused(PlanUnexpected("the scenario", instead))
        return plan_of(self.params[PLAN_PARAMETER])

    def fleet(self) -> Fleet:
        """What the plan of this run is carried out on; empty at first.

        Raises:
          PlanUnexpected: when the scenario declares no plans.
        """
        plan = self.plan
        assert self._plans is not None
        fleet = Fleet(self._run, self.start, self._readiness, self._plans, plan)
        self._fleets.append(fleet)
        return fleet

    async def ready(self) -> None:
        """For a process's own code: say that it is ready to serve, in a step of its own.

        A restart plan whose rule is "ready" goes on then, and not when the process has been started.

        Raises:
          ProcessMisused: when called by the scenario's main.
        """
        process = self.process
        if process is None:
            raise self._main_cannot("be ready")
        await self._readiness(process.label).set()

    def _readiness(self, label: str) -> Flag:
        if label not in self._ready:
            self._ready[label] = Flag(self._run, f"{label} ready")
        return self._ready[label]

    # ---- processes -----------------------------------------------------------------------------

    def start(
        self,
        main: Callable[..., Awaitable[object]] | str,
        *args: Any,
        name: str | None = None,
        may_fail: bool = False,
        killable: bool = True,
        fresh_modules: Sequence[str] = (),
        memory: Memory | None = None,
    ) -> Process:
        """Start a process whose main is `main(*args)`.

        Its memory is what the call of `main` makes; a kill destroys it and a restart makes it anew.

        Args:
          main: an async function; with `fresh_modules`, where it stands: "package.module:function".
          args: what it is called with.
          name: its name in labels; the function's own name by default.
          may_fail: an unhandled exception in it is no violation by itself.
          killable: whether the faults "kill" and "cancel" may strike it, where there is a budget for that.
          fresh_modules: modules (a package stands for all in it) that every incarnation executes
            anew, for itself: what they keep in globals is then part of its memory.
          memory: "tracked" is your word that its tasks share no memory but what the search can see:
            `harness.tracked` things, cells, and what the world and Trio make. "dpor" then tells their
            steps apart, and the process is named beside every verdict that rests on it.

        Raises:
          NameTaken: when a process of that name exists (restart that one, or name this one).
          ProcessMisused: when `main` is no async function, or a module cannot be made afresh.
          MemoryShared: when `main` reaches mutable memory that another process reaches too.
        """
        target: Any = main
        if fresh_modules or isinstance(main, str):
            fresh = self._checked_fresh(main, fresh_modules)
            name = name or fresh.function
            target = partial(self._run_fresh, fresh)
        name = name or str(getattr(main, "__name__", "process"))
        if memory not in (None, *get_args(Memory)):
            instead = f"memory={clean(memory)}: say {' or '.join(map(repr, get_args(Memory)))}"
            raise self._refused(ProcessMisused(name, "be started so", instead))
        if args:  # a partial and no closure, so that the audit sees the arguments
            target = partial(target, *args)
        return self._launch(
            name,
            target,
            may_fail=may_fail,
            killable=killable,
            memory_tracked=memory == "tracked",
        )

    def _launch(
        self, name: str, target: Callable[[], Awaitable[object]], **options: Any
    ) -> Process:
        self._take(name, "process")
        try:
            process = Process(
                self._run, name, target, audit=self._audit, trouble=self._trouble, **options
            )
        except TypeError as error:
            wrong = ProcessMisused(name, "start", f"its main must be an async function; {error}")
            raise self._refused(wrong) from error
        self._processes[name] = process
        return process

    def _checked_fresh(self, main: object, modules: Sequence[str]) -> FreshMain:
        try:
            return FreshMain.of(main, modules)
        except ProcessMisused as error:
            raise self._refused(error) from error.__cause__

    async def _run_fresh(self, fresh: FreshMain, *args: Any) -> None:
        """The main of a process in modules of its own: it imports them first, as a real one does."""
        main = fresh.load()
        assert self.process is not None
        self.process.audit(main)
        await main(*args)

    def supervise(
        self,
        process: Process,
        *,
        restart: Restart = "on-failure",
        backoff_s: float = 1.0,
        restarts_max: int = 3,
    ) -> Process:
        """Start a supervisor for `process`: it is started again when it ends.

        Its crashes are then no violations by themselves.

        Args:
          process: what to look after.
          restart: "on-failure" (after a crash or a kill), "always", or "never".
          backoff_s: virtual seconds before the first restart, doubled for each further one.
          restarts_max: how often.

        Raises:
          ProcessMisused: one of these is none that there is.
        """
        for wrong, instead in (
            (
                restart not in get_args(Restart),
                f"restart={restart!r}: say one of {', '.join(get_args(Restart))}",
            ),
            (not 0 <= backoff_s < inf, f"backoff_s={backoff_s}: say at least 0"),
            (restarts_max < 0, f"restarts_max={restarts_max}: say at least 0"),
        ):
            if wrong:
                raise self._refused(ProcessMisused(process.name, "be supervised so", instead))
        process.may_fail = True

        async def supervisor() -> None:
            await supervise(
                process, restart=restart, backoff_s=backoff_s, restarts_max=restarts_max
            )

        name = f"supervisor of {process.name}"
        return self._launch(name, supervisor, may_fail=False, spared=True)

    @property
    def process(self) -> Process | None:
        """The process the calling code runs in, or None in the scenario's own main."""
        kernel_process = self._run.process
        return None if kernel_process is None else kernel_process.resource

    async def termination(self) -> None:
        """For a process's own code: wait until it is asked to stop.

        A process that waits here is not cancelled by `terminate`; it has the grace period to finish.
        """
        process = self.process
        if process is None:
            raise self._main_cannot("be terminated")
        await process.wait_for_termination()

    async def crash(self) -> None:
        """For a process's own code: die at once, as under `kill -9`. Does not return."""
        process = self.process
        if process is None:
            raise self._main_cannot("crash")
        await pass_point(WorldPoint(f"crash of {process.label}"))
        process.die(f"crash of {process.label}")
        await trio.sleep_forever()

    # ---- resources -----------------------------------------------------------------------------

    def database(
        self, name: str, rows: Mapping[Any, Any] | None = None, **options: Any
    ) -> Database:
        """A database that outlives every process. See `Database` for its six verbs and options."""
        from harness.world.database import Database  # noqa: PLC0415  # it names World's type

        self._take(name, "database")
        database = Database(self, name, {} if rows is None else rows, **options)
        self._databases.append(database)
        return database

    def disk(self, name: str, files: Mapping[str, bytes] | None = None, **options: Any) -> Disk:
        """A disk that outlives every process, and a power cut in part. See `Disk`."""
        from harness.world.disk import Disk  # noqa: PLC0415  # who needs none does not load it

        self._take(f"disk {name}", "disk")
        return Disk(self._run, self.faults, name, files, **options)

    def flag(self, name: str) -> Flag:
        """One bit that processes share: readiness, a mode. Outlives every process."""
        self._take(f"flag {name}", "flag")
        return Flag(self._run, name)

    # ---- the network ---------------------------------------------------------------------------

    def link(self, name: str, *, latency_s: float = 0.0, capacity: int | None = None) -> Link:
        """Two ends that send each other messages, which faults can drop, delay, duplicate or reorder.

        Args:
          name: in labels.
          latency_s: virtual seconds that a message is under way, at least.
          capacity: how many messages may be under way in one direction; who sends more, waits.
        """
        self._take(f"link {name}", "link")
        self._check_network(name, latency_s, capacity)
        return Link(self._run, self.faults, name, latency_s=latency_s, capacity=capacity)

    def listen(self, name: str) -> Listener:
        """Accept connections under this name, from the current step on and while the process lives.

        Raises:
          OSError: somebody does already.
        """
        return self._network.listen(name)

    async def connect(self, name: str, *, latency_s: float = 0.0) -> Stream:
        """Connect to whoever listens under this name, in one step.

        Args:
          name: where.
          latency_s: virtual seconds that a message is under way, at least.

        Raises:
          ConnectionRefusedError: nobody listens there, or the fault "refuse" has struck.
        """
        self._check_network(name, latency_s, None)
        return await self._network.connect(name, latency_s)

    def _check_network(self, name: str, latency_s: float, capacity: int | None) -> None:
        if not 0 <= latency_s < inf:
            raise self._refused(NetworkMisused(name, f"latency_s={latency_s}", "at least 0"))
        if capacity is not None and (type(capacity) is not int or capacity < 1):
            raise self._refused(NetworkMisused(name, f"capacity={capacity}", "at least 1"))

    # ---- choices, time, words ------------------------------------------------------------------

    def choose(self, label: str, options: Sequence[T]) -> T:
        """Let the search decide: one of `options`, the first being the default.

        Raises:
          NothingToChoose: when `options` is empty.
          ChoiceUnordered: when it is a set, which has no first and no fixed order.
        """
        if isinstance(options, AbstractSet):
            raise self._refused(ChoiceUnordered(label))
        if not options:
            raise self._refused(NothingToChoose(label))
        return options[self._run.choose(label, _told_apart(options))]

    async def settle(self) -> None:
        """Take default choices until everything is idle. What happens until then is not explored.

        Without it, races of the first start hide those of the restart. Several tasks may call it at
        once: they go on when everything but they is idle.
        """
        if self._run.settling is not None:
            await self._settled.wait("settle", ready=False)
            return
        self.faults.stop()
        await self._run.settle()
        self._settled.open()

    @property
    def now(self) -> float:
        """Virtual seconds since the run began."""
        return self._run.current_time()

    def note(self, text: str) -> None:
        """A line for the people who read a failing run; changes nothing."""
        self._run.note(text)

    # ---- properties ----------------------------------------------------------------------------

    def always(self, name: str, predicate: Callable[[], bool]) -> None:
        """`predicate` must hold now and after every step that writes something it reads.

        It reads with `peek` and must not await. Its footprint is what it reads.
        """
        self.properties.always(name, predicate)

    def eventually(self, name: str, predicate: Callable[[], bool], *, within_s: float) -> None:
        """`predicate` must come true within `within_s` virtual seconds after the explored part.

        Judged after faults have stopped and everything runnable was scheduled fairly.
        """
        self.properties.eventually(name, predicate, within_s=within_s)

    def sometimes(self, name: str, reached: bool = True) -> None:
        """Mark a point that some schedule must reach; if none does, a pass does not count."""
        self.properties.sometimes(name, reached)

    def history(
        self,
        name: str,
        spec: Any,
        *,
        failures: tuple[type[BaseException], ...] = (),
        budget: int = 100_000,
    ) -> Any:
        """Record what clients do, and check at the end of the run that it can be explained.

        Args:
          name: in messages.
          spec: what is recorded. `harness.histories.Register()`, `Counter`, `Queue`, `Set`, `KeyValue` or
            a specification of your own: operations, which must be linearizable; returns a `History`.
            `harness.histories.ListAppend()` or `ReadWriteRegister()`: transactions, which must be
            serializable; returns `Transactions`.
          failures: exceptions that say that an operation or a transaction did not take effect. After
            any other its outcome is unknown.
          budget: how often a specification may be applied in one check. A run whose check needs more
            is undecided, which is no pass.

        Raises:
          NameTaken, HistoryMisused
        """
        return self.properties.history(name, spec, failures=failures, budget=budget)

    # ---- for the explorer ----------------------------------------------------------------------

    def crashes(self) -> list[Crash]:
        """Incarnations that crashed although they may not, whatever became of the process since."""
        return [c for p in self._processes.values() if not p.may_fail for c in p.crashes]

    def unfinished_plans(self) -> list[list[str]]:
        """Of each plan that is being carried out, the moves that have begun and are not done."""
        return [list(fleet.going_on.values()) for fleet in self._fleets if fleet.is_moving]

    def audit(self) -> None:
        """Look once more for memory that processes share. Raises `IsolationBroken`."""
        if self._run.auditing:
            self._audit.check()

    def _take(self, name: str, kind: str) -> None:
        if name in self._names:
            raise self._refused(NameTaken(name, kind))
        self._names[name] = kind

    def _main_cannot(self, what: str) -> HarnessError:
        main = "the scenario's main"
        return self._refused(ProcessMisused(main, what, "start a process for it"))

    def _refused(self, error: HarnessError) -> HarnessError:
        """`error`, noted on the run too, because code under test may swallow what is raised in it."""
        self._run.broken = error
        return error


def _told_apart(options: Sequence[object]) -> list[str]:
    """A text for each option, by which a recorded choice finds it again: all different."""
    texts: dict[str, None] = {}
    for option in options:
        text = option if isinstance(option, str) else clean(option)
        while text in texts:
            text += "~"
        texts[text] = None
    return list(texts)
