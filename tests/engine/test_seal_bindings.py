"""Ways past the seal: names bound early, found by looking or caught in the act."""

from __future__ import annotations

import datetime as dt
import functools
import os
import random
import sys
import time
import types
import uuid
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

import harness
from harness.errors import RealWorldRefused
from harness.kernel.seal import (
    EPOCH_S,
    LeakDetector,
    find_early_bindings,
    user_modules,
)
from tests.engine.sealed import kernel, module_of

if TYPE_CHECKING:
    from pathlib import Path


# ---- found by looking ----------------------------------------------------------------------------

_SERVICE = """
    import random
    import time as clock
    from dataclasses import dataclass, field
    from datetime import date, datetime
    from functools import wraps
    from time import monotonic as mono, time
    from time import sleep

    shared = random.Random(4)

    class Stamp(datetime): pass

    class Poller:
        clock = time
        pause = staticmethod(sleep)
        def poll(self, *, at=mono): return at()

    @dataclass
    class Order:
        created_at: float = field(default_factory=time)

    def tick(price, now=time): return now()
"""


def test_early_bindings_are_found() -> None:
    """At the top of a module they can be rebound; elsewhere they can only be reported."""
    found = {
        binding.name: (binding.call, binding.covered)
        for binding in find_early_bindings([module_of(_SERVICE)])
    }
    assert found == {
        "date": ("datetime.date", True),
        "datetime": ("datetime.datetime", True),
        "mono": ("time.monotonic", True),
        "time": ("time.time", True),
        "sleep": ("time.sleep", True),
        "shared": ("random.Random, whose state goes on from run to run", False),
        "Stamp": ("a subclass of datetime.date with the real clock behind it", False),
        "Poller.clock": ("time.time", False),
        "Poller.pause": ("time.sleep", False),
        "Poller.poll(at=...)": ("time.monotonic", False),
        "Order.__init__(_dflt_created_at=...)": ("time.time", False),
        "tick(now=...)": ("time.time", False),
    }


def test_a_finding_reads_as_a_sentence() -> None:
    """For a report to a person."""
    found = find_early_bindings([module_of("from time import time\ndef tick(now=time): ...")])
    assert [str(binding) for binding in found] == [
        "service.time is time.time, bound early: rebound while exploring",
        "service.tick(now=...) is time.time, bound early: not covered",
    ]


def test_a_module_that_looks_names_up_has_no_findings() -> None:
    """`import time` and `time.time()` is the way that needs nothing."""
    clean = "import time, datetime, random\ndef tick(): return time.time(), random.random()"
    assert find_early_bindings([module_of(clean)]) == []


def test_early_names_of_the_users_modules_are_rebound_for_the_duration() -> None:
    """`from datetime import datetime` is how nearly everybody does it."""
    service = module_of(_SERVICE)
    before = dict(vars(service))
    with kernel.seal(modules=[service]) as seal, kernel.step():
        assert service.time() == EPOCH_S + 90.5
        assert service.mono() == 90.5
        assert service.datetime.now(dt.UTC).timestamp() == EPOCH_S + 90.5
        assert service.date.today() == service.date(2026, 1, 1)
        with pytest.raises(RealWorldRefused):
            service.sleep(0)
        assert [found.name for found in seal.early_bindings if found.covered] == [
            "date",
            "datetime",
            "mono",
            "time",
            "sleep",
        ]
    assert all(vars(service)[name] is value for name, value in before.items())


def test_the_users_modules_are_those_under_the_roots(tmp_path: Path) -> None:
    """What is installed is nobody's own code, even under a root."""
    here = types.ModuleType("zz_mine")
    here.__file__ = str(tmp_path / "mine.py")
    installed = types.ModuleType("zz_installed")
    installed.__file__ = str(tmp_path / ".venv" / "site-packages" / "installed.py")
    sys.modules["zz_mine"], sys.modules["zz_installed"] = here, installed
    try:
        assert user_modules([tmp_path]) == [here]
        package = os.path.dirname(str(harness.__file__))  # noqa: PTH120
        assert user_modules([str(tmp_path), package])[0] is harness
    finally:
        del sys.modules["zz_mine"], sys.modules["zz_installed"]


# ---- caught in the act ---------------------------------------------------------------------------


def test_calls_past_the_seal_are_caught_in_the_act() -> None:
    """Under whatever name they were bound; with the line that made them, each place once."""
    service = module_of(_SERVICE)
    generate = random.random
    with kernel.seal(), LeakDetector(lambda: kernel.in_step) as detector:
        service.tick(1)  # outside of a step: everybody may
        with kernel.step():
            service.clock.time()  # looked up: sealed
            service.clock.strftime("%Y", time.gmtime(0))
            uuid.uuid4()
            service.Order()
            for _ in range(3):
                service.tick(1)
            service.Poller().poll()
            service.Stamp.now()
            service.datetime.now()
            generate()
    assert [(leak.call, leak.function) for leak in detector.leaks] == [
        ("time.time", "__init__"),
        ("time.time", "tick"),
        ("time.monotonic", "poll"),
        ("datetime.Stamp.now", "test_calls_past_the_seal_are_caught_in_the_act"),
        ("datetime.datetime.now", "test_calls_past_the_seal_are_caught_in_the_act"),
        ("random.random", "test_calls_past_the_seal_are_caught_in_the_act"),
    ]
    line = detector.leaks[-1]
    assert str(line) == (
        f"random.random was called for real at {__file__}:{line.line} "
        "in test_calls_past_the_seal_are_caught_in_the_act"
    )
    assert sys.getprofile() is None


def test_suspects_can_be_watched_too() -> None:
    """When two runs differ and no clock explains it: who asks for addresses?"""
    with LeakDetector(lambda: kernel.in_step, {"id": id}) as detector, kernel.step():
        [id(thing) for thing in [object()]]
    assert [leak.call for leak in detector.leaks] == ["id"]


def test_hypothesis_draws_the_same_under_a_seal() -> None:
    """Its generators, clocks and health checks live outside of steps."""

    def drawn() -> list[int]:
        values: list[int] = []

        @given(st.randoms(use_true_random=False), st.integers())
        def body(source: random.Random, number: int) -> None:
            values.append(source.randrange(1_000_000))
            values.append(number)
            with kernel.step():
                random.random()

        settings(database=None, derandomize=True, max_examples=20)(body)()
        return values

    bare = drawn()
    with kernel.seal():
        assert drawn() == bare


def test_partial_of_a_sealed_function_is_sealed() -> None:
    """Looked up when it is made, it holds the stand-in."""
    with kernel.seal():
        sleep = functools.partial(time.sleep, 0)
        with kernel.step(), pytest.raises(RealWorldRefused):
            sleep()
        sleep()
