"""Every process has a Trio run of its own: what Trio makes once for a run is not shared."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

import pytest
import trio
from outcome import Error

from harness.kernel import Engine, Kernel, KernelProcess, Model, current_run
from tests.engine.choosers import Seeded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

SEEDS = range(20)
MODELS = (Model(fairness="none"), Model(fairness="trio"))


def run_all(main: Callable[[], Awaitable[object]]) -> list[Engine]:
    """Under every model and many schedules; each must end well."""
    engines = []
    for model in MODELS:
        with Kernel(model) as kernel:
            for seed in SEEDS:
                engine = kernel.run(main, Seeded(seed))
                assert engine.broken is None
                assert engine.ending == "idle"
                assert engine.main_task_outcome is not None
                engine.main_task_outcome.unwrap()
                engines.append(engine)
    return engines


async def for_ever() -> None:
    """A process that lives as long as the run."""
    await trio.sleep_forever()


async def crash() -> None:
    """What no system task should do."""
    await trio.lowlevel.checkpoint()
    raise KeyError("boom")


def test_a_system_task_that_crashes_takes_its_process_down_and_no_other() -> None:
    """With Trio's error, as the exit status of that process."""

    async def careless() -> None:
        trio.lowlevel.spawn_system_task(crash)
        await trio.sleep_forever()

    async def careful() -> None:
        trio.lowlevel.spawn_system_task(trio.sleep_forever)
        await trio.sleep(5)

    async def main() -> None:
        run = current_run()
        first = run.start_process("careless#1", careless)
        second = run.start_process("careful#1", careful)
        await trio.sleep(9)
        assert isinstance(first.outcome, Error)
        error = first.outcome.error
        assert isinstance(error, trio.TrioInternalError)
        assert "careless#1 crashed" in str(error)
        assert pytest.RaisesGroup(pytest.RaisesGroup(KeyError)).matches(error.__cause__)
        assert second.outcome is not None
        second.outcome.unwrap()

    run_all(main)


def test_a_callback_that_crashes_takes_its_process_down() -> None:
    """The same for `run_sync_soon`."""

    async def careless() -> None:
        trio.lowlevel.current_trio_token().run_sync_soon(lambda: {}["boom"])  # type: ignore[index]
        await trio.sleep_forever()

    async def main() -> None:
        process = current_run().start_process("careless#1", careless)
        await trio.sleep(1)
        assert isinstance(process.outcome, Error)
        assert isinstance(process.outcome.error, trio.TrioInternalError)

    run_all(main)


def test_system_tasks_end_with_their_process() -> None:
    """They are cancelled when its main task is over, and the process ends when they have ended."""
    ended: list[str] = []

    async def lingering() -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(2)
            ended.append("system task")

    async def service() -> None:
        trio.lowlevel.spawn_system_task(lingering)
        await trio.sleep(1)

    async def main() -> None:
        ended.clear()
        process = current_run().start_process("service#1", service)
        process.death_callbacks.append(lambda _: ended.append("process"))
        neighbour = current_run().start_process("neighbour#1", for_ever)
        await trio.sleep(2)
        assert not process.ended
        await trio.sleep(9)
        assert ended == ["system task", "process"]
        assert not neighbour.ended

    run_all(main)


def test_the_scenario_s_own_system_tasks_end_with_its_main() -> None:
    """What Trio promises: they are cancelled automatically when the main task exits."""
    ended: list[str] = []

    async def service() -> None:
        try:
            await trio.sleep_forever()
        finally:
            ended.append("cancelled")

    async def main() -> None:
        ended.clear()
        trio.lowlevel.spawn_system_task(service)
        await trio.lowlevel.checkpoint()

    for engine in run_all(main):
        assert ended == ["cancelled"]
        assert not engine.tasks


def test_no_system_task_can_be_started_too_late() -> None:
    """The error that Trio gives once its system nursery is closed."""
    said: list[str] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            try:
                trio.lowlevel.spawn_system_task(for_ever)
            except RuntimeError as error:
                said.append(str(error))

    kept: list[AsyncGenerator[int, None]] = []

    async def main() -> None:
        said.clear()
        kept[:] = [numbers()]
        await anext(kept[0])

    for _ in run_all(main):
        assert said == ["Nursery is closed to new arrivals"]


def test_generators_are_closed_at_the_end_of_their_process() -> None:
    """In order of first iteration; before it has ended, and whatever others do."""
    said: list[str] = []

    async def numbers(name: str) -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            await trio.lowlevel.cancel_shielded_checkpoint()
            said.append(name)

    kept: list[AsyncGenerator[int, None]] = []

    async def service() -> None:
        kept.extend(numbers(name) for name in "abc")
        for generator in reversed(kept):
            await anext(generator)

    async def main() -> None:
        said.clear()
        kept.clear()
        process = current_run().start_process("service#1", service)
        process.death_callbacks.append(lambda _: said.append("process"))
        await trio.sleep(1)
        assert said == ["c", "b", "a", "process"]

    run_all(main)


def test_a_token_is_of_the_process_and_ends_with_it() -> None:
    """Callbacks run on behalf of the process whose token it is; afterwards it says that it is over."""
    tokens: list[trio.lowlevel.TrioToken] = []
    owners: list[KernelProcess | None] = []

    def callback() -> None:
        owners.append(current_run().process)

    async def service() -> None:
        token = trio.lowlevel.current_trio_token()
        assert token is trio.lowlevel.current_trio_token()
        tokens.append(token)
        token.run_sync_soon(callback)
        await trio.sleep(1)

    async def main() -> None:
        run = current_run()
        tokens.clear()
        owners.clear()
        processes = [run.start_process(f"service#{number}", service) for number in (1, 2)]
        await trio.sleep(3)
        assert len({id(token) for token in tokens}) == 2
        assert sorted(owner.index for owner in owners if owner) == [p.index for p in processes]
        with pytest.raises(trio.RunFinishedError):
            tokens[0].run_sync_soon(callback)

    run_all(main)
    with pytest.raises(trio.RunFinishedError):
        tokens[1].run_sync_soon(callback)


def test_statistics_count_the_tasks_of_the_process() -> None:
    """As real Trio would: another process's tasks are none of its business."""

    async def service() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(trio.sleep_forever)

    async def main() -> None:
        current_run().start_process("service#1", service)
        await trio.sleep(1)
        assert trio.lowlevel.current_statistics().tasks_living == 3  # Trio's own two, and this

    run_all(main)


def test_context_variables_are_not_inherited_from_the_starter() -> None:
    """They are memory: a real process would start without them."""
    variable: ContextVar[str] = ContextVar("variable", default="fresh")
    seen: list[str] = []

    async def service() -> None:
        seen.append(variable.get())
        async with trio.open_nursery() as nursery:
            variable.set("its own")
            nursery.start_soon(child)

    async def child() -> None:
        seen.append(variable.get())

    async def main() -> None:
        seen.clear()
        variable.set("the starter's")
        current_run().start_process("service#1", service)
        await trio.sleep(1)
        assert seen == ["fresh", "its own"]
        assert variable.get() == "the starter's"

    run_all(main)


def test_run_variables_are_of_the_process() -> None:
    """A real process has a run of its own, and so run variables of its own."""
    variable = trio.lowlevel.RunVar[str]("variable", "unset")
    seen: list[str] = []

    async def service() -> None:
        seen.append(variable.get())
        variable.set("set")
        await trio.sleep(1)
        seen.append(variable.get())

    async def main() -> None:
        seen.clear()
        for number in (1, 2):
            current_run().start_process(f"service#{number}", service)
        await trio.sleep(3)
        assert seen == ["unset", "unset", "set", "set"]
        assert variable.get() == "unset"

    run_all(main)


def test_a_detached_coroutine_may_come_back() -> None:
    """As in Trio: it may be stepped by somebody else, and be attached again."""
    said: list[object] = []

    async def main() -> None:
        said.clear()
        task = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            return trio.lowlevel.Abort.FAILED

        async def somebody_else() -> None:
            assert task.coro.send("by hand") == "yielded"  # type: ignore[arg-type]  # it is nobody's

        async with trio.open_nursery() as nursery:
            nursery.start_soon(somebody_else)
            said.append(await trio.lowlevel.temporarily_detach_coroutine_object(abort))
            await trio.lowlevel.reattach_detached_coroutine_object(task, "yielded")
            await trio.lowlevel.checkpoint()
        assert said == ["by hand"]

    run_all(main)
