"""Inside a step: what would reach the real world is refused."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import io
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import trio

from harness.errors import RealWorldRefused
from harness.kernel.seal import (
    REFUSALS,
    Refusal,
    refusals_without,
)
from tests.engine.sealed import kernel, module_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# ---- calls ---------------------------------------------------------------------------------------

# Looked up when they are called, as code under test does: hence the lambdas.
# ruff: noqa: PLW0108, ASYNC105
_REFUSED: dict[str, Callable[[], object]] = {
    "time.sleep": lambda: time.sleep(0),
    "socket.socket": socket.socket,
    "socket.socketpair": lambda: socket.socketpair(),
    "socket.create_connection": lambda: socket.create_connection(("127.0.0.1", 1)),
    "socket.getaddrinfo": lambda: socket.getaddrinfo("127.0.0.1", 1),
    "socket.gethostbyname": lambda: socket.gethostbyname("127.0.0.1"),
    "subprocess.Popen": lambda: subprocess.run(["true"], check=False),
    "os.system": lambda: os.system("true"),
    "os.fork": lambda: os.fork(),
    "os.posix_spawn": lambda: os.posix_spawn("/nowhere", ["x"], {}),
    "os.execv": lambda: os.execl("/nowhere", "x"),
    "os._exit": lambda: os._exit(99),
    "trio.run_process": lambda: trio.run_process(["true"]),
    "trio.lowlevel.open_process": lambda: trio.lowlevel.open_process(["true"]),
    "signal.signal": lambda: signal.signal(signal.SIGUSR1, signal.SIG_DFL),
    "signal.setitimer": lambda: signal.setitimer(signal.ITIMER_REAL, 0),
    "signal.alarm": lambda: signal.alarm(0),
    "os.kill": lambda: os.kill(0, 0),
    "trio.open_signal_receiver": lambda: trio.open_signal_receiver(signal.SIGUSR1),
    "asyncio.run": lambda: asyncio.run(None),  # type: ignore[arg-type]  # refused before it looks
    "asyncio.new_event_loop": lambda: asyncio.new_event_loop(),
    "an asyncio event loop": asyncio.SelectorEventLoop,
    "threading.Thread.start": lambda: threading.Thread(target=print).start(),
    "_thread.start_new_thread": lambda: _thread.start_new_thread(print, ()),
    "concurrent.futures.ThreadPoolExecutor": ThreadPoolExecutor,
    "input": lambda: input(),
    "select.select": lambda: select.select([], [], [], 0),
    "select.poll": lambda: select.poll(),
    "select.epoll": lambda: select.epoll(),
    "a selector of the `selectors` module": selectors.DefaultSelector,
    "open for writing": lambda: open("never-made", "w"),  # noqa: PTH123, SIM115
    "os.open for writing": lambda: os.open("never-made", os.O_WRONLY | os.O_CREAT),
    "os.remove": lambda: os.remove("never-made"),  # noqa: PTH107
    "os.rename": lambda: os.rename("never-made", "never"),  # noqa: PTH104
    "os.mkdir": lambda: os.makedirs("never-made/at/all"),  # noqa: PTH103
}


@pytest.mark.parametrize("call", _REFUSED)
def test_the_real_world_is_refused(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing real has happened when the error comes, and it names the call and what to do instead."""
    monkeypatch.chdir(tmp_path)
    files, threads = len(os.listdir("/proc/self/fd")), threading.enumerate()  # noqa: PTH208
    with kernel.seal(), kernel.step(), pytest.raises(RealWorldRefused) as caught:
        _REFUSED[call]()
    assert caught.value.call == call
    assert call in str(caught.value)
    assert caught.value.instead in str(caught.value)
    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208
    assert threading.enumerate() == threads
    assert list(tmp_path.iterdir()) == []


def test_classes_that_were_bound_early_are_refused_too() -> None:
    """Their methods are replaced, not their names."""
    early = module_of("from socket import socket\nfrom subprocess import Popen, run")
    with kernel.seal(), kernel.step():
        for call in (early.socket, lambda: early.Popen(["true"]), lambda: early.run(["true"])):
            with pytest.raises(RealWorldRefused):
                call()


def test_the_kernels_own_threads_may_start() -> None:
    """The predicate is asked about the thread that is to be started."""
    started: list[str] = []
    mine = threading.Thread(target=lambda: started.append("mine"), name="lockstep 1")
    with kernel.seal(thread_allowed=lambda t: t.name.startswith("lockstep")), kernel.step():
        mine.start()
        mine.join()
    assert started == ["mine"]


def test_a_refusal_that_is_swallowed_is_told_to_the_kernel() -> None:
    """`except Exception` around a network call must not hide that the run is not the real one."""
    told: list[RealWorldRefused] = []
    with kernel.seal(on_refused=told.append), kernel.step(), contextlib.suppress(Exception):
        socket.create_connection(("example.org", 80))
    assert [error.call for error in told] == ["socket.create_connection"]


def test_refusals_can_be_lifted_by_group() -> None:
    """For a bridge that simulates what a group guards; an unknown group is a mistake."""
    with kernel.seal(refusals=refusals_without("sleep")), kernel.step():
        time.sleep(0)
        with pytest.raises(RealWorldRefused):
            socket.socket()
    with pytest.raises(
        ValueError, match="no group of refusals 'slep'; there are: asyncio, console"
    ):
        refusals_without("slep")


def test_refusals_can_be_added() -> None:
    """A driver that asks the operating system itself can be stopped at its own door."""
    wall = types.ModuleType("driver_of_mine")
    vars(wall)["connect"] = lambda: "connected"
    sys.modules["driver_of_mine"] = wall
    own = Refusal(call="driver_of_mine.connect", instead="use world.database(...)", group="mine")
    try:
        with kernel.seal(refusals=[*REFUSALS, own]):
            assert wall.connect() == "connected"
            with kernel.step(), pytest.raises(RealWorldRefused, match=r"use world\.database"):
                wall.connect()
    finally:
        del sys.modules["driver_of_mine"]


def test_every_refusal_says_where_and_what_to_do() -> None:
    """Every path in the table leads to something on this platform, or to another platform's."""
    elsewhere = {"select.kqueue", "selectors.KqueueSelector.__init__"}
    import concurrent.futures.process
    import multiprocessing.process

    assert concurrent.futures.process is not None
    assert multiprocessing.process is not None
    with kernel.seal() as seal:
        sealed = {entry.label for entry in seal._entries()}
    wanted = {path for refusal in REFUSALS for path in refusal.at}
    assert wanted - sealed <= elsewhere
    assert all(refusal.instead and not refusal.instead.endswith(".") for refusal in REFUSALS)


def test_trio_asyncio_can_be_used_in_a_step() -> None:
    """Its event loop selects nothing and runs on Trio, so none of the refusals is in its way."""
    from tests.engine.bridge import trio_asyncio

    async def service() -> str:
        await asyncio.sleep(0.001)
        return await asyncio.get_running_loop().run_in_executor(None, lambda: "answer")

    async def main() -> str:
        with kernel.step():
            async with trio_asyncio.open_loop() as loop:
                return str(await loop.run_aio_coroutine(service()))

    with kernel.seal(thread_allowed=lambda thread: thread.name.startswith("Trio")):
        assert trio.run(main) == "answer"


def test_breakpoint_still_works() -> None:
    """The debugger reads its commands with `input`, from the module `cmd`."""
    prompt = module_of("def read(): return input()", "cmd")
    with kernel.seal(), kernel.step(), pytest.raises(OSError, match="stdin"):
        prompt.read()  # pytest's own standard input refuses, not ours


# ---- files ---------------------------------------------------------------------------------------


def test_a_step_may_read(tmp_path: Path) -> None:
    """Templates, certificates and modules are loaded lazily."""
    (tmp_path / "config").write_text("value")
    with kernel.seal(), kernel.step():
        assert (tmp_path / "config").read_text() == "value"
        with open(tmp_path / "config", "rb") as file:  # noqa: PTH123
            assert file.read() == b"value"
        os.close(os.open(tmp_path / "config", os.O_RDONLY))


@pytest.mark.parametrize("mode", ["w", "a", "x", "r+", "wb", "rb+"])
def test_a_step_may_not_write(tmp_path: Path, mode: str) -> None:
    """However the file is opened: the next run would find what this one wrote."""
    (tmp_path / "state").write_text("before")
    ways: list[Callable[[], object]] = [
        lambda: open(tmp_path / "state", mode),  # noqa: PTH123, SIM115
        lambda: open(file=tmp_path / "state", mode=mode),  # noqa: PTH123, SIM115
        lambda: (tmp_path / "state").open(mode),
        lambda: io.open(tmp_path / "state", mode),  # noqa: SIM115, UP020
    ]
    for write in ways:
        with kernel.seal(), kernel.step(), pytest.raises(RealWorldRefused, match="for writing"):
            write()
    assert (tmp_path / "state").read_text() == "before"


def test_a_step_may_write_where_it_was_allowed_to(tmp_path: Path) -> None:
    """In the named directories and below, and nowhere beside them, symbolic links included."""
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (tmp_path / "allowed-not").mkdir()
    (allowed / "link").symlink_to(tmp_path / "allowed-not")
    with kernel.seal(writable=[allowed]), kernel.step():
        (allowed / "deep").mkdir()
        (allowed / "deep" / "file").write_text("written")
        (allowed / "deep" / "file").rename(allowed / "moved")
        (allowed / "moved").unlink()
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            nowhere.write("lost")
        for refused in (
            lambda: (tmp_path / "allowed-not" / "file").write_text("no"),
            lambda: (allowed / "link" / "file").write_text("no"),
            lambda: (allowed / ".." / "file").write_text("no"),
            lambda: (allowed / "deep").rename(tmp_path / "deep"),
            lambda: os.remove(path=allowed / "deep"),  # noqa: PTH107
        ):
            with pytest.raises(RealWorldRefused):
                refused()
