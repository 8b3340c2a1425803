"""Generated histories come out the same on the simulation and on a real PostgreSQL."""

from __future__ import annotations

import collections
import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.parity.postgres.generate import generate
from tests.unit.database.histories import History, Simulation, Transcript, play

if TYPE_CHECKING:
    from tests.parity.postgres.client import Postgres

pytestmark = pytest.mark.soak

HISTORIES = int(os.environ.get("PARITY_HISTORIES", "500"))
PLAYS_MAX = 3
SEEDS = [int(seed) for seed in os.environ.get("PARITY_SEEDS", "1,2,3").split(",")]


class Orders:
    """Every sequence of choices, depth first."""

    def __init__(self) -> None:
        self._prefix: list[int] = []
        self._taken: list[tuple[int, int]] = []

    def choose(self, options: int) -> int:
        """The next choice among `options`."""
        place = len(self._taken)
        choice = self._prefix[place] if place < len(self._prefix) else 0
        self._taken.append((choice, options))
        return choice

    def next(self) -> bool:
        """Go on to the next sequence; False if there is none."""
        while self._taken and self._taken[-1][0] + 1 == self._taken[-1][1]:
            self._taken.pop()
        self._prefix = [choice for choice, _ in self._taken]
        if self._prefix:
            self._prefix[-1] += 1
        self._taken = []
        return bool(self._prefix)


def simulations(history: History) -> list[Transcript]:
    """What the history comes to, for each order in which freed statements may go on."""
    orders = Orders()
    transcripts = [play(history, Simulation(history, orders.choose))]
    while orders.next():
        transcripts.append(play(history, Simulation(history, orders.choose)))
    return transcripts


def play_until_agreed(
    history: History, postgres: Postgres, simulated: list[Transcript]
) -> list[Transcript]:
    """Every transcript up to one that agrees, or PLAYS_MAX of them.

    PostgreSQL itself does not always give the same answer: a commit sets waiting statements free
    a moment before it counts as committed, and what they do in that moment is up to the machine.
    """
    transcripts: list[Transcript] = []
    while len(transcripts) < PLAYS_MAX and (not transcripts or transcripts[-1] not in simulated):
        postgres.prepare(history)
        transcripts.append(play(history, postgres))
    return transcripts


@pytest.mark.parametrize("seed", SEEDS)
def test_generated_histories_agree_with_postgresql(seed: int, postgres: Postgres) -> None:
    """Results, blocks, error classes and final rows are PostgreSQL's, at every level mixed."""
    randomness = random.Random(seed)
    seen: collections.Counter[str] = collections.Counter()
    for number in range(HISTORIES):
        history = generate(randomness)
        simulated = simulations(history)
        real = play_until_agreed(history, postgres, simulated)
        assert real[-1] in simulated, _difference(seed, number, history, real[-1], simulated[0])
        _count(seen, real, simulated)
    figures = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
    print(f"\nPostgreSQL {postgres.version()}, seed {seed}: {figures}")  # noqa: T201 - the figures


def _count(
    seen: collections.Counter[str], real: list[Transcript], simulated: list[Transcript]
) -> None:
    seen["histories"] += 1
    seen["played again"] += len(real) - 1
    seen["with several orders"] += len({str(transcript) for transcript in simulated}) > 1
    for line in real[-1].lines:
        seen["statements"] += 1
        seen["waits"] += line.waits
        for kind, value in line.finished.values():
            if kind == "error":
                seen[f"error {value}"] += 1


def _difference(
    seed: int, number: int, history: History, real: Transcript, simulated: Transcript
) -> str:
    return (
        f"seed {seed}, history {number}, rows {dict(history.rows)}, levels {history.levels}\n"
        f"PostgreSQL:\n{real}\nsimulation:\n{simulated}"
    )
