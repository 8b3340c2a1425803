"""After a run: everything is unwound quietly, nothing is left, and the engine may be used again."""

from __future__ import annotations

import contextlib
import gc
import inspect
import sys
import types
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
import trio

from harness.errors import WokeEarlierRun
from harness.kernel import Defaults, Engine, Kernel, Model, current_run, private
from tests.engine.choosers import Seeded
from tests.engine.test_freeze import Victim

if TYPE_CHECKING:
    from collections.abc import Iterator


async def nothing() -> None:
    """A run that is over at once."""


@pytest.fixture(autouse=True)
def no_complaints(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python reports no error that it could not raise, at whatever time, and no coroutine is lost."""
    complaints: list[str] = []
    monkeypatch.setattr(
        sys,
        "unraisablehook",
        lambda told: complaints.append(f"{told.exc_value!r} in {told.object!r}"),
    )
    yield
    gc.collect()
    assert complaints == []


def coroutines() -> int:
    """How many coroutines, generators and tasks there are."""
    gc.collect()
    kinds = (types.CoroutineType, types.AsyncGeneratorType, private.Task, private.Nursery)
    return sum(isinstance(found, kinds) for found in gc.get_objects())


class CutAfter(Seeded):
    """Ends the run after so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__(steps)
        self._steps = steps

    def begin(self, engine: Engine) -> None:
        """A limit for this run."""
        engine.limit = self._steps


def test_a_run_that_is_cut_anywhere_leaves_nothing() -> None:
    """In the middle of shields, groups, generators, threads and cancellation."""
    before = coroutines()
    said: list[str] = []
    with Kernel() as kernel:
        for steps in range(1, 70):
            engine = kernel.run(Victim(said.append).main, CutAfter(steps))
            assert engine.ending == "cut"
            assert not engine.tasks
        kernel.run(nothing, Defaults())
    del engine, kernel
    assert coroutines() == before


def test_an_engine_is_used_again_after_a_clean_run_and_after_a_kill() -> None:
    """Making one costs as much as a small schedule."""

    async def kill() -> None:
        run = current_run()
        process = run.start_process("victim#1", trio.sleep_forever)
        await trio.sleep(1)
        run.freeze(process)

    with Kernel() as kernel:
        engines = {id(kernel.run(main, Defaults())) for main in (nothing, kill, nothing) * 10}
        assert len(engines) == 1
        assert kernel.engines_discarded == 0


class Ear(trio.abc.Instrument):
    """Hears of everything."""

    def task_exited(self, task: trio.lowlevel.Task) -> None:
        """A hook in use."""


async def with_instrument() -> None:
    """Leaves an instrument behind."""
    trio.lowlevel.add_instrument(Ear())


async def crashed_system_task() -> None:
    """Cancels the root."""

    async def crash() -> None:
        raise KeyError

    trio.lowlevel.spawn_system_task(crash)
    await trio.sleep_forever()


@pytest.mark.parametrize("main", [with_instrument, crashed_system_task])
def test_an_engine_that_does_not_come_back_clean_is_thrown_away(main: Any) -> None:
    """And counted; the next run has a fresh one."""
    with Kernel() as kernel:
        first = kernel.run(main, Defaults())
        assert not first.is_clean()
        second = kernel.run(nothing, Defaults())
        assert second is not first
        assert second.is_clean()
        assert kernel.engines_discarded == 1


class Probe:
    """Something that only the garbage collector can find to be gone."""

    def __init__(self) -> None:
        self.itself = self
        self.error: BaseException | None = None


@pytest.mark.parametrize("unclean", [False, True])
def test_what_a_run_made_is_gone_when_the_next_begins(unclean: bool) -> None:
    """Also what an exception keeps, with the frames it has passed through; and so memory is flat."""
    probes: list[weakref.ref[Probe]] = []
    alive: list[int] = []
    of_task: ContextVar[Probe] = ContextVar("of_task")

    async def main() -> None:
        alive.append(sum(probe() is not None for probe in probes))
        of_task.set(Probe())
        mine = Probe()
        probes.extend(map(weakref.ref, (mine, of_task.get())))
        if unclean:
            trio.lowlevel.add_instrument(Ear())
        with trio.move_on_after(1):
            try:
                await trio.sleep_forever()
            except trio.Cancelled as error:  # raised by the loop: its traceback goes through there
                mine.error = error
                raise

    with Kernel() as kernel:
        for _ in range(5):
            kernel.run(main, Defaults())
        assert kernel.engines_discarded == (4 if unclean else 0)
    assert alive == [0] * 5
    assert probes[-2]() is None


def test_a_token_that_outlives_its_run_is_told_so() -> None:
    """It would reach into the next run, whose engine is the same."""
    kept: list[trio.lowlevel.TrioToken] = []

    async def keep() -> None:
        kept.append(trio.lowlevel.current_trio_token())
        await trio.sleep_forever()  # a process that has ended would refuse the callback itself

    async def use() -> None:
        with pytest.raises(trio.RunFinishedError):
            kept[0].run_sync_soon(kept.clear)

    with Kernel() as kernel:
        first = kernel.run(keep, Defaults())
        assert first.is_clean()
        second = kernel.run(use, Defaults())
        assert second is first
        assert second.main_task_outcome is not None
        second.main_task_outcome.unwrap()
    assert kept


def test_a_coroutine_that_swallows_every_end_is_leaked_on_purpose() -> None:
    """Finalising it would wake it again; runs go on without it."""
    said: list[str] = []

    async def immortal() -> None:
        while True:
            try:
                await trio.sleep_forever()
            except BaseException:  # noqa: BLE001  # that is what it is about
                said.append("no")

    async def main() -> None:
        run = current_run()
        run.start_process("immortal#1", immortal)
        await trio.sleep(1)

    with Kernel() as kernel:
        for _ in range(2):
            said.clear()
            engine = kernel.run(main, Defaults())
            assert engine.ending == "idle"
            assert not engine.tasks
            assert len(said) == 50
        assert kernel.run(nothing, Defaults()).ending == "idle"


def test_unwound_code_starts_nothing_and_wakes_nobody() -> None:
    """What it tries is an error in it, which nobody sees."""
    said: list[str] = []

    async def spiteful(event: trio.Event, nursery: trio.Nursery) -> None:
        try:
            await trio.sleep_forever()
        finally:
            event.set()
            try:
                nursery.start_soon(trio.sleep, 1)
            except RuntimeError as error:
                said.append(str(error))
            with contextlib.suppress(BaseException):
                await trio.lowlevel.checkpoint()
            said.append("unwound")

    async def sleeper(event: trio.Event) -> None:
        await event.wait()
        said.append("woken")

    async def service() -> None:
        event = trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, event)
            nursery.start_soon(spiteful, event, nursery)

    async def main() -> None:
        current_run().start_process("service#1", service)
        await trio.sleep(1)

    with Kernel() as kernel:
        engine = kernel.run(main, Defaults())
    assert engine.ending == "idle"
    assert said == ["the run is over: nothing can be started any more", "unwound"]


def test_a_step_that_never_yields_while_unwinding_is_stopped() -> None:
    """The watchdog is still on duty."""

    async def stubborn() -> None:
        try:
            await trio.sleep_forever()
        finally:
            while True:
                pass

    async def main() -> None:
        current_run().start_process("stubborn#1", stubborn)
        await trio.sleep(1)

    with Kernel(Model(step_timeout_s=0.2)) as kernel:
        kernel.run(main, Defaults())
        assert kernel.run(nothing, Defaults()).ending == "idle"


def test_waking_a_task_of_an_earlier_run_is_reported() -> None:
    """It is in nobody's list any more; its number now means another task."""
    event: trio.Event | None = None

    async def main() -> None:
        nonlocal event
        if event is None:
            event = trio.Event()
            await event.wait()
        event.set()

    with Kernel() as kernel:
        assert kernel.run(main, Defaults()).ending == "idle"
        engine = kernel.run(main, Defaults())
        assert isinstance(engine.broken, WokeEarlierRun)
        assert "share memory" in str(engine.broken)
        assert kernel.run(nothing, Defaults()).broken is None


def test_unwinding_goes_from_children_to_parents() -> None:
    """A parent's `finally` may count on its children being over."""
    said: list[str] = []

    async def tell(name: str) -> None:
        try:
            await trio.sleep_forever()
        finally:
            said.append(name)

    async def service() -> None:
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(tell, "first child")
                nursery.start_soon(tell, "second child")
        finally:
            said.append("parent")

    async def main() -> None:
        current_run().start_process("service#1", service)
        await trio.sleep(1)

    with Kernel() as kernel:
        kernel.run(main, Defaults())
    assert said == ["second child", "first child", "parent"]


def test_every_way_out_of_a_run_tears_down() -> None:
    """Also when a chooser raises."""

    class Broken(Defaults):
        def pick(self, options: list[int], current: int) -> int:
            raise LookupError("no idea")

    said: list[str] = []
    with Kernel() as kernel:
        for _ in range(3):
            with pytest.raises(LookupError, match="no idea"):
                kernel.run(Victim(said.append).main, Broken())
            assert kernel.run(nothing, Defaults()).ending == "idle"
    assert not hasattr(private.GLOBAL_RUN_CONTEXT, "runner")


def test_coroutines_that_never_started_are_closed() -> None:
    """Without the warning that they were never awaited."""

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(trio.sleep, 1)
            current_run().stop()

    with Kernel() as kernel:
        engine = kernel.run(main, Defaults())
    assert engine.ending == "stopped"
    tasks = [thing for thing in engine.things if isinstance(thing, private.Task)]
    assert {inspect.getcoroutinestate(task.coro) for task in tasks} == {inspect.CORO_CLOSED}
