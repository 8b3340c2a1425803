"""The one door between the command line and the rooms below it.

The command line parses, chooses, judges and reports; everything else happens behind `Engine`. Its
one implementation imports a room when a command first needs it, and tests put another in its place.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import attrs

if TYPE_CHECKING:
    from harness.errors import HarnessError
    from harness.explore import Progress, Replay, Result, Scenario
    from harness.explore.regressions import Replayed, Stored
    from harness.fuzz import FuzzFailure
    from harness.fuzz.hunt import Hunt

Expectation: TypeAlias = Literal["violated", "safe"]


class Engine(Protocol):
    """Everything the command line asks of the rooms below it.

    Whatever it raises for a person to mend is a `HarnessError`; that error knows its exit code.

    Attributes:
      forgotten: how often an `await` was found missing in what was searched; each has been said.
    """

    forgotten: int

    def discover(
        self, paths: Sequence[str], *, broken: Callable[[HarnessError], None]
    ) -> Sequence[Scenario]:
        """The scenarios in these files, folders and `PATH::NAME`s, each once.

        `broken` is told of each file in a folder that cannot be imported.
        """

    def explore(
        self,
        scenario: Scenario,
        *,
        strategy: str,
        depth: int | None,
        preemption_bound: int | None,
        delay_bound: int | None,
        fixes: Sequence[str],
        params: Mapping[str, object],
        faults: Mapping[str, int] | None,
        schedules: int | None,
        time_budget_s: float | None,
        steps_max: int | None,
        seed: int,
        stop_at_first: bool,
        known: Sequence[str],
        shrink: bool,
        audit: bool | int,
        resume: bool,
        folder: Path | None,
        progress: Callable[[Progress], None] | None,
    ) -> Result:
        """Search one scenario under one set of fixes. An interrupt comes back in the result.

        With `resume` it goes on with the one that was kept in this folder, if there is one.
        """

    def explore_all(
        self,
        searches: Sequence[tuple[Scenario, Mapping[str, Any]]],
        *,
        workers: int,
        progress: Callable[[Progress], None] | None,
    ) -> Generator[Result]:
        """Make these searches in pieces, on so many processes; options as of `explore`."""

    def keep(self, result: Result, folder: Path | None) -> Result:
        """Save the traces of a result in a folder, or in `.harness`; the result then names them.

        An unfinished search is saved with them, to be resumed; where that fails, it is not named.
        """

    def stored(
        self,
        scenarios: Sequence[Scenario],
        folder: Path | None,
        *,
        broken: Callable[[HarnessError], None],
    ) -> Sequence[Stored]:
        """Stored failures of scenarios: committed ones, and those that were kept in a folder.

        `broken` is told of each committed file that is no trace.
        """

    def play(
        self, stored: Stored, *, seed: int, steps_max: int | None, around_s: float
    ) -> Replayed:
        """Play a stored failure back leniently, and search around it for so long.

        One of the database that fails no more is then put out of the way.
        """

    def keep_again(self, found: Replayed, folder: Path | None) -> Replayed:
        """Save what failed again, unless it is to the letter what was stored; the result names it."""

    def replay(self, file: Path, *, announce: Callable[[str], None]) -> Replay:
        """Play a recorded run back strictly; what is imported is announced first."""

    def hunt(self, scenario: Scenario, *, inputs_max: int | None, **asked: Any) -> Hunt | None:
        """How a scenario is fuzzed, not begun yet; None if it has nothing to draw.

        `asked` are the fields of `harness.fuzz.search.Asked`.
        """

    def take_turns(
        self, hunts: Sequence[Hunt], time_budget_s: float | None, *, first: bool
    ) -> Iterator[tuple[Hunt, int]]:
        """Let them go on within one budget; after each turn, whose it was and its failures before.

        `first`: none goes on after its first failure.
        """

    def keep_found(self, failure: FuzzFailure, folder: Path | None) -> FuzzFailure:
        """Save the traces and the plan of a failure; it then names the files."""


class Rooms:
    """The rooms themselves."""

    def __init__(self) -> None:
        self.forgotten = 0

    @contextlib.contextmanager
    def _playing(self) -> Iterator[None]:
        """While scenarios are played: they print so much, and a forgotten `await` is a line."""
        from harness.cli.quiet import quiet
        from harness.cli.unawaited import unawaited_in_one_line

        with quiet(), unawaited_in_one_line(self._forget):
            yield

    def _forget(self) -> None:
        self.forgotten += 1

    def discover(
        self, paths: Sequence[str], *, broken: Callable[[HarnessError], None]
    ) -> Sequence[Scenario]:
        """See `Engine`."""
        from harness.explore.discover import discover

        return discover(paths, broken=broken)

    def explore(
        self, scenario: Scenario, *, resume: bool, folder: Path | None, **options: Any
    ) -> Result:
        """See `Engine`."""
        from harness.explore import explore

        with self._playing():
            return explore(scenario, resume=_place(folder) if resume else None, **options)

    def explore_all(
        self,
        searches: Sequence[tuple[Scenario, Mapping[str, Any]]],
        *,
        workers: int,
        progress: Callable[[Progress], None] | None,
    ) -> Generator[Result]:
        """See `Engine`."""
        from harness.cli.together import results

        yield from results(searches, workers, progress, self._playing)

    def keep(self, result: Result, folder: Path | None) -> Result:
        """See `Engine`."""
        from harness.traces import save_trace

        if not result.violations:
            return _keep_search(result, folder)
        place = _place(folder)
        kept = [
            attrs.evolve(violation, trace_file=save_trace(violation.trace, place))
            for violation in result.violations
        ]
        return _keep_search(attrs.evolve(result, violations=tuple(kept)), folder)

    def stored(
        self,
        scenarios: Sequence[Scenario],
        folder: Path | None,
        *,
        broken: Callable[[HarnessError], None],
    ) -> Sequence[Stored]:
        """See `Engine`."""
        from harness.explore.regressions import committed, kept

        place = folder or Path(".harness")
        return [*committed(scenarios, broken=broken), *kept(scenarios, place)]

    def play(
        self, stored: Stored, *, seed: int, steps_max: int | None, around_s: float
    ) -> Replayed:
        """See `Engine`."""
        from harness.explore.regressions import play, set_aside

        with self._playing():
            found = play(stored, seed=seed, steps_max=steps_max, time_max_s=around_s)
        if found.status != "still fails" and not found.interrupted:
            set_aside(stored)
        return found

    def keep_again(self, found: Replayed, folder: Path | None) -> Replayed:
        """See `Engine`."""
        from harness.traces import save_trace

        if found.violation is None:
            return found
        file = (
            found.stored.file if found.same else save_trace(found.violation.trace, _place(folder))
        )
        return attrs.evolve(found, violation=attrs.evolve(found.violation, trace_file=file))

    def replay(self, file: Path, *, announce: Callable[[str], None]) -> Replay:
        """See `Engine`."""
        from harness.explore import replay

        return replay(file, announce=announce)

    def hunt(self, scenario: Scenario, *, inputs_max: int | None, **asked: Any) -> Hunt | None:
        """See `Engine`."""
        from harness.errors import NothingToDraw
        from harness.fuzz.entry import hunt_for
        from harness.fuzz.hunt import Limits
        from harness.fuzz.search import Asked

        try:
            return hunt_for(Asked(scenario=scenario, **asked), limits=Limits(inputs=inputs_max))
        except NothingToDraw:
            return None

    def take_turns(
        self, hunts: Sequence[Hunt], time_budget_s: float | None, *, first: bool
    ) -> Iterator[tuple[Hunt, int]]:
        """See `Engine`."""
        from harness.fuzz.entry import Turns

        turns = Turns(hunts, time_budget_s, first=first)
        while turns.left:
            before = len(turns.next.failures)
            with self._playing():
                hunt = turns.take()
            yield hunt, before

    def keep_found(self, failure: FuzzFailure, folder: Path | None) -> FuzzFailure:
        """See `Engine`."""
        from harness.cli.places import write_file
        from harness.plans import plan_toml

        bare = attrs.evolve(failure.result, search=None, search_name="")
        failure = attrs.evolve(failure, result=self.keep(bare, folder))
        trace = failure.result.violations[0].trace_file
        if trace is None or failure.input.plan is None:
            return failure
        file = trace.with_name(trace.name.replace(".trace.json", ".plan.toml"))
        write_file(file, plan_toml(failure.input.plan).encode())
        return attrs.evolve(failure, plan_file=file)


def _place(folder: Path | None) -> Path:
    """The folder for what is kept, made if need be; the default one is git's to ignore."""
    from harness.traces import make_own_directory

    if folder is None:
        return make_own_directory(".harness")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep_search(result: Result, folder: Path | None) -> Result:
    """Save an unfinished search; remove the file of one that is over."""
    from harness.errors import SearchUnwritable, TraceUnwritable
    from harness.explore.saved import save_search

    if not result.search_name:
        return result
    if result.search is None:
        with contextlib.suppress(OSError):
            ((folder or Path(".harness")) / result.search_name).unlink(missing_ok=True)
        return result
    try:
        file = save_search(result.search, _place(folder))
        return attrs.evolve(result, search_file=file)
    except (OSError, SearchUnwritable, TraceUnwritable):  # the result is worth more than its file
        return result
