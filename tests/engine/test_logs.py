"""What code under test logs: noted in a recorded run, printed nowhere, and nobody's configuration touched."""

from __future__ import annotations

import logging
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
import structlog
import trio

import harness
from harness.kernel import Defaults, Kernel, current_run
from tests.engine.bridge import trio_asyncio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from structlog.typing import EventDict


@pytest.fixture(autouse=True)
def pristine_structlog() -> Iterator[None]:
    """Each test configures structlog as it likes."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def logged(main: Callable[[], Awaitable[object]], *, recording: bool = True) -> list[str]:
    """What a run of `main` leaves in its notes under the tag "log"."""
    with Kernel() as kernel:
        engine = kernel.run(main, Defaults(), recording=recording)
        assert engine.main_task_outcome is not None
        engine.main_task_outcome.unwrap()
        return [text for _, _, _, text, tag in engine.notes if tag == "log"]


async def log_once() -> None:
    """An event, with a value bound and one given."""
    structlog.get_logger().bind(market="BTC").warning("no value", default=0)


def test_an_event_is_noted_with_step_time_process_and_task() -> None:
    """All four of them are in the trace, from a process's task and from the scenario's main."""

    async def scenario(world: harness.World) -> None:
        chain = world.database("chain", {"BTC": 20_000})

        async def funding() -> None:
            async def tick() -> None:
                await trio.sleep(5)
                structlog.get_logger().info("tick", market="BTC")
                await chain.put("BTC", 0)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(tick)

        world.always("the index keeps its value", lambda: chain.peek("BTC") != 0)
        await world.start(funding).wait()

    result = harness.explore(scenario, strategy="dfs", schedules=10)
    trace = result.violations[0].trace
    event = next(event for event in trace.events if event.tag == "log")

    assert (event.time, event.who, event.text) == (5.0, "funding#1/tick", "info: tick market='BTC'")
    assert trace.steps[event.step - 1].label == "funding#1/tick"


def test_nothing_is_printed_by_an_exploration(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither while it searches nor while it records, whichever way events are routed."""

    async def scenario() -> None:
        await log_once()
        logging.getLogger("funding").error("plain")
        raise ValueError("so that a run is recorded")

    result = harness.explore(scenario, strategy="dfs", schedules=10)

    assert [event.text for event in result.violations[0].trace.events] == [
        "warning: no value market='BTC' default=0",
        "error funding: plain",
    ]
    assert capfd.readouterr() == ("", "")


def test_outside_of_a_step_everybody_logs_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    """Between the runs of a kernel and after it: the configuration is the user's."""
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    before = structlog.get_config()
    logger = structlog.get_logger()

    async def main() -> None:
        logger.info("inside")

    with Kernel() as kernel:
        kernel.run(main, Defaults())
        logger.info("between")
    logger.info("after")

    assert structlog.get_config() == before
    assert capsys.readouterr().out == "event='between'\nevent='after'\n"


def test_a_cached_logger_is_captured_too() -> None:
    """One that was assembled before the exploration holds its processors for good."""
    structlog.configure(cache_logger_on_first_use=True)
    logger = structlog.get_logger()
    logger.bind()

    async def main() -> None:
        logger.info("cached")

    assert logged(main) == ["info: cached"]


def test_loggers_routed_to_the_standard_library_are_captured_once() -> None:
    """With the configuration of structlog's own guide, positional arguments included."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logging.getLogger("funding").setLevel(logging.INFO)

    async def main() -> None:
        structlog.get_logger("funding").info("%s is %d", "BTC", 0)
        structlog.get_logger("funding").debug("below the level that the user has set")

    assert logged(main) == ["info: BTC is 0 logger='funding'"]


def test_only_a_recorded_run_keeps_notes() -> None:
    """An exploration makes thousands of runs that nobody reads."""
    assert logged(log_once, recording=False) == []


def test_context_variables_of_structlog_are_shown() -> None:
    """The default configuration merges them, and so does the note."""

    async def main() -> None:
        structlog.contextvars.bind_contextvars(request="r-1")
        await log_once()

    assert logged(main) == ["warning: no value market='BTC' default=0 request='r-1'"]


def test_a_processor_reads_virtual_time() -> None:
    """A timestamp is the run's, and asking for it leaves no trace in what the run did."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(key="at"),
            structlog.processors.JSONRenderer(),
        ]
    )

    async def main() -> None:
        await trio.sleep(1.5)
        structlog.get_logger().info("now")

    assert logged(main) == ["info: now at=1767225601.5"]


def test_what_the_user_masks_stays_masked() -> None:
    """A processor that hides or drops runs before the note is made; the renderer does not run."""

    def mask(_logger: object, _method: str, event: EventDict) -> EventDict:
        if "noise" in event:
            raise structlog.DropEvent
        return {**event, "account": "***"}

    def render(*_: object) -> str:
        raise AssertionError("the last processor renders, and nothing is to be rendered")

    structlog.configure(processors=[mask, render])

    async def main() -> None:
        structlog.get_logger().info("margin call", account="alice")
        structlog.get_logger().info("margin call", noise=True)

    assert logged(main) == ["info: margin call account='***'"]


def test_a_processor_that_raises_costs_no_event_and_no_run() -> None:
    """It may do what a step may not; only the note knows."""

    def broken(*_: object) -> dict[str, Any]:
        time.sleep(1)
        return {}

    structlog.configure(processors=[broken, structlog.processors.JSONRenderer()])

    with Kernel() as kernel:
        engine = kernel.run(log_once, Defaults(), recording=True)
        assert [note[3] for note in engine.notes] == ["warning: no value market='BTC' default=0"]
        assert engine.broken is None


def test_recording_changes_nothing_that_a_run_draws() -> None:
    """A processor that samples draws from streams of its own."""

    def sample(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {**event, "sampled": random.random() < 2}

    structlog.configure(processors=[sample, structlog.processors.JSONRenderer()])
    drawn: list[float] = []

    async def main() -> None:
        structlog.get_logger().info("first")
        drawn.append(random.random())
        current_run().write("drawn", drawn[-1])

    with Kernel() as kernel:
        digests = [kernel.run(main, Defaults(), recording=r).digest() for r in (False, True)]

    assert digests[0] == digests[1]
    assert drawn[0] == drawn[1]


def test_an_exception_is_named_on_one_line() -> None:
    """No traceback: it holds the paths of one machine."""

    async def main() -> None:
        try:
            dict[str, int]().pop("BTC")
        except KeyError:
            structlog.get_logger().exception("lost\nvalue")
            logging.getLogger("funding").exception("lost")

    assert logged(main) == [
        "error: lost\\nvalue exception=KeyError('BTC')",
        "error funding: lost exception=KeyError('BTC')",
    ]


def test_code_that_is_unwound_after_the_verdict_leaves_no_note() -> None:
    """A dead `finally` runs, because Python cannot drop a frame without it, but nobody hears it."""
    heard: list[object] = []

    def hear(_logger: object, _method: str, event: EventDict) -> EventDict:
        heard.append(event)
        return event

    structlog.configure(processors=[hear, structlog.processors.JSONRenderer()])

    async def main() -> None:
        async def dies() -> None:
            try:
                await trio.sleep_forever()
            finally:
                structlog.get_logger().info("from the grave")
                run.note("from the grave", "log")

        run = current_run()
        process = run.start_process("service#1", dies)
        await trio.testing.wait_all_tasks_blocked()
        run.freeze(process)

    assert logged(main) == []
    assert heard == []


def test_an_event_from_asyncio_names_its_task() -> None:
    """All callbacks of a loop are steps of one Trio task, so its label alone says little."""

    async def main() -> None:
        async with trio_asyncio.open_loop():
            await trio_asyncio.aio_as_trio(log_once)()

    assert logged(main) == ["warning: no value market='BTC' default=0 (Task-1)"]


def test_a_thread_in_lockstep_is_heard() -> None:
    """`trio.to_thread` is part of the run."""

    async def main() -> None:
        await trio.to_thread.run_sync(lambda: structlog.get_logger().info("in a thread"))

    assert logged(main) == ["info: in a thread"]


def _by_structlog() -> None:
    structlog.configure(processors=[*STAMPING, structlog.processors.JSONRenderer()])
    structlog.get_logger().info("here", market="BTC")


def _by_structlog_over_logging() -> None:
    structlog.configure(
        processors=[*STAMPING, structlog.stdlib.render_to_log_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    structlog.get_logger().info("here", market="BTC")


def _by_logging() -> None:
    logging.getLogger("here").warning("here")


def _by_asking_for_the_time() -> None:
    structlog.get_logger().info("here", at=time.time())


STAMPING: list[Any] = [
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.TimeStamper(fmt=None, key="at"),
]


@pytest.mark.parametrize(
    ("log", "classes"),
    [
        (lambda: None, 1),
        (_by_logging, 1),
        (_by_structlog, 1),
        (_by_structlog_over_logging, 1),
        (_by_asking_for_the_time, 4),  # before or after the timer, for each of two tasks
    ],
    ids=["nothing", "logging", "structlog", "structlog over logging", "the time asked for"],
)
@pytest.mark.parametrize("recording", [False, True], ids=["", "recorded"])
def test_a_timestamp_in_a_log_is_no_look_at_the_clock(
    log: Callable[[], None], classes: int, recording: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that reduces takes no more runs of a program that logs, in runs that keep notes neither."""

    async def main() -> None:
        async def task() -> None:
            await trio.lowlevel.checkpoint()
            log()
            await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(task)
            nursery.start_soon(task)
            nursery.start_soon(trio.sleep, 1)

    if recording:
        run = Kernel.run
        monkeypatch.setattr(
            Kernel, "run", lambda *args, **given: run(*args, **{**given, "recording": True})
        )
    result = harness.explore(
        main, strategy="dpor", time_model="asynchronous", assume_independent=True
    )

    assert (result.verdict, result.classes) == ("exhausted", classes)
