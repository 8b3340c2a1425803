"""A process that was killed runs nothing: no `finally`, no shielded scope, no cleanup of anything."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest
import trio

import harness
from harness.errors import IsolationBroken
from harness.kernel import Engine, Kernel, KernelProcess, Model, current_run
from tests.engine.choosers import Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

SEEDS = range(60)


def cancel_instead(engine: Engine, process: KernelProcess) -> None:
    """The kill that peers have: a cancellation."""
    assert process.nursery is not None
    before, engine.bridging = engine.bridging, True
    process.nursery.cancel_scope.cancel()
    engine.bridging = before


@attrs.define
class Witness:
    """What code of the victim did, and what of it after the kill but before the verdict.

    Attributes:
      effects: everything; code that is unwound after the verdict still runs, so it adds to this.
      at_kill: how many there were when the power went.
      before_verdict: how many there were at the verdict.
    """

    effects: list[str] = attrs.Factory(list)
    at_kill: int = 0
    before_verdict: int = 0


@attrs.frozen
class Victim:
    """A process that holds on to everything that could still do something when it ends."""

    say: Callable[[str], None]

    async def main(self) -> None:
        """Everything at once."""
        async with trio.open_nursery() as nursery:
            for task in (self.generate, self.shielded, self.timer, self.cancelled, self.thread):
                nursery.start_soon(task)

    async def numbers(self) -> AsyncGenerator[int, None]:
        """A generator with a cleanup."""
        try:
            for number in range(100):
                yield number
                await trio.sleep(1)
        finally:
            self.say("cleanup of a generator")

    async def generate(self) -> None:
        """Is in the middle of iterating."""
        async for _ in self.numbers():
            self.say("generated")

    async def shielded(self) -> None:
        """No cancellation gets in here."""
        with trio.CancelScope(shield=True):
            try:
                await trio.sleep(50)
            except BaseException:
                self.say("except in a shield")
                raise
            finally:
                self.say("finally in a shield")
                await trio.lowlevel.checkpoint()
                self.say("after a checkpoint in finally")

    async def timer(self) -> None:
        """Has a deadline, and starts a system task."""
        with trio.move_on_after(3):
            await trio.sleep_forever()
        self.say("timer")
        trio.lowlevel.spawn_system_task(self.tick)

    async def tick(self) -> None:
        """A system task, which hangs on no task of the process."""
        for _ in range(3):
            self.say("system task")
            await trio.sleep(1)

    async def cancelled(self) -> None:
        """Is being cancelled already, but waits for a shielded child."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.shielded)
            await trio.sleep(2)
            nursery.cancel_scope.cancel()
        self.say("end of a cancelled nursery")

    async def thread(self) -> None:
        """Waits for a thread, which asks it for things."""
        self.say(await trio.to_thread.run_sync(self.in_thread))

    def in_thread(self) -> str:
        """The thread."""
        with contextlib.suppress(trio.RunFinishedError):
            for _ in range(3):
                trio.from_thread.run(trio.sleep, 1)
                trio.from_thread.run_sync(self.say, "from a thread")
        return "thread"


async def power_cut(witness: Witness, after_s: float) -> None:
    """Starts the victim and cuts its power; then virtual time passes."""
    run = current_run()
    process = run.start_process("victim#1", Victim(witness.effects.append).main)

    def at_verdict() -> None:
        witness.before_verdict = len(witness.effects)

    run.verdict_hooks.append(at_verdict)
    await trio.sleep(after_s)
    for _ in range(4):  # the chooser says where among the victim's steps this is
        await trio.lowlevel.checkpoint()
    witness.at_kill = len(witness.effects)
    run.freeze(process)
    await trio.sleep(200)


def witnesses() -> list[Witness]:
    """One for each schedule: a run in one engine, reused as in a search."""
    found = []
    with Kernel(Model(stall_s=1.0)) as kernel:
        for seed in SEEDS:
            witness = Witness()
            found.append(witness)
            main = partial(power_cut, witness, seed % 12 / 3)
            engine = kernel.run(main, Seeded(seed))
            assert engine.ending == "idle"
    return found


def test_nothing_runs_between_the_kill_and_the_verdict() -> None:
    """Wherever it strikes."""
    found = witnesses()
    assert [witness.before_verdict for witness in found] == [w.at_kill for w in found]
    assert len({witness.at_kill for witness in found}) > 5, "it struck at too few places"


def test_the_same_test_fails_if_a_kill_is_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it tests what it says."""
    monkeypatch.setattr(Engine, "freeze", cancel_instead)
    found = witnesses()
    assert [witness.before_verdict for witness in found] != [w.at_kill for w in found]


async def restart_race(world: harness.World) -> None:
    """Dead code that writes to the world from wherever it can, a kill, and another incarnation."""
    store = world.database("store", {"x": 0, "starts": 0})
    assert store.peek("x") == 0, "something of an earlier schedule is left"
    assert store.peek("starts") == 0

    async def cleanup() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            with trio.CancelScope(shield=True):
                await store.put("x", 1)

    async def hold() -> None:
        try:
            async with contextlib.aclosing(cleanup()) as values:
                async for _ in values:
                    await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await store.put("x", 2)

    async def service() -> None:
        await store.put("starts", await store.get("starts") + 1)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(hold)
                nursery.start_soon(hold)
                await trio.sleep(1)
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1)
                await store.put("x", 3)

    process = world.start(service)
    await trio.sleep(1)
    process.kill()
    at_kill = store.peek("x")
    await trio.sleep(10)
    assert await store.get("x") == at_kill, "the dead wrote"


def test_the_dead_write_nothing_into_this_schedule_or_the_next() -> None:
    """The world is what it was at the kill."""
    result = harness.explore(restart_race, strategy="random", schedules=60)
    assert result.verdict == "inconclusive", result.violations
    assert result.schedules == 60


def test_the_dead_write_if_a_kill_is_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the test before tests what it says."""
    monkeypatch.setattr(Engine, "freeze", cancel_instead)
    result = harness.explore(restart_race, strategy="random", schedules=20, shrink=False)
    assert result.verdict == "violated"


def test_a_process_that_kills_itself_ends_with_that_step() -> None:
    """What it returns or raises after that is nobody's outcome."""
    said: list[str] = []

    async def suicidal() -> None:
        run = current_run()
        assert run.process is not None
        run.freeze(run.process)
        said.append("the rest of the step still runs")
        await trio.lowlevel.checkpoint()
        said.append("dead")

    async def main() -> None:
        run = current_run()
        process = run.start_process("suicidal#1", suicidal)
        await trio.sleep(1)
        assert process.frozen
        assert process.outcome is None

    with Kernel() as kernel:
        engine = kernel.run(main, Seeded(0))
    assert engine.main_task_outcome is not None
    engine.main_task_outcome.unwrap()
    assert said == ["the rest of the step still runs"]


def test_a_generator_of_the_dead_is_not_closed_for_them() -> None:
    """Neither when a living task drops the last reference to it, nor at the end of the run."""
    closed: list[str] = []
    kept: list[object] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            closed.append("closed")

    async def service() -> None:
        kept.append(numbers())
        await anext(kept[0])  # type: ignore[call-overload]
        await trio.sleep_forever()

    async def main() -> None:
        run = current_run()
        process = run.start_process("service#1", service)
        await trio.sleep(1)
        run.freeze(process)
        run.verdict_hooks.append(lambda: closed.append("verdict"))
        kept.clear()
        await trio.sleep(1)

    with Kernel() as kernel:
        for seed in range(5):
            closed.clear()
            kernel.run(main, Seeded(seed))
            assert closed[:1] == ["verdict"]


def test_sharing_a_primitive_with_the_dead_is_reported() -> None:
    """A frozen holder would starve the living: real processes share no lock."""

    async def main() -> None:
        run = current_run()
        lock = trio.Lock()

        async def service() -> None:
            async with lock:
                await trio.sleep_forever()

        process = run.start_process("service#1", service)
        await trio.sleep(1)
        run.freeze(process)
        await lock.acquire()

    with Kernel() as kernel:
        engine = kernel.run(main, Seeded(0))
    assert isinstance(engine.broken, IsolationBroken)
    assert "the Lock of process service#1" in str(engine.broken)


def test_handing_a_lock_to_a_frozen_waiter_cannot_happen() -> None:
    """The waiter and the holder are of one process: they freeze together, or not at all."""

    async def service(lock: trio.Lock) -> None:
        async with lock:
            await trio.sleep(1)

    async def both() -> None:
        lock = trio.Lock()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(service, lock)
            nursery.start_soon(service, lock)

    async def main() -> None:
        run = current_run()
        first, second = (run.start_process(f"both#{number}", both) for number in (1, 2))
        await trio.sleep(0.5)
        run.freeze(first)
        await trio.sleep(5)
        assert second.outcome is not None

    with Kernel() as kernel:
        for seed in range(10):
            outcome = kernel.run(main, Seeded(seed)).main_task_outcome
            assert outcome is not None
            outcome.unwrap()
