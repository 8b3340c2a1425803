"""Async generators: finalised in a fixed order, and never on behalf of a dead process."""

from __future__ import annotations

import logging
import sys
import warnings
import weakref
from typing import TYPE_CHECKING, Any

import trio

from harness.kernel import private
from harness.kernel.teardown import RunOver

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.kernel.engine import Engine
    from harness.kernel.process import KernelProcess

_LOGGER = logging.getLogger("trio.async_generator_errors")  # Trio's own
_CONTEXT = private.GLOBAL_RUN_CONTEXT


def _hooks_of(
    this: weakref.ref[TrackedAsyncGenerators],
) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    """Hooks for the interpreter, which do not hold the object that they serve.

    A bridge to asyncio keeps what it finds in a value of `sys.get_asyncgen_hooks()`, which the garbage
    collector cannot look into (CPython 3.11).
    """

    def firstiter(generator: Any) -> None:
        agens = this()
        if agens is not None:
            agens.firstiter(generator)

    def finalizer(generator: Any) -> None:
        agens = this()
        if agens is not None:  # else the run is long over
            agens.finalizer(generator)

    return firstiter, finalizer


class TrackedAsyncGenerators(private.AsyncGenerators):
    """Trio's finalisation of async generators with an owner and an order for each of them.

    Trio keeps them in a weak set, ordered by address, and would close a generator that belongs to a
    process which was killed: dead code would run.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        #: id -> (reference, owner), in order of first iteration. A generator that was exhausted
        #: leaves its entry behind, so an id may come back: the new one must take the last place.
        self.tracked: dict[int, tuple[weakref.ref[Any], KernelProcess]] = {}
        #: Generators that must stay, because their process is about to close them.
        self._kept: dict[int, list[Any]] = {}
        self._hooks = _hooks_of(weakref.ref(self))

    def install(self) -> None:
        """Take over the interpreter's hooks for this thread."""
        self.prev_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(*self._hooks)

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.set_asyncgen_hooks(*self.prev_hooks)

    # ---- the interpreter's hooks -------------------------------------------------------------

    def firstiter(self, generator: Any) -> None:
        """A generator is iterated for the first time: whose is it?"""
        self.tracked.pop(id(generator), None)
        if hasattr(_CONTEXT, "task"):
            owner = self._engine.process
            assert owner is not None
            self.tracked[id(generator)] = (weakref.ref(generator), owner)
            if owner.index in self._kept:
                self._kept[owner.index].append(generator)
        elif self.prev_hooks.firstiter is not None:
            self.prev_hooks.firstiter(generator)

    def finalizer(self, generator: Any) -> None:
        """A generator goes before it is exhausted: its process closes it, if that is alive."""
        entry = self.tracked.pop(id(generator), None)
        name = private.name_asyncgen(generator)
        if entry is None:
            self._finalize_foreign(generator, name)
            return
        owner = entry[1]
        if self._engine.closing or owner.ended:
            return  # nobody is left on whose behalf it could be closed
        queue = self._engine.make_entry_queue(owner)
        queue.run_sync_soon(self._close_soon, generator, name, owner)
        warnings.warn(
            f"Async generator {name!r} was garbage collected before it had been exhausted. "
            "Surround its use in 'async with aclosing(...):' to ensure that it gets cleaned up "
            "as soon as you're done using it.",
            ResourceWarning,
            stacklevel=2,
            source=generator,
        )

    def _finalize_foreign(self, generator: Any, name: str) -> None:
        """One that was first iterated outside of any task: for the host, or as without a host."""
        if self.prev_hooks.finalizer is not None:
            self.prev_hooks.finalizer(generator)
            return
        try:
            generator.aclose().send(None)
        except StopIteration:
            return
        raise RuntimeError(
            f"Non-Trio async generator {name!r} awaited something during finalization; install a "
            "finalization hook to support this, or wrap it in 'async with aclosing(...):'"
        )

    def _close_soon(self, generator: Any, name: str, owner: KernelProcess) -> None:
        """In the task that runs callbacks: close a generator that was garbage collected."""
        if owner.system_closed:  # too late for a task of its own, early enough for `close_left`
            self._keep(owner).append(generator)
        else:
            self._engine.spawn_system_task(
                self._finalize_one, generator, name, name=f"close asyncgen {name} (abandoned)"
            )

    # ---- the end of a process ----------------------------------------------------------------

    def has_left(self, process: KernelProcess) -> bool:
        """Whether a process leaves generators behind, or may: a callback may still bring one."""
        if self.tracked:
            for key, (reference, _) in list(self.tracked.items()):
                generator = reference()
                if generator is None or generator.ag_frame is None:
                    del self.tracked[key]  # it was exhausted
        left = any(owner is process for _, owner in self.tracked.values())
        return left or (process.entry_queue is not None and process.entry_queue.size() > 0)

    async def close_left(self, process: KernelProcess) -> None:
        """The task that closes what a process leaves behind, in order of first iteration."""
        kept = self._keep(process)
        kept += [
            generator
            for reference, owner in self.tracked.values()
            if owner is process and (generator := reference()) is not None
        ]
        if process.entry_queue is not None:
            # A callback that is still to run may bring a generator that was garbage collected.
            task = trio.lowlevel.current_task()
            process.entry_queue.run_sync_soon(self._engine.reschedule, task)
            await trio.lowlevel.wait_task_rescheduled(_refuse_abort)
        while self._kept[process.index]:
            batch, self._kept[process.index] = self._kept[process.index], []
            for generator in batch:
                self.tracked.pop(id(generator), None)
                await self._finalize_one(generator, private.name_asyncgen(generator))
        del self._kept[process.index]

    async def _finalize_one(self, agen: Any, name: object) -> None:
        """Trio's, but for the end of a run, which is not the generator's error to be logged."""
        try:
            with trio.CancelScope(shield=True) as scope:
                scope.cancel(reason="disallow async work when closing async generators")
                await agen.aclose()
        except RunOver:
            raise
        except BaseException:
            _LOGGER.exception(
                "Exception ignored during finalization of async generator %r -- surround your use "
                "of the generator in 'async with aclosing(...):' to raise exceptions like this in "
                "the context where they're generated",
                name,
            )

    def _keep(self, process: KernelProcess) -> list[Any]:
        return self._kept.setdefault(process.index, [])

    def drain(self) -> list[Any]:
        """Every generator that is left, whoever owns it; for teardown."""
        left = [reference() for reference, _ in self.tracked.values()]
        self.tracked.clear()
        self._kept.clear()
        return [g for g in left if g is not None and g.ag_frame is not None]


def _refuse_abort(_: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED
