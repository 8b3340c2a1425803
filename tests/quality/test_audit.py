"""Steps that are said to commute do: the audit finds nothing, and finds whatever is forgotten."""

from __future__ import annotations

import os
import re
import sys
from typing import Any
from unittest import mock

import attrs
import pytest
import trio

import harness
from harness.errors import BadBudget, Nondeterminism
from harness.explore import Audited
from harness.explore.audit.play import Player
from harness.explore.recheck import Recheck
from harness.explore.strategies import STRATEGIES
from harness.reports.audit import as_text
from harness.world.isolation import Audit as Isolation
from tests.quality import known
from tests.quality.audited import audited
from tests.quality.forgotten import FORGOTTEN, Forgotten
from tests.quality.generate import KINDS, SAMPLED, random_program
from tests.quality.known import Known
from tests.quality.paradex_page import RACES, scenario
from tests.quality.programs import together
from tests.quality.shared import (
    nothing_shared,
    shared_argument,
    shared_by_processes,
    shared_dict,
    shared_variable,
)

ALL_KNOWN = [*known.TINY, *known.SMALL, *known.BRUTE, *known.MEDIUM]
SOAK_SEED = os.environ.get("AUDIT_SEED", "0")
SOAK_SWAPS = int(os.environ.get("AUDIT_SWAPS", "30000"))

TOLD = """\
audit: N swaps of neighbouring steps in N schedules, N came to something else
MEMORY THAT NOBODY TRACKS: two steps of schedule N do not commute
  main/tN  shared.py:N to shared.py:N
    touches    reads clock:scope, main:scope
  main/tN  shared.py:N to shared.py:N
    touches    reads main:a, clock:scope, main:scope
  swapped      main/tN writes main:b False, then writes main:b True
  what to do   both use memory (shared_dict.<locals>.tick, shared.py), which nobody tracks: \
make it harness.tracked(...) or a harness.Cell, or do without assume_independent"""


def by_name(forgotten: Forgotten) -> str:
    """The name of its test."""
    return forgotten.what


@pytest.mark.parametrize("forgotten", FORGOTTEN, ids=by_name)
def test_a_forgotten_footprint_is_found(forgotten: Forgotten) -> None:
    """And without forgetting there is nothing to find."""
    right = audited(forgotten.body, swaps=40)
    with forgotten.plant():
        wrong = audited(forgotten.body, swaps=40)

    assert right.swaps
    assert right.is_clean
    assert wrong.mismatches
    assert all(mismatch.is_ours for mismatch in wrong.mismatches)


@pytest.mark.parametrize(
    ("body", "name"),
    [(shared_dict, "memory"), (shared_variable, "count"), (shared_argument, "names")],
)
def test_memory_that_tasks_share_is_the_users(body: Any, name: str) -> None:
    """It is named, with both places and what to do."""
    (found,) = audited(body).mismatches

    assert not found.is_ours
    assert name in found.shared[0]
    assert "do without assume_independent" in found.advice
    assert {found.first.begins.split(":")[0], found.second.begins.split(":")[0]} == {"shared.py"}
    assert found.first.task != found.second.task


def test_memory_that_processes_share_is_the_users() -> None:
    """Where the check of isolation has not seen it: it looks at a sample of runs only."""
    with mock.patch.object(Isolation, "check"):
        (found,) = audited(shared_by_processes, assume_independent=False).mismatches

    assert not found.is_ours
    assert "counter" in found.shared[0]
    assert "memory of two processes" in found.advice
    assert {found.first.process, found.second.process} == {"first#1", "second#1"}


def test_without_the_assumption_tasks_of_a_process_are_not_swapped() -> None:
    """So there is nothing to find: each may share anything."""
    result = audited(shared_dict, assume_independent=False)

    assert (result.swaps, result.mismatches) == (0, ())


def test_two_steps_that_do_not_commute_are_told() -> None:
    """Who, where, what is touched, and what differs: for people."""
    text = "\n".join(as_text(audited(shared_dict)))

    assert re.sub(r"\d+", "N", text) == TOLD


def test_equal_seeds_make_equal_audits() -> None:
    """Nothing in it is left to the machine."""
    audits = [audited(shared_dict, swaps=30, seed=7) for _ in range(2)]
    first, second = (attrs.evolve(found, wall_s=0) for found in audits)

    assert first == second


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_can_be_audited(strategy: str) -> None:
    """The schedules are followed, however they were chosen."""
    found = audited(shared_dict, strategy=strategy, swaps=40, schedules=6)

    assert found.schedules
    assert not found.is_clean


def test_a_proof_that_rests_on_a_mismatch_is_none() -> None:
    """The reduction left out what it took for the same."""
    options: Any = {"strategy": "dpor", "assume_independent": True, "shrink": False}

    assert harness.explore(shared_dict, **options).verdict == "exhausted"
    assert harness.explore(shared_dict, audit=True, **options).verdict == "inconclusive"


def test_one_schedule_is_enough_to_find_its_way_through_a_class() -> None:
    """What must be swapped is not next to each other at first, and a walk does not go to and fro."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {"BTC": 20_000})
        memory: dict[str, int] = {}

        async def load() -> None:
            memory["BTC"] = await db.get("BTC")
            await trio.lowlevel.checkpoint()

        async def tick() -> None:
            await db.get("mode")
            await db.put("index", memory.get("BTC", 0))

        await together(load, tick)

    result = harness.explore(body, strategy="dpor", assume_independent=True, audit=True)

    assert result.schedules == 1
    assert result.audit is not None
    assert not result.audit.is_clean


def test_other_proofs_do_not_need_it() -> None:
    """Brute force takes nothing for the same."""
    result = harness.explore(shared_dict, strategy="dfs", assume_independent=True, audit=True)

    assert result.verdict == "exhausted"


def test_what_was_swapped_before_an_interrupt_is_kept() -> None:
    """Ctrl-C in the midst of it: a run that was cut is not held against its steps."""
    play = Player.play

    def interrupted(player: Player, order: Any) -> Any:
        if player.runs > 4:
            player.kernel.interrupted = True
        return play(player, order)

    with mock.patch.object(Player, "play", interrupted):
        result = harness.explore(nothing_shared, schedules=9, assume_independent=True, audit=True)

    assert result.interrupted
    assert result.audit is not None
    assert 0 < result.audit.swaps < 20


def test_it_is_not_made_unless_asked_for() -> None:
    """It costs time."""
    assert harness.explore(nothing_shared, schedules=2).audit is None


@pytest.mark.parametrize("swaps", [0, -1, "many", 1.5])
def test_what_is_no_number_of_swaps_is_refused(swaps: Any) -> None:
    """Before anything runs."""
    with pytest.raises(BadBudget, match="number of swaps"):
        harness.explore(nothing_shared, audit=swaps)


def test_what_goes_on_after_the_end_is_followed() -> None:
    """A process that a fault holds up to the end goes on then, with choices that nobody explores."""

    async def body(world: harness.World) -> None:
        db = world.database("db", {})

        async def serve() -> None:
            await together(lambda: db.put("x", 1), lambda: db.put("y", 2))

        world.start(serve, name="p")
        world.start(lambda: db.put("z", 3), name="q")

    found = audited(body, faults={"slow": 1}, swaps=60, schedules=30)

    assert found.swaps
    assert found.is_clean, as_text(found)


def test_a_run_that_is_never_the_same_is_nondeterminism() -> None:
    """Swaps of it would show nothing."""
    starts = iter(range(1_000_000))

    async def body() -> None:
        cell = harness.Cell(0)
        start = next(starts)
        await together(lambda: cell.write(start), lambda: cell.write(start))

    with mock.patch.object(Recheck, "after"), pytest.raises(Nondeterminism, match="for the audit"):
        audited(body, schedules=2)


@pytest.mark.parametrize("program", known.TINY[::4], ids=known.by_name)
def test_known_programs_commute_as_said(program: Known) -> None:
    """A sample of them."""
    found = audited(program.body, swaps=40, schedules=5)

    assert found.swaps
    assert found.is_clean, as_text(found)


@pytest.mark.parametrize("kind", SAMPLED)
def test_random_programs_commute_as_said(kind: str) -> None:
    """One of each kind."""
    program = random_program("audit", kind, at_most=600)
    found = audited(program.body, swaps=15, schedules=3, **program.explore_options)

    assert found.is_clean, (program, as_text(found))


class Count:
    """How much has been swapped, and how long it took."""

    def __init__(self) -> None:
        self.swaps = self.runs = self.subjects = 0
        self.wall_s = 0.0

    def add(self, found: Audited, of: object) -> None:
        """One more audit, which is to be clean."""
        assert found.is_clean, "\n".join([str(of), *as_text(found)])
        self.swaps += found.swaps
        self.runs += found.runs
        self.subjects += 1
        self.wall_s += found.wall_s

    def __str__(self) -> str:
        rate = self.swaps / self.wall_s
        return (
            f"{self.swaps} swaps of {self.subjects} in {self.runs} runs, {self.wall_s:.0f} s: "
            f"{rate:.0f} swaps/s"
        )


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS)
def test_so_do_many_random_programs(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """AUDIT_SWAPS of each kind, from AUDIT_SEED on: some two thirds of a million."""
    count = Count()
    while count.swaps < SOAK_SWAPS:
        program = random_program(f"{SOAK_SEED}/{count.subjects}", kind, at_most=20_000)
        options = {"schedules": 20, "seed": count.subjects, **program.explore_options}
        count.add(audited(program.body, swaps=500, **options), program)
    with capsys.disabled():
        sys.stdout.write(f"\n{kind}: {count}\n")


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("program", {p.name: p for p in ALL_KNOWN}.values(), ids=known.by_name)
def test_so_does_every_known_program(program: Known, capsys: pytest.CaptureFixture[str]) -> None:
    """A sixth of AUDIT_SWAPS each."""
    count = Count()
    count.add(audited(program.body, swaps=SOAK_SWAPS // 6, schedules=50), program.name)
    with capsys.disabled():
        sys.stdout.write(f"\n{program.name}: {count}\n")


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("race", RACES)
def test_so_does_the_january_restart(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each of its races, without a fix and with each."""
    count = Count()
    made = scenario(race)
    for fixes in [(), *((fix,) for fix in made.fixes)]:
        options = {"schedules": 60, "fixes": fixes, "assume_independent": False}
        count.add(audited(made, swaps=SOAK_SWAPS // 12, **options), (race, fixes))
    with capsys.disabled():
        sys.stdout.write(f"\n{race}: {count}\n")
