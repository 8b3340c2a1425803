"""The watchdog: steps that never yield are stopped, everything else is left alone."""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import threading
import time
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import StepNeverYielded
from harness.kernel import watchdog as watchdog_module
from harness.kernel.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT_S = 0.02


class Steps:
    """A kernel in miniature: counts steps, says whether one is running, and has a watchdog."""

    def __init__(self) -> None:
        self.clear: Callable[[], object] = bool
        self.count = 0
        self.inside = False

    def watch(
        self,
        timeout_s: float = TIMEOUT_S,
        on_fired: Callable[[StepNeverYielded], None] | None = None,
    ) -> Watchdog:
        """A watchdog for these steps."""
        return Watchdog(timeout_s=timeout_s, progress=self.progress, on_fired=on_fired)

    def progress(self) -> int:
        """The number of the step that is running, negative while none is."""
        return self.count if self.inside else -1

    def run(self, step: Callable[[], object]) -> BaseException | None:
        """Run one step; what it raised is its outcome."""
        self.count += 1
        self.inside = True
        try:
            step()
        except BaseException as exc:  # noqa: BLE001  # whatever a step raises is its outcome
            self.inside = False
            self.clear()
            return exc
        self.inside = False
        return None


def spin(duration_s: float) -> None:
    """Compute for a while, or for ever."""
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        pass


def never_yields() -> None:
    """A minute is for ever here."""
    spin(60)


def test_a_step_that_never_yields_is_stopped_and_its_place_is_told() -> None:
    """The report names the innermost line of the user's code, and shows how it was reached."""
    steps = Steps()
    with steps.watch() as watchdog:
        outcome = steps.run(never_yields)
        report = watchdog.take()
    assert type(outcome).__name__ == "StepNeverYielded"
    assert isinstance(outcome, StepNeverYielded)
    assert report is not None
    assert str(outcome) == str(report)
    assert "within 0.02 s" in str(report)
    assert f"{__file__}:" in report.where
    assert report.where.endswith(" in spin")
    assert "in never_yields" in report.stack
    assert "while time.monotonic() < end" in report.stack


def test_quick_steps_are_left_alone_however_many_there_are() -> None:
    """The limit is on one step: a thousand quick ones may take longer together."""
    steps = Steps()
    with steps.watch() as watchdog:
        outcomes = [steps.run(lambda: spin(TIMEOUT_S / 20)) for _ in range(60)]
    assert outcomes == [None] * 60
    assert watchdog.fired is None


def test_time_between_steps_does_not_count() -> None:
    """The kernel, a strategy or a report may take long: that is not a step."""
    steps = Steps()
    with steps.watch() as watchdog:
        steps.run(lambda: None)
        spin(3 * TIMEOUT_S)
    assert watchdog.fired is None


def test_the_stop_is_not_taken_for_a_failure_of_the_code() -> None:
    """`except Exception` in a retry loop does not keep a step alive."""

    def retries() -> None:
        while True:
            try:
                spin(0.001)
            except Exception:  # noqa: BLE001
                continue

    steps = Steps()
    with steps.watch():
        assert isinstance(steps.run(retries), StepNeverYielded)


def test_a_step_that_swallows_the_stop_is_stopped_again() -> None:
    """It is raised until the step ends; each time counts as one."""
    swallowed = 0

    def swallows() -> None:
        nonlocal swallowed
        while swallowed < 4:
            try:
                never_yields()
            except BaseException:  # noqa: BLE001
                swallowed += 1
        never_yields()

    steps = Steps()
    with steps.watch() as watchdog:
        assert isinstance(steps.run(swallows), StepNeverYielded)
        assert watchdog.take() is not None
    assert swallowed == 4


def test_a_stop_that_was_swallowed_for_good_is_still_known() -> None:
    """The run that it happened in must not count, whatever the code made of the exception."""

    def swallows() -> None:
        with contextlib.suppress(BaseException):
            never_yields()

    steps = Steps()
    with steps.watch() as watchdog:
        assert steps.run(swallows) is None
        assert watchdog.take() is not None
        assert watchdog.take() is None


def test_it_watches_on_after_a_stop() -> None:
    """One exploration may meet several steps that never yield."""
    steps = Steps()
    with steps.watch() as watchdog:
        for _ in range(3):
            assert isinstance(steps.run(never_yields), StepNeverYielded)
            assert watchdog.take() is not None
            assert steps.run(lambda: spin(0)) is None
        assert watchdog.take() is None


def test_the_kernel_is_told_in_the_watchdogs_thread() -> None:
    """`on_fired` lets the kernel set its stop flag though the exception is swallowed."""
    told: list[tuple[str, str]] = []

    def on_fired(report: StepNeverYielded) -> None:
        told.append((threading.current_thread().name, report.where))

    steps = Steps()
    with steps.watch(on_fired=on_fired):
        steps.run(never_yields)
    assert [name for name, _ in told] == ["harness watchdog"]
    assert told[0][1].endswith(" in spin")


@pytest.fixture
def many_thread_switches() -> Iterator[None]:
    """As many as there can be, so that a race is lost as often as possible."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("many_thread_switches")
@pytest.mark.parametrize("seed", range(3))
def test_nothing_but_the_step_that_was_looked_at_is_ever_hit(seed: int) -> None:
    """Thousands of steps that end around the limit: between them nothing is ever raised.

    Steps end by returning and by raising, in Python and in C, and the kernel's code between them
    enters functions, loops and calls C, which is where an exception that came too late would show.
    """
    steps = Steps()
    generator = random.Random(seed)
    limit_s = 0.0002
    stopped = 0

    def fails(duration_s: float) -> None:
        spin(duration_s)
        raise LookupError

    def fails_in_c(duration_s: float) -> None:
        # The GIL is free during the wait, and what ends it is an error: nothing is run in between.
        queue: SimpleQueue[None] = SimpleQueue()
        queue.get(timeout=duration_s)

    with steps.watch(limit_s) as watchdog:
        steps.clear = watchdog.clear
        for _ in range(1_500):
            step = generator.choice((spin, fails, fails_in_c))
            duration_s = limit_s * generator.uniform(0.7, 1.5)
            try:
                outcome = steps.run(partial(step, duration_s))
                settled = watchdog.take()
            except StepNeverYielded:
                pytest.fail("raised outside of the step")
            assert settled is not None or not isinstance(outcome, StepNeverYielded)
            stopped += settled is not None
            for _ in range(20):
                len(str(steps.progress()))
    assert stopped > 0


def test_a_wait_in_c_code_of_the_main_thread_is_stopped() -> None:
    """A lock that nobody releases: the exception alone would wait for ever beside it."""
    lock = threading.Lock()
    lock.acquire()
    steps = Steps()
    before = signal.signal(signal.SIGURG, signal.SIG_IGN)
    try:
        with steps.watch() as watchdog:
            outcome = steps.run(lock.acquire)
            report = watchdog.take()
        assert signal.getsignal(signal.SIGURG) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGURG, before)
    assert isinstance(outcome, StepNeverYielded)
    assert report is not None
    assert "step()" in report.stack


def test_what_cannot_be_stopped_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In another thread a wait in C ends when it ends; where it hangs is said on standard error."""
    monkeypatch.setattr(watchdog_module, "_STUCK_AFTER_S", 0.0)
    released = threading.Event()
    monkeypatch.setattr(watchdog_module, "_tell_stuck", _telling(released))
    steps = Steps()
    outcomes: list[BaseException | None] = []

    def explore() -> None:
        with steps.watch():
            outcomes.append(steps.run(lambda: released.wait(30)))

    thread = threading.Thread(target=explore)
    thread.start()
    thread.join()
    assert "cannot be stopped from here" in capsys.readouterr().err
    assert isinstance(outcomes[0], StepNeverYielded)


def _telling(released: threading.Event) -> Callable[[StepNeverYielded], None]:
    tell = watchdog_module._tell_stuck

    def tell_and_release(report: StepNeverYielded) -> None:
        tell(report)
        released.set()

    return tell_and_release


def test_an_exploration_in_another_thread_is_watched() -> None:
    """The thread that enters is the one that is watched, and the main thread is not disturbed."""
    steps = Steps()
    outcomes: list[BaseException | None] = []

    def explore() -> None:
        with steps.watch():
            outcomes.append(steps.run(never_yields))

    thread = threading.Thread(target=explore)
    thread.start()
    while thread.is_alive():
        spin(0.001)
    assert isinstance(outcomes[0], StepNeverYielded)


def test_a_step_that_runs_in_a_thread_of_its_own_is_stopped_there() -> None:
    """Threads in lockstep: the kernel says which thread has the step just now."""
    steps = Steps()
    outcomes: list[BaseException | None] = []
    runs_in = threading.get_ident()

    def in_thread() -> None:
        nonlocal runs_in
        runs_in = threading.get_ident()
        outcomes.append(steps.run(never_yields))

    with Watchdog(timeout_s=TIMEOUT_S, progress=steps.progress, thread_id=lambda: runs_in):
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()
    assert isinstance(outcomes[0], StepNeverYielded)


def test_no_thread_is_left_and_none_is_made_without_a_limit() -> None:
    """Neither after a normal end, nor after an error; and no limit costs no thread."""
    before = threading.enumerate()
    steps = Steps()
    with Watchdog(timeout_s=None, progress=steps.progress):
        assert threading.enumerate() == before
    with pytest.raises(LookupError, match="harness watchdog"), steps.watch(60):
        raise LookupError([thread.name for thread in threading.enumerate()])
    assert threading.enumerate() == before


def test_a_debugger_is_not_interrupted() -> None:
    """A person who reads at a pdb prompt is no step that never yields."""
    namespace: dict[str, Any] = {"__name__": "pdb", "spin": spin}
    exec("def interaction():\n    spin(0.08)", namespace)
    steps = Steps()
    with steps.watch() as watchdog:
        assert steps.run(namespace["interaction"]) is None
    assert watchdog.fired is None


def test_the_limit_is_checked_at_the_door() -> None:
    """A limit of nothing would stop everything."""
    with pytest.raises(ValueError, match="positive"):
        Watchdog(timeout_s=0, progress=lambda: -1)
