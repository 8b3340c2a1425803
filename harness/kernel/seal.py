"""The seal: inside a simulated step there is no real world, outside of it nothing has changed.

A run must be a pure function of its choices, and must leave nothing real behind. So for the duration
of one exploration every entry point to the real world is replaced by a stand-in that passes each call
on, unless it comes from a simulated step: then it is answered from virtual time and seeded streams
(`seal_virtual`), or refused with a text that says what to do instead (`seal_refusals`). Hypothesis,
pytest and other threads are never inside a step, and so notice nothing.

Prior art: freezegun and time-machine replace clocks for everybody; madsim and turmoil interpose libc
or shadow the standard library by name. Refusing only where Trio waits for the operating system is too
late: by then a child process runs. Audit hooks see more, but can never be removed again.

What is covered:
* Functions looked up in their module when they are called, whoever calls them.
* Methods of classes written in Python (`Thread.start`, `Popen.__init__`, `socket.__init__`,
  `Random.seed`), however early the class was bound. `uuid4`, `secrets` and `SystemRandom` come down
  to `os.urandom`, so they are covered too.
* Names bound early at the top of the user's modules (`from time import time`,
  `from datetime import datetime`): rebound for the duration, in the modules passed as `modules`.

What is not, and is found by `find_early_bindings` (before) or `LeakDetector` (while it happens):
* Early bindings elsewhere: default arguments, class attributes, closures, other libraries' modules.
* Subclasses of `datetime` and `date` made before; naive `datetime.timestamp()` and `astimezone()`
  use the machine's time zone (run with TZ=UTC).
* Generators (`random.Random(...)`) made at import: their state goes on from run to run.

What nothing here can see: C extensions that ask the operating system themselves (numpy's and
OpenSSL's generators, uvloop, database drivers), sockets and threads made before the exploration, and
system calls through ctypes.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Self

from harness.errors import RealWorldRefused
from harness.kernel import logs, seal_entry, seal_standin
from harness.kernel.aside import ASIDE
from harness.kernel.seal_bindings import EarlyBinding, find_early_bindings, user_modules
from harness.kernel.seal_datetime import DATETIME_ENTRY_POINTS, resolve_annotations
from harness.kernel.seal_leaks import Leak, LeakDetector
from harness.kernel.seal_refusals import REFUSALS, Refusal, refusals_without
from harness.kernel.seal_virtual import VIRTUAL, Streams

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import ModuleType, TracebackType

    from harness.kernel.seal_standin import EntryPoint

__all__ = [
    "EPOCH_S",
    "REFUSALS",
    "EarlyBinding",
    "Leak",
    "LeakDetector",
    "Refusal",
    "Seal",
    "find_early_bindings",
    "refusals_without",
    "user_modules",
]

#: What `time.time()` shows when a run begins: 1 January 2026, 00:00 UTC, in seconds since 1970.
EPOCH_S = 1_767_225_600


def _no_thread(_thread: threading.Thread) -> bool:
    return False


def _nobody() -> str:
    return ""


class Seal:
    """Context manager: while it is in force, simulated steps cannot reach the real world.

    Enter it once for a whole exploration, and call `begin_run` before each run. Seals may nest, the
    same one may be entered again, and several threads may each have one. Whatever happens on the way
    in or out, afterwards every replaced attribute is the object it was before.

    Args:
      inside: whether the calling thread is running code of a simulated step right now. Asked at every
        sealed call, wherever that comes from: it must be cheap, and true in the kernel's own threads
        while they run a step, and during the unwinding of a run.
      now: virtual seconds since the run began.
      owner: the label of the process (or task) that is running; each has its own random streams.
      modules: the user's modules; their early bindings are rebound for the duration.
      refusals: what is refused; see `refusals_without`.
      writable: directories in which simulated code may write files.
      thread_allowed: whether this thread is one of the kernel's own, which may start.
      on_refused: told of every refusal, because the code under test may swallow the error.
      capture_logs: whether what a step logs is kept as a note instead of being printed; see `logs`.
      epoch_s: what `time.time()` shows at virtual time 0, in seconds since 1970.

    Attributes:
      early_bindings: what `find_early_bindings(modules)` found at the last entry.
    """

    def __init__(
        self,
        *,
        inside: Callable[[], bool],
        now: Callable[[], float],
        owner: Callable[[], str] = _nobody,
        error_s: Callable[[], float] = float,
        modules: Iterable[ModuleType] = (),
        refusals: Sequence[Refusal] = REFUSALS,
        writable: Iterable[str | os.PathLike[str]] = (),
        thread_allowed: Callable[[threading.Thread], bool] = _no_thread,
        on_refused: Callable[[RealWorldRefused], None] | None = None,
        epoch_s: float = EPOCH_S,
        capture_logs: bool = True,
    ) -> None:
        self.inside = inside
        self.now = now
        self.owner = owner
        self.error_s = error_s
        self.modules = tuple(modules)
        self.refusals = tuple(refusals)
        self.writable = tuple(os.path.realpath(directory) for directory in writable)
        self.thread_allowed = thread_allowed
        self.on_refused = on_refused
        self.epoch_s = epoch_s
        self.rules: dict[str, Callable[..., Any]] = dict(VIRTUAL)
        self.capture_logs = capture_logs
        if capture_logs:
            self.rules.update(logs.RULES)
        for refusal in self.refusals:
            self.rules.update(dict.fromkeys(refusal.at, refusal.answer))
        self.early_bindings: tuple[EarlyBinding, ...] = ()
        self._undos: list[ExitStack] = []
        self._seed = 0
        self._streams: dict[str, Streams] = {}
        self._aside = ""

    # ---- for the kernel --------------------------------------------------------------------------

    def begin_run(self, seed: int) -> None:
        """A new run begins: every random stream starts afresh, from this seed, at its first use."""
        self._seed = seed
        if self._streams:
            self._streams.clear()

    def __enter__(self) -> Self:
        resolve_annotations(self.modules)
        with ExitStack() as undo:
            for entry in self._entries():
                seal_entry.install(entry.owner, entry.name, entry.stand_in, entry)
                undo.callback(seal_entry.uninstall, entry.owner, entry.name, entry)
            # A step may import. pytest, which rewrites modules, would write what it compiled.
            seal_entry.install(sys, "dont_write_bytecode", True)
            undo.callback(seal_entry.uninstall, sys, "dont_write_bytecode")
            self.early_bindings = tuple(find_early_bindings(self.modules))
            for found in self.early_bindings:
                if found.stand_in is not None:
                    seal_entry.install(found.module, found.name, found.stand_in)
                    undo.callback(seal_entry.uninstall, found.module, found.name)
            seal_standin.activate(self)
            undo.callback(seal_standin.deactivate, self)
            self._undos.append(undo.pop_all())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._undos.pop().close()

    def _entries(self) -> list[EntryPoint]:
        labels = [*VIRTUAL, *(path for refusal in self.refusals for path in refusal.reachable())]
        labels += logs.reachable() if self.capture_logs else ()
        found = map(seal_entry.entry_point, dict.fromkeys(labels))
        return [*(entry for entry in found if entry is not None), *DATETIME_ENTRY_POINTS]

    # ---- for the rules ---------------------------------------------------------------------------

    def wall_s(self) -> float:
        """Virtual wall-clock time, in seconds since 1970."""
        return self.epoch_s + self.now() + self.error_s()

    def wall_ns(self) -> int:
        """Virtual wall-clock time, in nanoseconds since 1970."""
        return round(self.epoch_s * 10**9) + round((self.now() + self.error_s()) * 10**9)

    def streams(self) -> Streams:
        """The random streams of whoever is running."""
        owner = self.owner() + self._aside
        streams = self._streams.get(owner)
        if streams is None:
            streams = self._streams[owner] = Streams.of(self._seed, owner)
        return streams

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What happens within only watches the run: it draws from streams of its own, and touches nothing."""
        before, self._aside = self._aside, " (aside)"
        try:
            with ASIDE:
                yield
        finally:
            self._aside = before

    def refuse(self, call: str, instead: str) -> NoReturn:
        """Refuse a call.

        Raises:
          RealWorldRefused: always.
        """
        error = RealWorldRefused(call, instead)
        if self.on_refused is not None and not self._aside:
            self.on_refused(error)
        raise error
