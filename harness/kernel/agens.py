"""Async generators: finalised in a fixed order, and never on behalf of a dead process."""

from __future__ import annotations

import sys
import warnings
import weakref
from typing import TYPE_CHECKING, Any

from harness.kernel import private

if TYPE_CHECKING:
    from harness.kernel.engine import Engine

_CONTEXT = private.GLOBAL_RUN_CONTEXT


class TrackedAsyncGenerators(private.AsyncGenerators):
    """Trio's finalisation of async generators with an owner and an order for each of them.

    Trio keeps them in a weak set, ordered by address, and would close a generator that belongs to a
    process which was killed: dead code would run.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._engine = engine
        #: id -> (reference, owner), in order of first iteration.
        self.tracked: dict[int, tuple[weakref.ref[Any], Any]] = {}

    def install(self) -> None:
        """Take over the interpreter's hooks for this thread."""
        self.prev_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self._firstiter, finalizer=self._finalizer)

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.set_asyncgen_hooks(*self.prev_hooks)

    def _firstiter(self, generator: Any) -> None:
        if self._engine.inside:
            owner = self._engine.process
            self.tracked[id(generator)] = (weakref.ref(generator), owner)
        elif self.prev_hooks.firstiter is not None:
            self.prev_hooks.firstiter(generator)

    def _finalizer(self, generator: Any) -> None:
        entry = self.tracked.pop(id(generator), None)
        if entry is None:
            if self.prev_hooks.finalizer is not None:
                self.prev_hooks.finalizer(generator)
            return
        engine = self._engine
        if engine.closing or (entry[1] is not None and entry[1].frozen):
            return  # nobody is left on whose behalf it could be closed
        name = private.name_asyncgen(generator)
        engine.make_entry_queue().run_sync_soon(self._close_soon, generator, name)
        warnings.warn(
            f"Async generator {name!r} was garbage collected before it had been exhausted. "
            "Surround its use in 'async with aclosing(...):' to ensure that it gets cleaned up "
            "as soon as you're done using it.",
            ResourceWarning,
            stacklevel=2,
            source=generator,
        )

    def _close_soon(self, generator: Any, name: str) -> None:
        self._engine.spawn_system_task(
            self._finalize_one, generator, name, name=f"close asyncgen {name} (abandoned)"
        )

    def remaining(self) -> list[Any]:
        """Generators of living processes that were never exhausted, in order of first iteration."""
        found = []
        while self.tracked:
            reference, owner = self.tracked.pop(next(iter(self.tracked)))
            generator = reference()
            if generator is not None and not owner.frozen and generator.ag_frame is not None:
                found.append(generator)
        return found

    def drain(self) -> list[Any]:
        """Every generator that is left, whoever owns it; for teardown."""
        left = [reference() for reference, _ in self.tracked.values()]
        self.tracked.clear()
        return [g for g in left if g is not None and g.ag_frame is not None]
