"""An engine without rooms: it finds what it was told is there and answers as it was told to.

What it hands out are the engine's own value types, so that the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from harness.errors import HarnessError
from harness.explore import Progress, Replay, Result, Scenario, Violation
from harness.explore.regressions import Replayed, Stored
from harness.fuzz import FuzzFailure
from harness.fuzz.hunt import Hunt
from harness.properties import Scorecard
from harness.traces import Trace, current_environment
from harness.traces.format import Violation as TraceViolation

NO_TRACE = Trace(
    scenario="restart.py::scale_up",
    seed=0,
    strategy="random",
    time_model="asynchronous",
    fairness="trio",
    choices=(),
    environment=current_environment(),
    digest="b000",
)
USED = Violation(
    property="BTC was used before its gate",
    message="BTC was used before its gate: alice was liquidated",
    trace=NO_TRACE,
    first_seen=3,
    fingerprint="3f9c",
)
EXHAUSTED = Result(
    scenario="scale_up",
    fixes=(),
    params={},
    strategy="random",
    seed=0,
    verdict="exhausted",
    schedules=20,
    steps=400,
    wall_s=0.5,
    violations=(),
    scorecard=Scorecard(),
    bounds={"steps_max": 20_000},
    assumptions=("time: asynchronous",),
)
INCONCLUSIVE = attrs.evolve(EXHAUSTED, verdict="inconclusive")
VIOLATED = attrs.evolve(EXHAUSTED, verdict="violated", violations=(USED,))


async def body(_world: object) -> None:
    """What a scenario does; here nothing ever runs it."""


def made(path: Path, name: str = "scale_up", **declared: Any) -> Scenario:
    """A scenario in a file."""
    return Scenario(name=name, body=body, path=str(path), **declared)


@attrs.define(kw_only=True)
class FakeEngine:
    """Remembers every search in `searches`; `answer` makes its result from its fixes."""

    scenarios: Sequence[Scenario] = ()
    answer: Callable[[tuple[str, ...]], Result] = lambda _fixes: EXHAUSTED
    discovered: list[list[str]] = attrs.field(factory=list)
    searches: list[dict[str, Any]] = attrs.field(factory=list)
    kept_in: list[Path | None] = attrs.field(factory=list)
    broken: Sequence[HarnessError] = ()
    forgotten: int = 0

    def discover(
        self, paths: Sequence[str], *, broken: Callable[[HarnessError], None]
    ) -> Sequence[Scenario]:
        """All there are, whatever the paths."""
        for error in self.broken:
            broken(error)
        self.discovered.append(list(paths))
        return self.scenarios

    def explore(
        self, scenario: Scenario, *, fixes: Sequence[str], params: Mapping[str, Any], **options: Any
    ) -> Result:
        """Remember, and answer."""
        self.searches.append({"name": scenario.name, "fixes": fixes, "params": params, **options})
        return attrs.evolve(self.answer(tuple(fixes)), fixes=tuple(fixes), params=params)

    def explore_all(
        self,
        searches: Sequence[tuple[Scenario, Mapping[str, Any]]],
        *,
        workers: int,
        progress: Callable[[Progress], None] | None,
    ) -> Generator[Result]:
        """One after the other."""
        for scenario, options in searches:
            yield self.explore(scenario, **options, workers=workers, progress=progress)

    def keep(self, result: Result, folder: Path | None) -> Result:
        """Name the files that would be written."""
        self.kept_in.append(folder)
        place = Path(".harness") if folder is None else folder
        file = place / "scale_up-3f9c.trace.json"
        named = [attrs.evolve(violation, trace_file=file) for violation in result.violations]
        return attrs.evolve(result, violations=tuple(named))

    def stored(
        self,
        scenarios: Sequence[Scenario],
        folder: Path | None,
        *,
        broken: Callable[[HarnessError], None],
    ) -> Sequence[Stored]:
        """None."""
        return ()

    def play(
        self, stored: Stored, *, seed: int, steps_max: int | None, around_s: float
    ) -> Replayed:
        """None is stored, so none is played."""
        raise AssertionError(stored)

    def hunt(self, scenario: Scenario, *, inputs_max: int | None, **asked: Any) -> Hunt | None:
        """Nothing to draw."""
        return None

    def take_turns(
        self, hunts: Sequence[Hunt], time_budget_s: float | None, *, first: bool
    ) -> Iterator[tuple[Hunt, int]]:
        """So there are no turns."""
        assert not hunts
        yield from ()

    def keep_found(self, failure: FuzzFailure, folder: Path | None) -> FuzzFailure:
        """And nothing is found."""
        raise AssertionError(failure)

    def keep_again(self, found: Replayed, folder: Path | None) -> Replayed:
        """Nor kept."""
        raise AssertionError(found)

    def replay(self, file: Path, *, announce: Callable[[str], None]) -> Replay:
        """Announce, and break again what was broken unless the file's name says otherwise."""
        announce("will import restart.py")
        broken = TraceViolation(property=USED.property, message="used", fingerprint="3f9c")
        return Replay(
            trace=NO_TRACE, violation=None if "clean" in file.name else broken, digest="b000"
        )
