"""Nothing of an explored test reaches the rest of the session."""

from __future__ import annotations

import sys

import pytest

from tests.unit.pytest_plugin.conftest import LOSING, PLUGINS, Session

pytest_plugins = ["pytester"]

STATE = """
import asyncio, datetime, gc, os, random, signal, socket, subprocess, sys, threading, time, uuid, warnings
from hypothesis import given, settings, strategies as st
import hypothesis.core

def state():
    run = trio._core._run
    return {
        "clock": (time.time, time.monotonic, time.sleep, time.perf_counter, datetime.datetime),
        "entry points": (os.urandom, uuid.uuid4, socket.socket, subprocess.Popen, open, asyncio.run),
        "random": random.getstate(),
        "randoms": (random.random, random.Random, random.SystemRandom),
        "trio": (run._r.getstate(), run._ALLOW_DETERMINISTIC_SCHEDULING, run.CancelStatus,
                 run.Nursery.child_tasks, run.CancelScope._might_change_registered_deadline,
                 dict(vars(run.GLOBAL_RUN_CONTEXT)), trio.to_thread.run_sync),
        "hypothesis": (settings.default, settings.get_current_profile_name(),
                       hypothesis.core.global_force_seed, settings.default.database),
        "paths": (list(sys.path), list(sys.meta_path), os.getcwd(), {**os.environ, "PYTEST_CURRENT_TEST": ""}),
        "warnings": (list(warnings.filters), warnings.showwarning),
        "collector": (gc.isenabled(), gc.get_freeze_count(), gc.get_threshold()),
        "hooks": (sys.get_asyncgen_hooks(), sys.unraisablehook, sys.excepthook, threading.excepthook,
                  sys.gettrace(), sys.getprofile(), sys.displayhook),
        "signals": (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM),
                    signal.getitimer(signal.ITIMER_REAL)),
        "threads": threading.active_count(),
        "streams": (sys.stdin,),
    }

BEFORE = {}

def test_before():
    BEFORE.update(state())

@explored
async def test_lost(world):
    random.seed(3)
    time.sleep(0) if False else None
    assert await visited() == 2

@explored(step_timeout_s=0.1)
async def test_stuck():
    while True:
        pass

@explored
async def test_dead(monkeypatch):
    monkeypatch.setenv("LEAKED", "1")
    monkeypatch.syspath_prepend("leaked")
    await trio.sleep_forever()

@explored(steps_max=30)
async def test_cut(monkeypatch):
    monkeypatch.setenv("LEAKED", "2")
    while True:
        await trio.lowlevel.checkpoint()

@given(count=st.integers(0, 3))
@settings(max_examples=5)
@explored(schedules=5)
async def test_given(count):
    await visited(count)

@explored
async def test_skipped():
    pytest.skip("no")

@pytest.mark.parametrize("what", sorted(state()))
def test_after(what):
    assert state()[what] == BEFORE[what]

@pytest.mark.trio
async def test_trio_goes_on():
    begin = time.monotonic()
    with trio.move_on_after(0.01):
        await trio.sleep_forever()
    assert time.monotonic() - begin >= 0.01

@given(number=st.integers())
@settings(max_examples=5)
def test_hypothesis_goes_on(number):
    pass
"""


def test_the_session_is_as_it_was(pytester: pytest.Pytester) -> None:
    """Clock, random, Trio, Hypothesis, paths, warnings, collector, hooks, signals: after every way to end."""
    pytester.makepyfile(test_it=LOSING + STATE)
    result = pytester.runpytest_subprocess(*PLUGINS)

    result.assert_outcomes(passed=17, failed=4, skipped=1)


def test_hypothesis_keeps_its_own_examples_only(
    session: Session, pytester: pytest.Pytester
) -> None:
    """A search draws nothing from it: the failing example of a test is found again where it was kept."""
    source = """
from hypothesis import given, settings, strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

@given(count=st.integers(0, 50))
@settings(database=DirectoryBasedExampleDatabase("examples"), max_examples=30)
@explored(schedules=1)
async def test_it(count):
    assert count < 20
"""
    session(source).assert_outcomes(failed=1)
    again = session(source.replace("assert count", "assert count != 20, 'first'; assert count"))

    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*AssertionError: first*", "*count=20,*"])


def test_a_step_may_import_what_pytest_rewrites(
    session: Session, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pytest writes down what it compiles, unless nobody is to; within a step that would be refused."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    pytester.makepyfile(test_helpers="LIMIT = 3")
    source = """
@explored
async def test_it():
    from test_helpers import LIMIT
    assert LIMIT == 3
"""
    session(source, "test_it.py").assert_outcomes(passed=1)

    assert sys.dont_write_bytecode is False
    assert not list(pytester.path.glob("__pycache__/test_helpers*"))
