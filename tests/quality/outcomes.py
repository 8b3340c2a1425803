"""What the runs of a program come to: the sets that a reduction must not make smaller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from harness.errors import HarnessError
from harness.kernel import Engine, current_run
from harness.properties.watching import observe
from tests.quality.classes import each_run

if TYPE_CHECKING:
    from types import TracebackType

    from harness.explore.subject import Finding

T = TypeVar("T")
Outcome = tuple[Any, ...]


# ---- for the text of programs --------------------------------------------------------------------


def see(value: T) -> T:
    """Part of the outcome: the running task saw this, in this place of its own order."""
    run = current_run()
    if not run.closing:
        seen = run.extensions.setdefault("seen", {})
        seen.setdefault(run.labels[run.current], []).append(repr(value))
    return value


def up(value: object) -> int:
    """One more, of whatever may have been seen; small, so that values meet again."""
    return (value + 1) % 4 if type(value) is int else 1


def keep(*things: Any) -> None:
    """Part of the outcome: what these hold at the end."""
    run = current_run()

    def snapshot() -> None:
        run.extensions["final"] = tuple(_held(thing) for thing in things)

    run.verdict_hooks.append(snapshot)


class noted:  # noqa: N801  # programs read better so
    """Swallow what is raised in the block, other than cancellation, and note that it was."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(exc, Exception) or isinstance(exc, HarnessError):
            return False
        see(type(exc).__name__)
        return True


def _held(thing: Any) -> str:
    if hasattr(thing, "exit_status"):
        return str(thing._life.status.kind)
    if hasattr(thing, "peek_all"):
        return repr(sorted(thing.peek_all().items()))
    if hasattr(thing, "peek"):
        return repr(thing.peek())
    return observe(current_run(), lambda: repr(thing))[0]


# ---- for tests -----------------------------------------------------------------------------------


@attrs.frozen
class Outcomes:
    """What all schedules of an exploration came to.

    Attributes:
      complete: whether that is all there is.
      schedules: how many there were.
      classes: as the strategy counts them.
      seen: what single runs came to, and how many came to it.
      violated: the properties that failed in any of them.
      wasted: how many runs the strategy admits to have made in vain.
    """

    complete: bool
    schedules: int
    classes: int | None
    seen: Mapping[Outcome, int]
    violated: frozenset[str]
    wasted: int = 0


def outcomes_of(body: Any, **options: Any) -> Outcomes:
    """Explore a program and gather what its runs come to."""
    seen: dict[Outcome, int] = {}
    violated: set[str] = set()

    def look(engine: Engine, finding: Finding) -> None:
        if engine.ending == "stopped" and not finding.failures:
            return  # the reduction gave it up, and counts it as wasted
        outcome = _outcome(engine, finding)
        seen[outcome] = seen.get(outcome, 0) + 1
        violated.update(failure.property for failure in finding.failures)

    result = each_run(body, look, **options)
    wasted = (result.redundant or 0) + (result.blocked or 0)
    return Outcomes(
        result.complete, result.schedules, result.classes, seen, frozenset(violated), wasted
    )


def _outcome(engine: Engine, finding: Finding) -> Outcome:
    """What a run came to: the same for every order of steps that do not conflict.

    A run that a property stopped shows no more than that: how far the others were is accidental.
    """
    if engine.ending == "stopped":
        return ("stopped", finding.failures[0].property)
    if engine.ending == "raised" and len(engine.processes) > 1:
        return ("raised",)
    seen = engine.extensions.get("seen", {})
    return (
        engine.ending,
        engine.main_task_outcome is None,
        tuple(sorted(failure.property for failure in finding.failures)),
        tuple((who, tuple(values)) for who, values in sorted(seen.items())),
        engine.extensions.get("final"),
        tuple(sorted(finding.reached)),
    )
