"""From a recorded run in the engine to a trace."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from harness.kernel import clean
from harness.traces.environment import current_environment
from harness.traces.format import Choice, Event, Step, Trace, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.kernel import Engine


def record_trace(
    engine: Engine,
    *,
    scenario: str,
    params: Mapping[str, Any],
    fixes: Sequence[str],
    seed: int,
    strategy: str,
    violation: Violation | None,
    faults: Mapping[str, int] | None = None,
) -> Trace:
    """The run in `engine`, which was made with `recording` on, as a trace."""
    assert engine.recording
    bounds: dict[str, int | float | str | None] = {
        "steps_max": engine.steps_max,
        "horizon_s": engine.horizon_s,
    }
    return Trace(
        scenario=scenario,
        params=dict(params),
        fixes=tuple(fixes),
        seed=seed,
        strategy=strategy,
        time_model=engine.time_text,
        fairness=engine.fairness,  # type: ignore[arg-type]  # checked at the door
        bounds=bounds,
        faults=dict(faults or {}),
        choices=tuple(
            Choice(
                step=c.step,
                kind=c.kind,
                what=c.what,
                pick=c.pick,
                options=c.options,
                default=c.default,
            )
            for c in engine.choices
        ),
        steps=tuple(steps_of(engine)),
        events=tuple(
            Event(step=step, time=time, who=who, text=text, tag=tag or "")
            for step, time, who, text, tag in engine.notes
        ),
        violation=violation,
        environment=current_environment(),
        digest=engine.digest(),
    )


def steps_of(engine: Engine) -> list[Step]:
    """The steps of the run in `engine`, each with what it read and wrote.

    The digest of a step covers everything up to its end, so the first step that differs between two
    runs is the first whose digest does.
    """
    groups: list[tuple[int, float, list[Any]]] = []
    now = 0.0
    for item in engine.log:
        kind = type(item)
        if kind is int:
            groups.append((item, now, []))
        elif kind is float:
            now = item
        elif groups:
            groups[-1][2].append(item)
    state = blake2b(digest_size=8)
    steps = []
    before: dict[int, str] = {}
    for index, (runnable, time, items) in enumerate(groups):
        after = engine.places[index] if index < len(engine.places) else ""
        place = before.get(runnable) or after
        before[runnable] = after
        label = engine.labels[runnable]
        state.update(repr((label, time, items)).encode())
        accesses = [item for item in items if type(item) is tuple]
        steps.append(
            Step(
                index=index,
                label=label,
                time=float(time),
                reads=tuple(item[0] for item in accesses if item[1] == 0),
                writes=tuple((item[0], _text(item[2])) for item in accesses if item[1] == 1),
                digest=state.copy().hexdigest(),
                place=place.rpartition("/")[2],
            )
        )
    return steps


def _text(value: object) -> str:
    return value if isinstance(value, str) else clean(value)
