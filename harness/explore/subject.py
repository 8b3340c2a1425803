"""One scenario under one set of fixes and parameters: how to run it once, and what the run did wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from outcome import Error

from harness.errors import ASYNCIO_INSTEAD, NOT_TRIOS, HarnessError, InternalError
from harness.explore.home import at_home
from harness.explore.scenario import Scenario
from harness.explore.unended import note_unended
from harness.kernel import (
    Choice,
    Chooser,
    Engine,
    Kernel,
    Model,
    clean,
    current_run,
    user_modules,
)
from harness.properties import CLEAN, CriticalReport, Properties
from harness.visible import text_of
from harness.world import World
from harness.world.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType


#: Of the log of a run that was cut, so many last items are looked at to say who kept it busy.
_LAST_ITEMS = 1_000

#: Modules that a failure of the code under test is not to be looked for in.
_NOT_THEIRS = ("trio", "asyncio", "harness.kernel", "harness.world", "outcome")


@attrs.frozen(kw_only=True)
class Finding:
    """What one run showed.

    Attributes:
      failures: what went wrong, in the order in which it was noticed; empty for a good run.
      cut: whether the run hit the step limit, so that it shows less than a whole run would.
      report: what became of critical state.
      undecided: what could not be found out about it, in words; such a run is no pass.
      reached: names of `sometimes` points that were reached, and all that were declared.
      digest: of everything the run did.
      steps: how many.
      struck: kind and target of each fault that did.
    """

    failures: tuple[Failure, ...]
    cut: bool
    report: CriticalReport
    reached: tuple[str, ...]
    declared: tuple[str, ...]
    digest: str
    steps: int
    struck: tuple[tuple[str, str], ...] = ()
    undecided: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Subject:
    """What is run again and again."""

    scenario: Scenario
    fixes: tuple[str, ...]
    params: dict[str, Any]
    model: Model
    faults: Mapping[str, int] = attrs.field(factory=dict)

    @contextmanager
    def kernel(self, seed: int, *, observed: bool = False) -> Iterator[Kernel]:
        """A kernel for runs of it, sealed around the modules that the scenario's author wrote."""
        home = at_home(self.scenario.path) if self.scenario.path else nullcontext()
        made = Kernel(self.model, seed=seed, modules=self.own_modules(), observed=observed)
        with home, made as kernel:
            yield kernel

    def own_modules(self) -> list[ModuleType]:
        """Imported modules below the directory of the scenario's file; never the harness itself."""
        if not self.scenario.path:
            return []
        return [
            module
            for module in user_modules([Path(self.scenario.path).resolve().parent])
            if not module.__name__.startswith("harness.")
            or module.__name__.startswith("harness.scenarios")
        ]

    async def body(self) -> None:
        """The main task of a run."""
        run = current_run()
        run.verdict_hooks.append(partial(note_unended, run))
        if self.scenario.worldless:
            await self.scenario.body()
            return
        properties = Properties(run)
        world = World(
            run,
            fixes=self.fixes,
            declared=None if self.scenario.plain else self.scenario.fixes,
            params=self.params,
            properties=properties,
            faults=self.faults,
            plans=self.scenario.plans,
        )
        run.extensions["properties"] = properties
        run.extensions["world"] = world
        run.verdict_hooks.append(world.audit)
        await self.scenario.body(world)

    def run(self, kernel: Kernel, chooser: Chooser, *, recording: bool = False) -> Finding:
        """One run and its judgement.

        Raises:
          HarnessError: the scenario is wrong in a way that no order of events excuses.
        """
        return self.judge(kernel.run(self.body, chooser, recording=recording))

    def judge(self, engine: Engine) -> Finding:
        """What the run in the engine showed."""
        if engine.broken is not None:
            raise engine.broken
        properties: Properties | None = engine.extensions.get("properties")
        if properties is None:
            if not self.scenario.worldless and not engine.interrupted:
                raise InternalError("a run ended before its scenario began")
            failures = tuple(_failures(engine, ()))
            return Finding(
                failures=failures,
                cut=engine.ending == "cut",
                report=CLEAN,
                reached=(),
                declared=(),
                digest=engine.digest(),
                steps=engine.step,
                undecided=_unended(engine, failures),
            )
        failures = tuple(_failures(engine, properties.failures))
        return Finding(
            failures=failures,
            cut=engine.ending == "cut",
            report=properties.scorecard_entry,
            reached=tuple(properties.reached),
            declared=tuple(properties.declared_sometimes),
            digest=engine.digest(),
            steps=engine.step,
            struck=tuple(engine.extensions["world"].faults.struck),
            undecided=(*properties.undecided, *_unended(engine, failures)),
        )


def _unended(engine: Engine, failures: Sequence[Failure]) -> tuple[str, ...]:
    """What a run without failures left unjudged, because it was over before its main was."""
    return () if failures else engine.extensions.get("unended", ())


def _failures(engine: Engine, failed: Sequence[Failure]) -> list[Failure]:
    """What is wrong with the run: properties that `failed`, and what nobody needs to declare."""
    failures = list(failed)
    if engine.stuck is not None:
        where = engine.stuck.where.rpartition("/")[2]  # no directories: the same on every machine
        text = str(engine.stuck).replace(engine.stuck.where, where)
        failures.append(Failure("every step reaches a checkpoint", text, where))
        return failures
    outcome = engine.main_task_outcome
    if type(outcome) is Error:  # it is final; asking with `isinstance` goes through Python code
        asserted = any(isinstance(leaf, AssertionError) for leaf in _leaves(outcome.error))
        failures.append(_raised("main", outcome.error, by_scenario=not asserted))
    if outcome is None and engine.ending == "idle" and not engine.extensions["timers left"]:
        failures.append(
            Failure("no deadlock", f"nothing can go on:\n{engine.waiting_report}", "deadlock")
        )
    world: World | None = engine.extensions.get("world")
    crashes = [] if world is None else world.crashes()
    failures.extend(_raised(crash.label, crash.error, name=crash.name) for crash in crashes)
    return failures


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _raised(
    who: str, error: BaseException, *, name: str | None = None, by_scenario: bool = False
) -> Failure:
    """An exception that nobody handled, told apart by its type and the place it was raised at."""
    for leaf in _leaves(error):
        if isinstance(leaf, HarnessError):
            raise leaf
        if isinstance(leaf, (InternalError, KeyboardInterrupt)):
            raise leaf
    leaf = _leaves(error)[0]
    place = _place(leaf)
    words = text_of(leaf)
    text = f"{type(leaf).__name__}: {clean(words)[1:-1]}" if words else type(leaf).__name__
    advice = f": {ASYNCIO_INSTEAD}" if _is_asyncio(leaf) else ""
    return Failure(
        f"{name or who} raises nothing ({type(leaf).__name__})",
        f"{who} raised {text}{place and f' at {place}'}{advice}",
        place.rpartition(":")[0] or type(leaf).__name__,
        by_scenario=by_scenario,
    )


def _is_asyncio(error: BaseException) -> bool:
    """Whether asyncio code failed because no event loop runs; its own words do not say what to do."""
    looked_for = (NOT_TRIOS, "no running event loop", "no attribute 'create_future'")
    return any(words in text_of(error) for words in looked_for)


def _place(error: BaseException) -> str:
    """File and line of the innermost frame that is not the harness's, Trio's or asyncio's."""
    place = ""
    traceback = error.__traceback__
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if not module.startswith(_NOT_THEIRS):
            file = traceback.tb_frame.f_code.co_filename.rpartition("/")[2]
            place = f"{file}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def busiest(engine: Engine) -> str:
    """Who took the most of the last steps of a run that was cut, and how many of how many."""
    last = [item for item in engine.log[-_LAST_ITEMS:] if type(item) is int]
    counts = Counter(engine.labels[index] for index in last)
    return ", ".join(
        f"{label} ({n} of the last {len(last)} steps)" for label, n in counts.most_common(3)
    )


def schedule_of(engine: Engine) -> list[Choice]:
    """The decisions of the run in the engine, by label. Defaults are not marked as such."""
    choices = []
    step = -1
    for item in engine.log:
        if type(item) is int:
            step += 1
            width = engine.branching[step]
            if width > 1:
                choices.append(Choice(step, "schedule", "", engine.labels[item], width, False))
        elif type(item) is tuple and item[1] == 2:
            choices.append(Choice(step + 1, "data", item[0], item[2], item[3], False))
    return choices
