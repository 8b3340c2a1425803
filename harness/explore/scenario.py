"""A scenario: an async function that acts out a maintenance, and what it declares about itself."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import inf
from typing import Any

import attrs

from harness.errors import BadScenario, UnknownFix, UnknownParameter
from harness.kernel import Model

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
    """
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
        "time_model", repr(value), 'use "asynchronous" or harness.bounded(stall_s=...)'
    )


def fix_set(text: str | Sequence[str]) -> tuple[str, ...]:
    """A set of fixes as written ("a+b", or a sequence), sorted and without repeats."""
    names = text.split("+") if isinstance(text, str) else list(text)
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
        """Defaults with `params` over them. Raises `UnknownParameter`."""
        for name in params or {}:
            if name not in self.params:
                raise UnknownParameter(name, list(self.params))
        return {**self.params, **(params or {})}

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

    Raises:
      BadScenario: naming what is wrong with the declaration.
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
        )
    _check_body(body)
    if fairness not in ("none", "trio"):
        raise BadScenario("fairness", repr(fairness), 'use "trio" or "none"')
    if horizon is not None and not horizon >= 0:
        raise BadScenario("horizon", repr(horizon), "give virtual seconds, at least 0")
    made = Scenario(
        name=body.__name__,
        body=body,
        fixes=tuple(fixes),
        fix_sets=tuple(fix_set(names) for names in fix_sets),
        expect={fix_set(key): value for key, value in (expect or {}).items()},
        horizon_s=horizon,
        time_model=globals()["time_model"](time_model, TimeModel(inf)),
        fairness=fairness,
        params=dict(params or {}),
        path=inspect.getsourcefile(body) or "",
        doc=inspect.getdoc(body) or "",
    )
    for names in (*made.fix_sets, *made.expect):
        made.checked_fixes(names)
    for value in made.expect.values():
        if value not in EXPECTATIONS:
            raise BadScenario("expect", repr(value), 'use "violated" or "safe"')
    return made


def _check_body(body: object) -> None:
    if not inspect.iscoroutinefunction(body):
        raise BadScenario("body", repr(body), "decorate an `async def` function")


def as_scenario(target: Scenario | Body) -> Scenario:
    """`target` itself, or a plain `async def fn()` / `fn(world)` made into a scenario.

    Plain functions are small models: any runnable task may go next, and time passes only when
    everything waits.
    """
    if isinstance(target, Scenario):
        return target
    _check_body(target)
    takes_world = bool(inspect.signature(target).parameters)
    return Scenario(
        name=target.__name__,
        body=target,
        fairness="none",
        time_model=TimeModel(0.0),
        path=inspect.getsourcefile(target) or "",
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
) -> Model:
    """The kernel's model for a scenario, with what the caller overrides."""
    if fairness not in (None, "none", "trio"):
        raise BadScenario("fairness", repr(fairness), 'use "trio" or "none"')
    chosen = time_model(time, made.time_model)
    defaults = Model()
    return Model(
        fairness=fairness or made.fairness,
        stall_s=chosen.stall_s,
        horizon_s=made.horizon_s if horizon_s is None else horizon_s,
        steps_max=defaults.steps_max if steps_max is None else steps_max,
        step_timeout_s=defaults.step_timeout_s if step_timeout_s is None else step_timeout_s,
    )
