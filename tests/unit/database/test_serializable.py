"""Every history of SERIALIZABLE transactions that commits is equal to some serial order."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from harness.world.database.engine.engine import Engine
from harness.world.database.engine.waiting import Waiting
from harness.world.database.errors import DatabaseError, SerializationFailure
from harness.world.database.isolation import Isolation
from tests.unit.database.histories import Step, perform
from tests.unit.database.strategies import starts, steps

VERBS = ("get", "put", "update", "delete", "scan", "lock")
Program = list[Step]


def programs() -> st.SearchStrategy[list[Program]]:
    """Two to four transactions of a few statements each."""
    statement = steps(sessions=1).filter(lambda step: step.verb in VERBS)
    return st.lists(st.lists(statement, min_size=1, max_size=4), min_size=2, max_size=4)


class Run:
    """Programs as transactions of one level, each statement one move, in an order of choice."""

    def __init__(self, rows: dict[str, int], programs: list[Program], level: Isolation) -> None:
        self.engine = Engine(rows)
        self.results: list[list[Any]] = [[] for _ in programs]
        self.committed: list[int] = []
        self._programs = programs
        self._transactions = [self.engine.begin(level) for _ in programs]
        self._waiting: dict[int, Waiting] = {}
        self._failed: set[int] = set()

    def movable(self) -> list[int]:
        """The transactions that can make a move."""
        return [
            index
            for index in range(len(self._programs))
            if index not in self.committed and index not in self._failed and self._free(index)
        ]

    def _free(self, index: int) -> bool:
        return index not in self._waiting or self._waiting[index].ready

    def move(self, index: int) -> None:
        """Let one transaction do its next statement, or commit."""
        try:
            self._move(index)
        except DatabaseError:
            self._failed.add(index)
            self._waiting.pop(index, None)

    def _move(self, index: int) -> None:
        program, results = self._programs[index], self.results[index]
        if index in self._waiting:
            result = self._waiting.pop(index).resume()
        elif len(results) < len(program):
            result = perform(self._transactions[index], program[len(results)])
        else:
            assert self._transactions[index].commit()
            self.committed.append(index)
            return
        if isinstance(result, Waiting):
            self._waiting[index] = result
        else:
            results.append(result)


def serial(rows: dict[str, int], programs: list[Program], order: tuple[int, ...]) -> Any:
    """What the programs come to, one after the other: their results, and the final rows."""
    engine = Engine(rows)
    results = {index: [perform(engine, step) for step in programs[index]] for index in order}
    return results, engine.rows


def interleaved(
    rows: dict[str, int], programs: list[Program], moves: list[int], level: Isolation
) -> Run:
    """Play the programs; `moves` picks among those that can move, then the first goes on."""
    run = Run(rows, programs, level)
    while movable := run.movable():
        run.move(movable[moves.pop(0) % len(movable)] if moves else movable[0])
    return run


def is_serializable(rows: dict[str, int], programs: list[Program], run: Run) -> bool:
    """Whether some order of the committed programs shows the same results and final rows."""
    results = {index: run.results[index] for index in run.committed}
    return any(
        serial(rows, programs, order) == (results, run.engine.rows)
        for order in itertools.permutations(run.committed)
    )


@settings(max_examples=150)
@given(rows=starts(), programs=programs(), moves=st.lists(st.integers(0, 11), max_size=24))
def test_what_serializable_transactions_commit_is_serial(
    rows: dict[str, int], programs: list[Program], moves: list[int]
) -> None:
    """Brute force over all serial orders finds one that explains what was read and written."""
    run = interleaved(rows, programs, moves, Isolation.SERIALIZABLE)
    assert is_serializable(rows, programs, run)


@settings(max_examples=50)
@given(rows=starts(), programs=programs())
def test_transactions_that_do_not_overlap_never_fail(
    rows: dict[str, int], programs: list[Program]
) -> None:
    """One after the other, everybody commits at every level."""
    for level in Isolation:
        run = Run(rows, programs, level)
        for index, program in enumerate(programs):
            for _ in range(len(program) + 1):
                run.move(index)
        assert run.committed == list(range(len(programs)))


@pytest.mark.parametrize("level", [Isolation.READ_COMMITTED, Isolation.REPEATABLE_READ])
def test_the_oracle_can_tell(level: Isolation) -> None:
    """Below SERIALIZABLE, the write skew commits, and no serial order explains it."""
    programs = [
        [Step(1, "scan"), Step(1, "update", "x", -60)],
        [Step(1, "scan"), Step(1, "update", "y", -60)],
    ]
    rows = {"x": 50, "y": 50}
    run = interleaved(rows, programs, [0, 1, 0, 1], level)
    assert len(run.committed) == 2
    assert not is_serializable(rows, programs, run)


@pytest.mark.parametrize("reported", [False, True])
def test_a_report_can_make_a_serial_order_impossible(reported: bool) -> None:
    """A late receipt for a closed batch may commit, but not once a report showed the batch closed.

    Fekete, O'Neil, O'Neil, "A Read-Only Transaction Anomaly Under Snapshot Isolation" (2004).
    """
    engine = Engine({"batch": 1, "sum of batch 1": 0}, isolation=Isolation.SERIALIZABLE)
    receipt, close, report = engine.begin(), engine.begin(), engine.begin()
    batch = receipt.get("batch")
    close.update("batch", lambda number: number + 1)
    close.commit()
    if reported:
        assert report.get("batch") == 2
        assert report.get("sum of batch 1") == 0
        report.commit()
    with pytest.raises(SerializationFailure) if reported else contextlib.nullcontext():
        receipt.update(f"sum of batch {batch}", lambda total: total + 100)
        receipt.commit()
