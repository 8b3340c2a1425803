"""Ctrl-C: real SIGINTs, sent to this very process."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from harness.kernel.interrupt import Interrupts

if TYPE_CHECKING:
    from collections.abc import Iterator


def press() -> None:
    """Ctrl-C; the handler has run when this returns."""
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def handler_before() -> Iterator[object]:
    """Whatever a test does, the handler of before must be back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield before
    assert signal.getsignal(signal.SIGINT) is before


def test_one_press_sets_a_flag_and_tells_the_kernel() -> None:
    """Nothing is raised: the step runs on, and the loop stops after it."""
    told: list[str] = []
    with Interrupts(on_interrupt=lambda: told.append("stop"), progress=lambda: 1) as interrupts:
        assert not interrupts.requested
        press()
        assert interrupts.requested
    assert told == ["stop"]
    assert interrupts.requested


def test_a_second_press_in_the_same_step_raises() -> None:
    """A step that never yields is left with two presses; the handler of before is back by then."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupts(on_interrupt=lambda: None, progress=lambda: 1):
        press()
        with pytest.raises(KeyboardInterrupt):
            press()
        assert signal.getsignal(signal.SIGINT) is before


def test_a_second_press_in_a_later_step_waits_for_its_end() -> None:
    """As long as steps end, an impatient person corrupts nothing."""
    step = 1
    told: list[int] = []
    with Interrupts(on_interrupt=lambda: told.append(step), progress=lambda: step) as interrupts:
        for step in range(1, 4):  # noqa: B007  # read by the two lambdas
            press()
        assert told == [1, 2, 3]
        assert interrupts.requested


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit])
def test_the_handler_of_before_is_back_after_an_error(error: type[BaseException]) -> None:
    """On every way out."""
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(error), Interrupts(on_interrupt=lambda: None, progress=lambda: 1):
        raise error
    assert signal.getsignal(signal.SIGINT) is before


def test_a_custom_handler_is_put_back_and_not_called() -> None:
    """Ours replaces it while exploring; it works again afterwards."""
    pressed: list[int] = []
    original = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        with Interrupts(on_interrupt=lambda: None, progress=lambda: 1):
            press()
        assert pressed == []
        press()
        assert pressed == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, original)


def test_explorations_may_nest() -> None:
    """The inner one takes the press, and hands the handler back to the outer one."""
    outer_told: list[int] = []
    inner_told: list[int] = []
    with Interrupts(on_interrupt=lambda: outer_told.append(1), progress=lambda: 1):
        with Interrupts(on_interrupt=lambda: inner_told.append(1), progress=lambda: 1):
            press()
        press()
    assert (inner_told, outer_told) == ([1], [1])


def test_ignored_interrupts_stay_ignored() -> None:
    """A job started with nohup or in the background ignores SIGINT: so do we."""
    original = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts(on_interrupt=lambda: None, progress=lambda: 1) as interrupts:
            press()
        assert not interrupts.requested
    finally:
        signal.signal(signal.SIGINT, original)


def test_nothing_is_changed_from_another_thread() -> None:
    """Python lets only the main thread have handlers; a search elsewhere goes without."""
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def explore() -> None:
        with Interrupts(on_interrupt=lambda: None, progress=lambda: 1) as interrupts:
            seen.extend([signal.getsignal(signal.SIGINT), interrupts.requested])

    thread = threading.Thread(target=explore)
    thread.start()
    thread.join()
    assert seen == [before, False]


def test_presses_at_any_moment_leave_the_handler_of_before() -> None:
    """Hundreds of real presses from another thread, on the way in, inside and on the way out."""
    before = signal.getsignal(signal.SIGINT)
    swallowed = signal.signal(signal.SIGINT, lambda *_: None)  # what comes between two entries
    marker = signal.getsignal(signal.SIGINT)
    over = threading.Event()

    def keep_pressing() -> None:
        while not over.wait(0.0002):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=keep_pressing)
    thread.start()
    raised = 0
    try:
        for step in range(1_500):
            try:
                with Interrupts(on_interrupt=lambda: None, progress=partial(int, step)):
                    for _ in range(40):
                        len(str(step))
            except KeyboardInterrupt:
                raised += 1
            assert signal.getsignal(signal.SIGINT) is marker
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGINT, swallowed)
    assert signal.getsignal(signal.SIGINT) is before
