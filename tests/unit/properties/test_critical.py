"""The handle of critical state on a real kernel: who did what in which step is what is judged."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from harness.errors import (
    AlreadyCritical,
    BadCost,
    CriticalMisdeclared,
    GateComparesNothing,
    PredicateRaised,
)
from harness.properties import Critical, Tally
from harness.world import World
from tests.unit.properties.stage import Killer, Played, Scenario, Shelf, play, play_all

GOOD = 20_000


def _index(world: World, chain: Shelf, key: str = "BTC", **options: Any) -> Critical:
    handle: Critical = world.properties.critical(
        chain, key, valid=lambda old, new: abs(new - old) <= 1, **options
    )
    return handle


def _outcomes(played: Played) -> list[str]:
    return [episode.outcome for episode in played.properties.scorecard_entry.episodes]


def _accesses(played: Played) -> list[tuple[str, int]]:
    """What the steps read (0) and wrote (1)."""
    return [entry[:2] for entry in played.run.log if isinstance(entry, tuple)]


# ------------------------------------------------------------------- the race, in every order


def _restart(*, fix: bool = False, engine_dies: bool = True) -> Scenario:
    """A restarted funding service ticks before it has loaded, and a risk engine acts on it."""

    async def scenario(world: World) -> None:
        markets, chain = Shelf("markets", {"BTC": GOOD}), Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)

        async def funding() -> None:
            memory: dict[str, int] = {}
            loaded = trio.Event()

            async def load() -> None:
                memory["BTC"] = await markets.get("BTC")
                loaded.set()

            async def tick() -> None:
                if fix:
                    await loaded.wait()
                await chain.put("BTC", memory.get("BTC", 0))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(load)
                nursery.start_soon(tick)

        async def risk() -> None:
            if await chain.get("BTC") < GOOD / 2:
                index.irreversible("liquidate alice", cost=7)

        world.start(funding)
        engine = world.start(risk)
        if not await index.gate("reconcile", reference=GOOD) and engine_dies:
            engine.kill()

    return scenario


def _explore(scenario: Scenario) -> tuple[Tally, set[str]]:
    tally = Tally()
    messages: set[str] = set()
    for played in play_all(scenario):
        tally.add(played.properties.scorecard_entry)
        messages.update(f.message.rpartition("; ")[2] for f in played.properties.failures)
    return tally, messages


def test_the_restart_race_ends_in_every_way_it_can() -> None:
    """Caught, late, escaped or unused as the order has it; never passed, for the gate is sound."""
    tally, messages = _explore(_restart())
    card = tally.scorecard()

    assert card.schedules > card.corrupted > card.violating > 0
    assert min(card.caught, card.late, card.escaped, card.unused) > 0
    assert card.passed == 0
    assert card.violating == card.late + card.escaped
    assert (card.cost_worst, card.cost_median) == (7, 0)
    assert messages == {"no gate saw it", "gate 'reconcile' blocked it too late"}


def test_a_blocked_gate_that_nobody_obeys_is_told_from_a_late_one() -> None:
    """If the engine is left alive, it acts after the gate has spoken."""
    _, messages = _explore(_restart(engine_dies=False))

    assert "gate 'reconcile' blocked it, and it was used all the same" in messages


def test_waiting_for_the_load_leaves_nothing_to_count() -> None:
    """The fix makes the corruption impossible, and with it every violation."""
    tally, messages = _explore(_restart(fix=True))

    assert tally.scorecard().schedules > 0
    assert tally.scorecard().corrupted == 0
    assert messages == set()


# --------------------------------------------------------------------------- gates


def _zeroed(*gates: dict[str, Any]) -> tuple[Played, list[bool]]:
    """Chain's BTC was zeroed; then each gate judges what is stored."""
    passed: list[bool] = []

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        await chain.put("BTC", 0)
        passed.extend([await index.gate("gate", **gate) for gate in gates])

    return play(scenario), passed


@pytest.mark.parametrize(
    ("gate", "passes", "outcome", "vacuous"),
    [
        ({"reference": GOOD}, False, "caught", False),
        ({"reference": 0}, True, "passed", True),
        ({"reference": None}, True, "passed", True),
        ({"check": lambda value: value >= 0}, True, "passed", False),
        ({"check": lambda value: value > 0}, False, "caught", False),
        ({"reference": 0, "check": lambda value: value >= 0}, True, "passed", True),
        ({"reference": GOOD, "check": lambda value: value < GOOD}, True, "passed", False),
    ],
    ids=["sound", "itself", "missing", "too wide", "range", "wide, itself", "wrong check"],
)
def test_a_gate_on_what_is_stored(
    gate: dict[str, Any], passes: bool, outcome: str, vacuous: bool
) -> None:
    """It answers by its reference or its check, and the scorecard knows what that was worth."""
    played, passed = _zeroed(gate)

    assert passed == [passes]
    assert _outcomes(played) == [outcome]
    assert [e.vacuous for e in played.properties.scorecard_entry.episodes] == [vacuous]


def test_a_missing_value_does_not_pass_a_gate() -> None:
    """Not even one without a reference: missing is not zero, and no value at all."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        strict = _index(world, chain)
        lenient = _index(world, chain, allow_missing=True, name="lenient")
        await chain.put("BTC", None)
        assert not await strict.gate("gate", reference=None)
        assert await lenient.gate("gate", reference=GOOD)

    assert _outcomes(play(scenario)) == ["caught"]


def test_a_candidate_is_stopped_before_anybody_can_read_it() -> None:
    """The gate in front of the write; the service keeps its hands off the chain."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        if await index.gate("continuity", reference=GOOD, value=0):
            await chain.put("BTC", 0)

    played = play(scenario)
    assert _outcomes(played) == ["caught"]
    assert played.properties.scorecard_entry.episodes[0].kind == "candidate"
    assert [n[3:] for n in played.run.notes] == [("gate continuity: 0, expected 20000", "blocked")]


def test_a_candidate_compared_with_ones_own_memory_passes_vacuously() -> None:
    """An empty memory agrees with a zero; the published value links to that gate."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        memory: dict[str, int] = {}
        candidate = memory.get("BTC", 0)
        if await index.gate("continuity", reference=memory.get("BTC"), value=candidate):
            await chain.put("BTC", candidate)

    played = play(scenario)
    assert _outcomes(played) == ["passed"]
    assert played.properties.scorecard_entry.episodes[0].vacuous


def test_a_candidates_gate_is_no_schedule_point() -> None:
    """Comparing two numbers in memory takes no step."""

    async def scenario(world: World) -> None:
        index = _index(world, Shelf("chain", {"BTC": GOOD}))
        before = world._run.step
        await index.gate("continuity", reference=GOOD, value=GOOD)
        assert world._run.step == before
        await index.gate("reconcile", reference=GOOD)
        assert world._run.step == before + 1

    play(scenario)


def test_what_a_candidates_gate_depends_on_is_in_its_footprint() -> None:
    """Whether the candidate is corrupt depends on the last good value, so on every write."""

    async def scenario(world: World) -> None:
        index = _index(world, Shelf("chain", {"BTC": GOOD}))
        await index.gate("continuity", reference=GOOD, value=GOOD)

    assert _accesses(play(scenario)) == [("chain.BTC", 0), ("main: gate", 1)]


def test_a_gates_reading_is_not_the_tasks_reading() -> None:
    """A value read before the repair is acted upon, though a gate found the repaired one good."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        await chain.put("BTC", 0)
        stale = await chain.get("BTC")
        await chain.put("BTC", GOOD)
        assert stale == 0
        if await index.gate("reconcile", reference=GOOD):
            index.irreversible("liquidate alice")

    assert _outcomes(play(scenario)) == ["escaped"]


def test_a_gate_that_is_interrupted_leaves_nothing_behind() -> None:
    """After a cancelled gate, the task's reads are its own again."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        await chain.put("BTC", 0)
        with trio.CancelScope() as scope:
            scope.cancel()
            await index.gate("reconcile", reference=GOOD)
        await chain.get("BTC")
        await chain.put("BTC", GOOD)
        index.irreversible("liquidate alice")

    assert _outcomes(play(scenario)) == ["escaped"]


# --------------------------------------------------------------------------- effects


def test_an_effect_on_what_another_process_read_is_no_use() -> None:
    """Each process knows what it read, each task what it read itself."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)

        async def informed() -> None:
            await chain.get("BTC")
            await trio.sleep(2)
            index.irreversible("by the one who read")

        async def ignorant() -> None:
            await trio.sleep(2)
            index.irreversible("by the one who asks late")

        async def unlucky() -> None:
            await chain.get("BTC")
            await trio.sleep(2)
            await chain.get("BTC")
            index.irreversible("by the one who looked again")

        await chain.put("BTC", 0)
        for main in (informed, ignorant, unlucky):
            world.start(main)
        await trio.sleep(1)
        await chain.put("BTC", GOOD)
        await trio.sleep(5)

    (episode,) = play(scenario).properties.scorecard_entry.episodes
    assert [use.effect for use in episode.uses] == ["by the one who read"]
    assert episode.repaired_s == 1
    assert [(use.process, use.task, use.time_s) for use in episode.uses] == [
        ("informed#1", "informed#1", 2.0)
    ]


def test_an_effect_without_a_read_depends_on_the_writes() -> None:
    """Its footprint says so, exactly when nobody was seen to read."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD, "ETH": GOOD})
        btc, eth = _index(world, chain), _index(world, chain, "ETH")
        await chain.get("BTC")
        world._run.log.clear()
        btc.irreversible("liquidate alice", also=[eth])

    assert _accesses(play(scenario)) == [("chain.ETH", 0), ("main: irreversible", 1)]


def test_an_effect_on_several_keys_costs_once() -> None:
    """Two corrupt indices, one liquidation."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD, "ETH": GOOD})
        btc, eth = _index(world, chain), _index(world, chain, "ETH")
        await chain.put("BTC", 0)
        await chain.put("ETH", 0)
        btc.irreversible("liquidate alice", also=[eth], cost=5)

    played = play(scenario)
    assert played.failed == ["BTC was used before its gate", "ETH was used before its gate"]
    assert played.properties.scorecard_entry.cost == 5
    assert [f.where for f in played.properties.failures] == ["main -> main", "main -> main"]


def test_two_violations_of_one_race_are_one_failure() -> None:
    """The same writer and user in later incarnations, the same words; the scorecard counts both."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)

        async def funding() -> None:
            await chain.put("BTC", 0)
            index.irreversible("liquidate alice")
            await chain.put("BTC", GOOD)

        service = world.start(funding)
        await service.wait()
        await service.restart()
        await service.wait()

    played = play(scenario)
    assert _outcomes(played) == ["escaped", "escaped"]
    assert [f.where for f in played.properties.failures] == ["funding -> funding"]


def test_the_dead_do_nothing() -> None:
    """What a killed process's cleanup says after the verdict is not heard."""
    said: list[str] = []

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)

        async def risk() -> None:
            try:
                await trio.sleep_forever()
            finally:
                index.irreversible("liquidate alice", cost=99)
                index.wrote("BTC", GOOD, 0, 77)
                await index.gate("reconcile", reference=GOOD, value=0)
                said.append("cleanup ran, cut off from the world")

        await chain.put("BTC", 0)
        engine = world.start(risk)
        await trio.sleep(1)
        engine.kill()

    played = play(scenario)
    assert _outcomes(played) == ["unused"]
    assert played.properties.scorecard_entry.cost == 0
    assert len(said) == 1
    assert [label for label, _ in _accesses(played) if label.startswith("risk#1")] == []
    assert [note[1:3] for note in played.run.notes if note[4] == "corrupt"] == [(0.0, "main")]


def test_what_a_fault_writes_is_nobodys_doing() -> None:
    """Least of all that of the task which happened to run before it."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        index = _index(world, chain)
        world._run.add_action("lose BTC", lambda: chain.set("BTC", None))
        await trio.sleep(1)
        index.irreversible("liquidate alice")

    played = play(scenario, chooser=Killer())
    assert [f.where for f in played.properties.failures] == ["no task -> main"]


# --------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("mistake", "error"),
    [
        (lambda index: index.gate("reconcile"), GateComparesNothing),
        (lambda index: index.gate("odd", check=lambda value: value / 0 > 1), PredicateRaised),
        (lambda index: index.gate("odd", reference="1"), PredicateRaised),
        (lambda index: index.irreversible("pay", cost=0.5), BadCost),
    ],
    ids=["compares nothing", "check raises", "wrong type", "cost"],
)
def test_a_mistake_is_noted_even_if_it_is_swallowed(mistake: Any, error: type[Exception]) -> None:
    """Services catch what they like; the run knows."""
    caught: list[Exception] = []

    async def scenario(world: World) -> None:
        index = _index(world, Shelf("chain", {"BTC": GOOD}))
        try:
            answer = mistake(index)
            if answer is not None:
                await answer
        except error as mistaken:
            caught.append(mistaken)

    played = play(scenario)
    assert len(caught) == 1
    assert played.run.broken is caught[0]


def test_a_predicate_that_fails_on_a_write_is_noted_too() -> None:
    """A text where numbers are judged: the write raises, and the run knows."""

    async def scenario(world: World) -> None:
        chain = Shelf("chain", {"BTC": GOOD})
        _index(world, chain)
        with pytest.raises(PredicateRaised, match="old=20000, new='0'"):
            await chain.put("BTC", "0")

    assert isinstance(play(scenario).run.broken, PredicateRaised)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "'BTC' has no predicate but missing;"),
        ({"valid": 10}, "'BTC' has no predicate but 10;"),
        ({"vaild": abs, "name": "index"}, "'index' has no option 'vaild';"),
    ],
    ids=["none", "no function", "typo"],
)
def test_a_declaration_that_cannot_be_one_is_refused(options: dict[str, Any], text: str) -> None:
    """At the door, in one line."""

    async def scenario(world: World) -> None:
        world.properties.critical(Shelf("chain", {"BTC": GOOD}), "BTC", **options)

    with pytest.raises(CriticalMisdeclared, match=text):
        play(scenario)


def test_two_stores_may_hold_critical_state_under_one_key() -> None:
    """If one of them goes by another name."""

    async def scenario(world: World) -> None:
        chain, markets = Shelf("chain", {"BTC": GOOD}), Shelf("markets", {"BTC": GOOD})
        _index(world, chain)
        with pytest.raises(AlreadyCritical, match="'BTC'"):
            _index(world, markets)
        assert _index(world, markets, name="markets.BTC").name == "markets.BTC"

    play(scenario)
