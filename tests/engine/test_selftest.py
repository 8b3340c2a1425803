"""The start-up self-test: quick, once, and clear when this Trio is not the one we know."""

from __future__ import annotations

import subprocess
import sys
from time import process_time
from typing import TYPE_CHECKING

import pytest
import trio

from harness.errors import UnsupportedTrio
from harness.kernel import Defaults, Kernel, private, selftest
from harness.kernel.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def not_yet_tested() -> Iterator[None]:
    """As in a new process, before and after."""
    selftest.forget()
    yield
    selftest.forget()


async def nothing() -> None:
    """Any program."""


def test_it_runs_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the first entry of any kernel."""
    checks: list[str] = []
    monkeypatch.setattr(selftest, "_check", lambda: checks.append("checked"))
    for _ in range(3):
        with Kernel():
            pass
    assert checks == ["checked"]


def test_it_takes_less_than_20_ms() -> None:
    """Nobody notices it."""
    spent_s = []
    for _ in range(3):
        selftest.forget()
        with Kernel():
            selftest.forget()
            began_s = process_time()
            selftest.check_once()
            spent_s.append(process_time() - began_s)
    assert min(spent_s) < 0.020


@pytest.mark.parametrize(
    ("owner", "name", "substitute"),
    [
        (private, "CancelShieldedCheckpoint", object()),
        (private, "WaitTaskRescheduled", type("Other", (), {})),
        (private, "NO_SEND", object()),
        (Engine, "_idle", lambda _self: False),
        (Engine, "_fair", lambda self: self.ready[:1]),
        (private.Runner, "task_exited", lambda *_args: None),
        (private.Nursery, "_child_finished", lambda *_args: None),
    ],
)
def test_another_trio_is_refused_in_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, substitute: object
) -> None:
    """Whatever the difference; and everything is as before afterwards."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, substitute)
        with pytest.raises(UnsupportedTrio) as refused, Kernel():
            pass
    text = str(refused.value)
    assert text.startswith(
        f"Trio {trio.__version__} cannot be driven by this harness (the kernel's"
    )
    assert text.endswith("install one that is at least 0.31 and below 0.36")
    assert "\n" not in text
    assert private.run_module.CancelStatus is private.CancelStatus
    trio.run(nothing)
    with Kernel() as kernel:
        assert kernel.run(nothing, Defaults()).main_task_outcome is not None


MISSING = """
import trio._core._run
del trio._core._run.CancelReason
import harness.kernel
"""


def test_a_trio_without_a_private_name_is_refused_the_same_way() -> None:
    """Already at import, by the name that is missing."""
    done = subprocess.run(
        [sys.executable, "-c", MISSING], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "UnsupportedTrio: Trio" in last
    assert "'CancelReason'" in last
    assert "install one that is at least 0.31 and below 0.36" in last
