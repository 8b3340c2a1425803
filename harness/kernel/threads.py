"""`trio.to_thread` in lockstep: a real thread, but never two threads at the same time.

The step that starts a thread waits until the thread has ended or has asked something of Trio
(`trio.from_thread`); the step that answers waits again. So code in threads is deterministic, and
`from_thread` works. A thread that blocks on anything else would wait for ever: it is reported.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import outcome
import trio

from harness.errors import ThreadBlocked
from harness.kernel import private

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel.engine import Engine

#: Wall-clock seconds a thread may go without ending or asking.
BLOCKED_S = 10.0

_local = threading.local()


class LockstepWorker(threading.Thread):
    """The one kind of thread that may start inside a step."""


class LockstepThread:
    """One thread of a run, and the baton that goes between it and the step loop.

    Invariant: at any time either the loop's thread or this one runs, never both.
    """

    def __init__(self, engine: Engine, job: Callable[[], Any], deliver: Any, name: str) -> None:
        self.engine = engine
        self.ended = False
        self._to_loop = threading.Semaphore(0)
        self._to_thread = threading.Semaphore(0)
        self._failure: BaseException | None = None
        self._answer: outcome.Outcome[Any] | None = None
        self._job = job
        self._deliver = deliver
        self._thread = LockstepWorker(target=self._main, name=name, daemon=True)

    def start(self) -> None:
        """Run the job until it ends or asks."""
        self.engine.threads.append(self)
        self._thread.start()
        self._wait_for_thread()

    def _main(self) -> None:
        _local.thread = self
        try:
            self._deliver(outcome.capture(self._job))
        except BaseException as exc:  # noqa: BLE001  # raised where the loop waits
            self._failure = exc
        finally:
            self.ended = True
            self._to_loop.release()

    def _wait_for_thread(self) -> None:
        engine = self.engine
        before, engine.running_thread = engine.running_thread, self._thread.ident or 0
        engine.handovers += 1
        try:
            self._wait_for_baton()
        finally:
            engine.running_thread = before
            engine.handovers += 1

    def _wait_for_baton(self) -> None:
        if not self._to_loop.acquire(timeout=BLOCKED_S):
            raise ThreadBlocked(self._thread.name, BLOCKED_S)
        if self._failure is not None:
            raise self._failure

    def get(self) -> outcome.Outcome[Any]:
        """In the thread: wait for Trio's answer. Stands in for a message's queue."""
        self._to_loop.release()
        self._to_thread.acquire()
        assert self._answer is not None
        return self._answer

    def put_nowait(self, answer: outcome.Outcome[Any]) -> None:
        """In the loop: answer, and run the thread until it ends or asks again."""
        self._answer = answer
        self._to_thread.release()
        self._wait_for_thread()

    def abandon(self) -> None:
        """The run is over: whatever the thread waits for will not come."""
        for _ in range(50):
            if self.ended:
                self._thread.join(BLOCKED_S)
                return
            self.put_nowait(outcome.Error(trio.RunFinishedError("the run is over")))


def current_thread_engine() -> Engine | None:
    """The engine whose lockstep thread the caller is, if it is one."""
    thread = getattr(_local, "thread", None)
    return None if thread is None or thread.ended else thread.engine


class Lockstep:
    """Patches Trio's two ways in and out of threads; outside a run they do what they always did."""

    def __init__(self) -> None:
        self._start = private.thread_cache.ThreadCache.start_thread_soon
        self._send = private.threads._send_message_to_trio

    def install(self) -> None:
        """Put the patches in force."""
        original_start, original_send = self._start, self._send

        def start_thread_soon(
            cache: Any, fn: Callable[[], Any], deliver: Any, name: str | None = None
        ) -> None:
            engine: Any = getattr(private.GLOBAL_RUN_CONTEXT, "runner", None)
            if hasattr(engine, "threads"):
                LockstepThread(engine, fn, deliver, name or "thread").start()
            else:
                original_start(cache, fn, deliver, name)

        def send_message_to_trio(token: Any, message: Any) -> Any:
            thread = getattr(_local, "thread", None)
            if thread is not None and not thread.ended:
                object.__setattr__(message, "queue", thread)
            return original_send(token, message)

        private.thread_cache.ThreadCache.start_thread_soon = start_thread_soon  # type: ignore[method-assign, assignment]
        private.threads._send_message_to_trio = send_message_to_trio  # type: ignore[assignment]

    def uninstall(self) -> None:
        """Put the originals back."""
        private.thread_cache.ThreadCache.start_thread_soon = self._start  # type: ignore[method-assign]
        private.threads._send_message_to_trio = self._send
