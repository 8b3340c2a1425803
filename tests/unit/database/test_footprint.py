"""Footprints: statements that do not conflict by their labels can trade places unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import assume, example, given, settings, strategies as st

from harness.world.database.engine.engine import Engine
from harness.world.database.footprint import Footprint
from tests.unit.database.histories import History, Outcome, Simulation, Step
from tests.unit.database.strategies import histories, steps

Use = tuple[str, str]
"""A label and "read", "write" or "touch"."""


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.uses: dict[Use, None] = {}

    def read(self, label: str, value: object = None) -> None:
        """Note a read."""
        self.uses[label, "read"] = None

    def write(self, label: str, value: object = None) -> None:
        """Note a write."""
        self.uses[label, "write"] = None

    def touch(self, label: str) -> None:
        """Note a part write."""
        self.uses[label, "touch"] = None

    def depends(self, label: str) -> None:
        """Note what is as good as a read."""
        self.uses[label, "read"] = None

    def affects(self, label: str, *, part: bool = False) -> None:
        """Note what is as good as a write."""
        self.uses[label, "touch" if part else "write"] = None

    def kept(self, name: str) -> dict[str, Any]:
        """One search is one engine here."""
        return {}

    def learned(self) -> None:
        """Nothing was concluded before."""

    def take(self) -> list[Use]:
        """What was noted since the last time."""
        uses, self.uses = list(self.uses), {}
        return uses


def observed(engine: Engine) -> Notes:
    """Observe an engine."""
    notes = Notes()
    engine.observer = Footprint(notes, "t")
    return notes


def conflict(one: list[Use], other: list[Use]) -> bool:
    """Whether two footprints use a label in modes that do not commute."""
    return any(
        label == label_too and not (mode == mode_too and mode in ("read", "touch"))
        for label, mode in one
        for label_too, mode_too in other
    )


# ------------------------------------------------------------------------------------ soundness


class Table:
    """Several sessions, where freed statements go on only when told to."""

    def __init__(self, history: History) -> None:
        self.simulation = Simulation(history)
        self.notes = observed(self.simulation.engine)
        self.opened: dict[int, None] = {}
        self.said: list[tuple[int, Outcome]] = []

    def is_stuck(self, session: int) -> bool:
        """Whether the session waits and may not go on."""
        waiting = self.simulation.waiting.get(session)
        return waiting is not None and not waiting.ready

    def act(self, step: Step) -> tuple[Any, list[Use]]:
        """The session's next action: what it came to, and its footprint.

        A statement that has been set free goes on; else the step is taken, if it makes sense.
        """
        session = step.session
        self.notes.take()
        if session in self.simulation.waiting:
            self.simulation.resume(session)
        elif (step.verb == "begin") == (session in self.opened) and step.verb in (
            "begin",
            "commit",
            "rollback",
        ):
            return None, []
        else:
            if step.verb == "begin":
                self.opened[session] = None
            if step.verb in ("commit", "rollback"):
                del self.opened[session]
            self.simulation.submit(step)
        return self.simulation.take_finished().get(session, "waits"), self.notes.take()

    def future(self, steps: list[Step]) -> list[Any]:
        """What everybody gets to see from here on."""
        seen: list[Any] = []
        for step in steps:
            self._free(seen)
            if not self.is_stuck(step.session):
                seen.append((str(step), self.act(step)[0]))
        self._free(seen)
        while self.opened:
            session = min(s for s in self.opened if s not in self.simulation.waiting)
            seen.append((session, self.act(Step(session, "commit"))[0]))
            self._free(seen)
        return [*seen, sorted(self.simulation.rows().items())]

    def _free(self, seen: list[Any]) -> None:
        while ready := sorted(
            session for session, waiting in self.simulation.waiting.items() if waiting.ready
        ):
            seen.append((ready[0], self.act(Step(ready[0], "get", "x"))[0]))


@settings(max_examples=250)
@given(
    history=histories(),
    pair=st.tuples(steps(), steps()).filter(lambda pair: pair[0].session != pair[1].session),
    after=st.lists(steps(), max_size=8),
)
def test_statements_whose_footprints_do_not_conflict_commute(
    history: History, pair: tuple[Step, Step], after: list[Step]
) -> None:
    """If labels say that two steps are independent, no session can tell their order."""
    one, other = pair

    def run(pair: list[Step]) -> tuple[dict[int, Any], bool, list[Any]]:
        table = Table(history)
        for step in history.steps:
            if not table.is_stuck(step.session):
                table.act(step)
        assume(not any(table.is_stuck(step.session) for step in pair))
        done = {step.session: table.act(step) for step in pair}
        results = {session: result for session, (result, _) in done.items()}
        conflicting = conflict(done[one.session][1], done[other.session][1])
        return dict(sorted(results.items())), conflicting, table.future(after)

    results, conflicting, future = run([one, other])
    results_too, conflicting_too, future_too = run([other, one])
    if not (conflicting and conflicting_too):
        assert results == results_too
        assert future == future_too


# -------------------------------------------------------------------------------------- fineness


def footprints(
    *calls: Callable[[Engine], Any], rows: dict[str, int] | None = None
) -> list[list[Use]]:
    """The footprint of each call, made in turn on one engine."""
    engine = Engine(rows or {"BTC": 1, "ETH": 2})
    notes = observed(engine)
    found = []
    for call in calls:
        call(engine)
        found.append(notes.take())
    return found


def high(key: str, value: int) -> bool:
    """A predicate."""
    return value >= 10


def test_reads_of_one_row_do_not_conflict() -> None:
    """Two gets of the same key are independent."""
    one, other = footprints(lambda db: db.get("BTC"), lambda db: db.get("BTC"))
    assert one
    assert not conflict(one, other)


def test_writes_of_different_rows_do_not_conflict() -> None:
    """Puts of different keys are independent, also of a key that was missing."""
    one, other = footprints(lambda db: db.put("BTC", 3), lambda db: db.put("SOL", 3))
    assert not conflict(one, other)


def test_a_write_conflicts_with_a_read_of_its_row() -> None:
    """A put conflicts with a get of the key, whichever comes first."""
    write, read = footprints(lambda db: db.put("BTC", 3), lambda db: db.get("BTC"))
    assert conflict(write, read)


def test_an_uncommitted_write_conflicts_with_no_read() -> None:
    """Nobody can see a write before its commit; the commit is what a get conflicts with."""
    engine = Engine({"BTC": 1})
    notes = observed(engine)
    transaction = engine.begin()
    transaction.put("BTC", 2)
    write = notes.take()
    engine.get("BTC")
    read = notes.take()
    transaction.commit()
    commit = notes.take()
    assert not conflict(write, read)
    assert conflict(commit, read)


def test_a_scan_conflicts_with_every_commit() -> None:
    """Without a predicate, any commit changes what a scan returns."""
    scan, write = footprints(lambda db: db.scan(), lambda db: db.put("SOL", 3))
    assert conflict(scan, write)


@given(old=st.integers(0, 20), new=st.integers(0, 20), scan_first=st.booleans())
@example(old=10, new=9, scan_first=True)
@example(old=9, new=10, scan_first=False)
def test_a_predicate_conflicts_with_writes_of_rows_it_holds_for(
    old: int, new: int, scan_first: bool
) -> None:
    """A scan and a put conflict exactly if the predicate holds for the old or the new row."""
    calls = [lambda db: db.scan(high), lambda db: db.put("BTC", new)]
    one, other = footprints(*calls[:: 1 if scan_first else -1], rows={"BTC": old})
    assert conflict(one, other) == (old >= 10 or new >= 10)


def test_writes_that_match_a_predicate_do_not_conflict_with_each_other() -> None:
    """What conflicts with a scan does not conflict with what else conflicts with it."""
    _, one, other = footprints(
        lambda db: db.scan(high), lambda db: db.put("BTC", 10), lambda db: db.put("ETH", 10)
    )
    assert not conflict(one, other)


def test_closures_of_one_function_are_told_apart() -> None:
    """A predicate made anew with another bound is another predicate."""

    def above(bound: int) -> Callable[[str, int], bool]:
        return lambda key, value: value > bound

    _, _, write = footprints(
        lambda db: db.scan(above(100)), lambda db: db.scan(above(5)), lambda db: db.put("BTC", 7)
    )
    assert any("where" in label for label, _ in write)


def test_a_predicate_that_raises_counts_as_holding() -> None:
    """A value that a predicate cannot judge is not independent of it."""
    _, write = footprints(
        lambda db: db.scan(lambda key, value: value < 10), lambda db: db.put("BTC", "words")
    )
    assert any("where" in label for label, _ in write)
