"""How a run can end, and that Trio is as usable afterwards as it was before."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
import sniffio
import trio
from outcome import Error

import harness
from harness.errors import StepNeverYielded, ThreadBlocked
from harness.kernel import Defaults, Engine, Kernel, Model, current_run, private
from tests.engine.choosers import Seeded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


PID = os.getpid()  # within a run it is a virtual one


@pytest.fixture(autouse=True)
def trio_is_usable_afterwards() -> Iterator[None]:
    """In this very interpreter, with nothing patched, and a fresh kernel works too."""
    before = _surroundings()
    yield
    assert _surroundings() == before

    async def main() -> int:
        with trio.move_on_after(0.001):
            await trio.sleep_forever()
        return await trio.to_thread.run_sync(lambda: 7)

    assert trio.run(main) == 7
    with Kernel() as kernel:
        outcome = kernel.run(main, Defaults()).main_task_outcome
        assert outcome is not None
        assert outcome.unwrap() == 7


def _surroundings() -> list[Any]:
    return [
        private.run_module.CancelStatus,
        private.Nursery.child_tasks,
        private.thread_cache.ThreadCache.start_thread_soon,
        private.threads._send_message_to_trio,
        trio.Event.set,
        trio.lowlevel.in_trio_run(),
        sys.get_asyncgen_hooks(),
        sniffio.thread_local.name,
        gc.isenabled(),
        signal.getsignal(signal.SIGINT),
        [thread.name for thread in threading.enumerate() if "watchdog" in thread.name],
    ]


def run_once(main: Callable[[], Awaitable[object]], model: Model | None = None) -> Engine:
    """One run, by the defaults."""
    with Kernel(model) as kernel:
        return kernel.run(main, Defaults())


async def nothing() -> None:
    """Over at once."""


def test_a_deadlock_is_reported_with_who_waits_for_what() -> None:
    """Who, in which line, for what, and who holds it."""

    async def holder(lock: trio.Lock, event: trio.Event) -> None:
        async with lock:
            await event.wait()

    async def waiter(lock: trio.Lock) -> None:
        async with lock:
            pass

    async def main() -> None:
        lock, event = trio.Lock(), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(holder, lock, event)
            nursery.start_soon(waiter, lock)

    engine = run_once(main)
    assert engine.ending == "idle"
    assert engine.main_task_outcome is None
    of_main, of_holder, of_waiter = engine.waiting_report.splitlines()
    assert of_main.startswith(
        "main waits for its children main/holder, main/waiter at test_endings"
    )
    assert of_holder.startswith("main/holder waits in Event.wait() at test_endings.py:")
    assert of_waiter.startswith(
        "main/waiter waits in Lock.__aenter__(), held by main/holder at test_"
    )


def test_a_deadlock_is_a_violation() -> None:
    """A search reports it as one."""

    async def main() -> None:
        first, second = trio.Lock(), trio.Lock()

        async def take(one: trio.Lock, other: trio.Lock) -> None:
            async with one:
                await trio.lowlevel.checkpoint()
                async with other:
                    pass

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take, first, second)
            nursery.start_soon(take, second, first)

    result = harness.explore(main, strategy="dfs", stop_at_first=True)
    assert result.verdict == "violated"
    assert result.violations[0].property == "no deadlock"


def test_a_livelock_is_cut() -> None:
    """Tasks that only ever wait for each other politely: never a pass, and quick."""

    async def main() -> None:
        async def polite() -> None:
            while True:
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(polite)
            nursery.start_soon(polite)

    began_s = monotonic()
    engine = run_once(main, Model(steps_max=2_000))
    assert engine.ending == "cut"
    assert engine.step == 2_000
    assert monotonic() - began_s < 2
    result = harness.explore(main, strategy="dfs", schedules=3, steps_max=500)
    assert result.verdict == "inconclusive"


def test_a_task_that_swallows_cancellation_is_cut() -> None:
    """Trio would never return; here the run ends, and the task with it."""

    async def main() -> None:
        with trio.move_on_after(1):
            while True:
                try:
                    await trio.sleep(1)
                except trio.Cancelled:
                    await trio.lowlevel.cancel_shielded_checkpoint()

    assert run_once(main, Model(steps_max=1_000)).ending == "cut"


def test_callbacks_that_ask_for_themselves_again_do_not_keep_a_run_alive() -> None:
    """The end of the run ends them."""
    called: list[int] = []

    async def main() -> None:
        token = trio.lowlevel.current_trio_token()

        def again() -> None:
            called.append(1)
            with contextlib.suppress(trio.RunFinishedError):
                token.run_sync_soon(again)

        token.run_sync_soon(again)
        for _ in range(5):
            await trio.lowlevel.checkpoint()

    with Kernel(Model(fairness="trio")) as kernel:
        engine = kernel.run(main, Seeded(0))
    assert engine.ending == "idle"
    assert engine.step < 100


def test_a_step_that_never_yields_is_stopped_with_its_place() -> None:
    """By the watchdog, in about the time it was given."""

    async def main() -> None:
        await trio.lowlevel.checkpoint()
        while True:
            pass

    began_s = monotonic()
    engine = run_once(main, Model(step_timeout_s=0.3))
    assert monotonic() - began_s < 3
    assert isinstance(engine.stuck, StepNeverYielded)
    assert "test_endings.py" in engine.stuck.where
    assert engine.ending in ("stopped", "raised")


def test_a_step_that_swallows_the_watchdog_is_stopped_all_the_same() -> None:
    """Again and again, until it gives up."""
    swallowed: list[int] = []

    async def main() -> None:
        while len(swallowed) < 3:
            try:
                while True:
                    pass
            except BaseException:  # noqa: BLE001  # that is what it is about
                swallowed.append(1)

    engine = run_once(main, Model(step_timeout_s=0.2))
    assert engine.stuck is not None
    assert len(swallowed) == 3


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, ValueError])
def test_whatever_main_raises_is_its_outcome(error: type[BaseException]) -> None:
    """As in Trio, where even SystemExit unwinds the tasks first."""

    async def raises() -> None:
        await trio.lowlevel.checkpoint()
        raise error

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(raises)

    engine = run_once(main)
    assert engine.ending == "raised"
    assert isinstance(engine.main_task_outcome, Error)
    assert pytest.RaisesGroup(error).matches(engine.main_task_outcome.error)


def test_an_interrupt_ends_the_run_after_the_step() -> None:
    """Ctrl-C in the middle of a step: it is nobody's outcome, and the search knows of it."""
    said: list[str] = []

    async def main() -> None:
        while True:
            await trio.lowlevel.checkpoint()
            os.kill(PID, signal.SIGINT)
            said.append("the step ran on")

    with Kernel(refusals=()) as kernel:
        engine = kernel.run(main, Defaults())
        assert kernel.interrupted
        assert engine.interrupted
    assert said == ["the step ran on"]
    assert engine.main_task_outcome is None


def test_a_second_interrupt_gets_out_of_a_step_that_does_not_end() -> None:
    """Who presses twice means it."""

    async def main() -> None:
        os.kill(PID, signal.SIGINT)
        os.kill(PID, signal.SIGINT)
        while True:
            pass

    with Kernel(refusals=()) as kernel:
        engine = kernel.run(main, Defaults())
    assert isinstance(engine.main_task_outcome, Error)
    assert isinstance(engine.main_task_outcome.error, KeyboardInterrupt)


def test_a_thread_that_waits_for_a_task_by_other_means_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In lockstep it would wait for ever."""
    monkeypatch.setattr("harness.kernel.threads.BLOCKED_S", 0.2)
    gate = threading.Event()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, lambda: gate.wait(2))
            await trio.sleep(1)
            gate.set()

    try:
        with Kernel(refusals=()) as kernel, pytest.raises(ThreadBlocked, match="waits for ever"):
            kernel.run(main, Defaults())
    finally:
        gate.set()


def test_a_run_may_be_stopped_from_within() -> None:
    """What a violated property does: after the current step, nothing else runs."""
    said: list[str] = []

    async def main() -> None:
        current_run().stop()
        said.append("the rest of the step")
        await trio.lowlevel.checkpoint()
        said.append("more")

    assert run_once(main).ending == "stopped"
    assert said == ["the rest of the step"]
