"""A scenario: an async function that acts out a maintenance, and what it declares about itself."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from math import inf
from types import NoneType
from typing import Any

import attrs

from harness.errors import BadScenario, UnknownFix, UnknownParameter
from harness.explore.door import check_seconds, check_whole, checked_names
from harness.explore.inputs import checked_workload, declared_params, with_plan
from harness.kernel import Model, clean
from harness.plans import Plan, Space
from harness.world.faults import checked_faults

Body = Callable[..., Awaitable[object]]

#: What `expect=` may say of a set of fixes.
EXPECTATIONS = ("violated", "safe")


@attrs.frozen
class TimeModel:
    """How time may pass while something is runnable.

    Attributes:
      stall_s: for how many virtual seconds a runnable task may be held up while time goes on;
        infinite is the asynchronous model, 0 lets time pass only when everything waits.
    """

    stall_s: float = attrs.field(validator=attrs.validators.ge(0))

    def __str__(self) -> str:
        return "asynchronous" if self.stall_s == inf else f"bounded(stall_s={self.stall_s:g})"


def bounded(*, stall_s: float = 0.0) -> TimeModel:
    """A time model in which no runnable task is held up for more than `stall_s` virtual seconds.

    Leases and fixes that rest on sleeping can hold only under such a model.

    Raises:
      BadBudget: `stall_s` is not a number of at least 0.
    """
    check_seconds("stall_s", stall_s)
    return TimeModel(stall_s)


def time_model(value: TimeModel | str | None, default: TimeModel) -> TimeModel:
    """What a user wrote as a time model, checked.

    Raises:
      BadScenario: it is neither "asynchronous" nor `harness.bounded(...)`.
    """
    if value is None:
        return default
    if isinstance(value, TimeModel):
        return value
    if value == "asynchronous":
        return TimeModel(inf)
    raise BadScenario(
        "time_model", clean(value), 'use "asynchronous" or harness.bounded(stall_s=...)'
    )


def fix_set(text: str | Sequence[str]) -> tuple[str, ...]:
    """A set of fixes as written ("a+b", or a sequence), sorted and without repeats.

    Raises:
      BadScenario: it is neither.
    """
    names = text.split("+") if isinstance(text, str) else text
    if not isinstance(names, Iterable) or not all(isinstance(name, str) for name in names):
        instead = 'say "a+b", or give names in a list'
        raise BadScenario("set of fixes", clean(text), instead)
    return tuple(sorted(dict.fromkeys(name.strip() for name in names if name.strip())))


@attrs.frozen(kw_only=True, eq=False)
class Scenario:
    """A body and its declarations. Made by `@harness.scenario`.

    Attributes:
      name: the function's name.
      body: `async def body(world)`.
      fixes: the fixes it knows, switched on by name.
      fix_sets: combinations worth a row of the scorecard, each sorted.
      expect: verdict expected for a set of fixes: "violated" or "safe".
      horizon_s: virtual seconds after `settle` in which timers fire; None: until the body returns.
      time_model, fairness: see `Model`.
      params: parameters and their defaults.
      path: the file that defines it.
      doc: its docstring.
      plain: whether it is a plain function that declares nothing.
      worldless: whether it is one that takes no world.
      assume_independent: that the tasks of a process share no memory but what is tracked.
      faults: how often each kind of fault may strike in a run; a kind that is not named does not.
      plans: what restart plans may do to its fleet; None: it carries none out. The plan of a run is
        the parameter "plan".
      workload: of parameters that fuzzing draws, a Hypothesis strategy each.
    """

    name: str
    body: Body
    fixes: tuple[str, ...] = ()
    fix_sets: tuple[tuple[str, ...], ...] = ()
    expect: Mapping[tuple[str, ...], str] = attrs.field(factory=dict)
    horizon_s: float | None = None
    time_model: TimeModel = TimeModel(inf)
    fairness: str = "trio"
    params: Mapping[str, Any] = attrs.field(factory=dict)
    path: str = ""
    doc: str = ""
    plain: bool = False
    worldless: bool = False
    assume_independent: bool = False
    faults: Mapping[str, int] = attrs.field(factory=dict)
    plans: Space | None = None
    workload: Mapping[str, Any] = attrs.field(factory=dict)

    def __call__(self, *args: Any, **kwargs: Any) -> Awaitable[object]:
        """The body itself, so that a scenario can be called from another one."""
        return self.body(*args, **kwargs)

    def checked_fixes(self, fixes: Sequence[str]) -> tuple[str, ...]:
        """`fixes`, sorted. Raises `UnknownFix` for one that is not declared."""
        names = fix_set(fixes)
        for name in names:
            if name not in self.fixes:
                raise UnknownFix(name, self.fixes)
        return names

    def checked_params(self, params: Mapping[str, Any] | None) -> dict[str, Any]:
        """Defaults with `params` over them, a plan checked. Raises `UnknownParameter` and the like."""
        given = with_plan(self.plans, self.name, params or {})
        for name in given:
            if name not in self.params:
                raise UnknownParameter(name, list(self.params))
        return {**self.params, **given}

    def checked_faults(self, faults: Mapping[str, int] | None) -> dict[str, int]:
        """`faults`, checked; the scenario's own if there are none. Raises `UnknownFault`."""
        return checked_faults(self.faults if faults is None else faults)

    def expectation(self, fixes: tuple[str, ...]) -> str | None:
        """What is expected of this set of fixes, if the scenario says."""
        return self.expect.get(fixes)

    def scorecard_sets(self) -> list[tuple[str, ...]]:
        """The rows of a scorecard: no fix, each fix alone, the declared combinations."""
        rows = [(), *((name,) for name in self.fixes), *self.fix_sets]
        return list(dict.fromkeys(rows))


def scenario(
    body: Body | None = None,
    /,
    *,
    fixes: Sequence[str] = (),
    fix_sets: Sequence[str | Sequence[str]] = (),
    expect: Mapping[str, str] | None = None,
    horizon: float | None = None,
    time_model: TimeModel | str = "asynchronous",
    fairness: str = "trio",
    params: Mapping[str, Any] | None = None,
    assume_independent: bool = False,
    faults: Mapping[str, int] | None = None,
    plans: Space | None = None,
    plan: Plan | None = None,
    workload: Mapping[str, Any] | None = None,
) -> Any:
    """Declare an async function a scenario.

    Args:
      fixes: names of fixes that the body asks for with `world.fix(name)`.
      fix_sets: combinations, "a+b" or ("a", "b"), that get a row of the scorecard.
      expect: what is expected: {"": "violated", "a": "safe", "a+b": "safe"}.
      horizon: virtual seconds after `settle` during which timers fire.
      time_model: "asynchronous" or `harness.bounded(stall_s=...)`.
      fairness: "trio" (batches within a process) or "none".
      params: parameters and their defaults, JSON values.
      assume_independent: your word that the tasks of each process share no memory but what the search
        can see (rows, cells, flags, what is tracked, Trio's primitives). It makes "dpor" far quicker, and is
        printed beside every verdict that rests on it.
      faults: how often each kind of fault may strike in a run: {"kill": 1}. None does otherwise.
      plans: what restart plans may do to the fleet that the body declares with `world.fleet()`.
      plan: the one that is carried out where none is given; nothing at all by default.
      workload: of parameters, Hypothesis strategies that `harness fuzz` draws their values from.

    Raises:
      BadPlan, PlanImpossible, UnknownInPlan, PlanUnexpected: `plan` cannot be carried out on `plans`.
      BadScenario: naming what is wrong with the declaration.
      UnknownFault, BadFaultBudget: there is no such kind of fault, or that is no number of times.
    """
    if body is None:
        return functools.partial(
            scenario,
            fixes=fixes,
            fix_sets=fix_sets,
            expect=expect,
            horizon=horizon,
            time_model=time_model,
            fairness=fairness,
            params=params,
            assume_independent=assume_independent,
            faults=faults,
            plans=plans,
            plan=plan,
            workload=workload,
        )
    if not _takes_world(body):
        raise BadScenario("body", clean(body), "its first parameter must take the World")
    if fairness not in ("none", "trio"):
        raise BadScenario("fairness", clean(fairness), 'use "trio" or "none"')
    if horizon is not None:
        check_seconds("horizon", horizon)
    if not isinstance(expect, (Mapping, NoneType)):
        instead = 'say for sets of fixes what is expected: {"": "violated", "a+b": "safe"}'
        raise BadScenario("expect", clean(expect), instead)
    made = Scenario(
        name=body.__name__,
        body=body,
        fixes=checked_names("fixes", fixes),
        fix_sets=tuple(fix_set(names) for names in fix_sets),
        expect={fix_set(key): value for key, value in (expect or {}).items()},
        horizon_s=horizon,
        time_model=globals()["time_model"](time_model, TimeModel(inf)),
        fairness=fairness,
        params=declared_params(params or {}, plans, plan, body.__name__),
        assume_independent=bool(assume_independent),
        faults=checked_faults(faults or {}),
        plans=plans,
        workload=checked_workload(workload or {}, params or {}),
        path=inspect.getsourcefile(body) or "",
        doc=inspect.getdoc(body) or "",
    )
    for names in (*made.fix_sets, *made.expect):
        made.checked_fixes(names)
    for value in made.expect.values():
        if value not in EXPECTATIONS:
            raise BadScenario("expect", clean(value), 'use "violated" or "safe"')
    return made


def _takes_world(body: object) -> bool:
    """Whether the body is to be called with a World, rather than with nothing.

    Raises:
      BadScenario: it is no async function, or can be called with neither.
    """
    if not inspect.iscoroutinefunction(body):
        raise BadScenario("body", clean(body), "it must be an `async def` function")
    parameters = inspect.signature(body).parameters.values()
    place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.default is p.empty and p.kind in (*place, p.KEYWORD_ONLY)]
    if len(needed) > 1 or any(p.kind == p.KEYWORD_ONLY for p in needed):
        raise BadScenario("body", clean(body), "it is called with a World, or with nothing")
    return any(p.kind in (*place, p.VAR_POSITIONAL) for p in parameters)


def as_scenario(target: Scenario | Body) -> Scenario:
    """`target` itself, or a plain `async def fn()` / `fn(world)` made into a scenario.

    Plain functions are small models: any runnable task may go next, and time passes only when
    everything waits.
    """
    if isinstance(target, Scenario):
        return target
    takes_world = _takes_world(target)
    function: Any = target
    while isinstance(function, functools.partial):
        function = function.func
    return Scenario(
        name=function.__name__,
        body=target,
        fairness="none",
        time_model=TimeModel(0.0),
        path=inspect.getsourcefile(function) or "",
        plain=True,
        worldless=not takes_world,
    )


def model_of(
    made: Scenario,
    *,
    fairness: str | None,
    time: TimeModel | str | None,
    horizon_s: float | None,
    steps_max: int | None,
    step_timeout_s: float | None,
    assume_independent: bool | None = None,
) -> Model:
    """The kernel's model for a scenario, with what the caller overrides."""
    if fairness not in (None, "none", "trio"):
        raise BadScenario("fairness", clean(fairness), 'use "trio" or "none"')
    if horizon_s is not None:
        check_seconds("horizon", horizon_s)
    if steps_max is not None:
        check_whole("step limit", steps_max, least=1)
    if step_timeout_s is not None:
        check_seconds("time limit of a step", step_timeout_s, above=True)
    chosen = time_model(time, made.time_model)
    defaults = Model()
    return Model(
        fairness=fairness or made.fairness,
        stall_s=chosen.stall_s,
        horizon_s=made.horizon_s if horizon_s is None else horizon_s,
        steps_max=defaults.steps_max if steps_max is None else steps_max,
        step_timeout_s=defaults.step_timeout_s if step_timeout_s is None else step_timeout_s,
        assume_independent=(
            made.assume_independent if assume_independent is None else bool(assume_independent)
        ),
    )
