"""What the tests of the seal share: a kernel in miniature, and what a seal must not change."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import copyreg
import datetime as dt
import io
import os
import random
import select
import selectors
import signal
import socket
import subprocess
import textwrap
import threading
import time
import types
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import trio

from harness.kernel.seal import (
    Seal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kernel(threading.local):
    """A kernel in miniature: which thread is inside a step, at what time, of which process."""

    in_step = False
    now = 90.5
    process = "funding#1"

    def seal(self, **options: Any) -> Seal:
        """A seal for this kernel."""
        return Seal(
            inside=lambda: self.in_step, now=lambda: self.now, owner=lambda: self.process, **options
        )

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """What is done inside is done by simulated code."""
        self.in_step = True
        try:
            yield
        finally:
            self.in_step = False


kernel = Kernel()

_OWNERS: dict[str, Any] = {
    "time": time,
    "random": random,
    "random._inst": random._inst,
    "random.Random": random.Random,
    "os": os,
    "uuid": uuid,
    "datetime": dt,
    "socket": socket,
    "socket.socket": socket.socket,
    "subprocess": subprocess,
    "subprocess.Popen": subprocess.Popen,
    "signal": signal,
    "select": select,
    "selectors._PollLikeSelector": selectors._PollLikeSelector,
    "threading.Thread": threading.Thread,
    "asyncio": asyncio,
    "asyncio.Runner": asyncio.Runner,
    "asyncio.BaseEventLoop": asyncio.BaseEventLoop,
    "ThreadPoolExecutor": ThreadPoolExecutor,
    "builtins": builtins,
    "io": io,
    "trio": trio,
    "trio.lowlevel": trio.lowlevel,
}


def world_now() -> dict[tuple[str, Any], Any]:
    """Every attribute of everything that a seal touches."""
    found = {
        (where, name): value
        for where, owner in _OWNERS.items()
        for name, value in vars(owner).items()
    }
    found.update((("copyreg", name), value) for name, value in copyreg.dispatch_table.items())
    return found


def assert_unchanged(before: dict[tuple[str, Any], Any]) -> None:
    """Each attribute is the very object it was."""
    after = world_now()
    assert list(after) == list(before)
    assert [key for key, value in before.items() if after[key] is not value] == []


def module_of(source: str, name: str = "service") -> types.ModuleType:
    """A module of the user's, imported long before."""
    module = types.ModuleType(name)
    exec(compile(textwrap.dedent(source), name, "exec", dont_inherit=True), vars(module))
    return module
